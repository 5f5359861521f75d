// rewrite: make the packet that leaves.
#pragma once

#include "hlsc/annotate.hpp"
#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/packet.hpp"
#include "path/parse.hpp"
#include "path/schedule.hpp"

namespace sluice {
namespace path {

// Checks, in this order: ttl_expired, no_next_hop, mtu_exceeded; then DNAT, its way back, DSR or
// IPIP. The client of a connection whose backend is gone gets a RST (RFC 9293, 3.10.7.1) by the way
// its packet came; a packet without ACK, which needs none, is dropped as backend_down. A packet
// with a reason of an earlier stage, or of this one, leaves `out` as it came.
HLSC_TOP void rewrite(const PacketIn &in, const Parsed &parsed, const Classified &classified,
                      const Choice &choice, const Known &known,
                      HLSC_LATENCY(1) const Configs &config,
                      HLSC_LATENCY(2) const Backends &backends, PacketOut &out);

}  // namespace path
}  // namespace sluice
