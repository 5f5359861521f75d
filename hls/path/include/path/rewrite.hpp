// rewrite: make the packet that leaves.
#pragma once

#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/packet.hpp"
#include "path/parse.hpp"
#include "path/schedule.hpp"

namespace sluice {
namespace path {

// Checks, in this order: ttl_expired, no_next_hop, mtu_exceeded; then DNAT, its way back, DSR or
// IPIP. A packet with a reason of an earlier stage, or of this one, leaves `out` as it came.
void rewrite(const PacketIn &in, const layout::Config &config, const Parsed &parsed,
             const Classified &classified, const Scheduled &scheduled, PacketOut &out);

}  // namespace path
}  // namespace sluice
