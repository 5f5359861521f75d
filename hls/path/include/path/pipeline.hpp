// The packet path: what the card does with one packet. hlsc makes the module `pipeline` of it; its
// native build is the reference that every simulated packet is compared with.
#pragma once

#include "hlsc/annotate.hpp"
#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/packet.hpp"
#include "path/schedule.hpp"

namespace sluice {
namespace path {

using Configs = layout::Config[2];

// Tables hold bank 0, then bank 1 (`ring` has one copy). Latencies are in clock cycles from an
// address that leaves the module to data that enters it.
HLSC_TOP void pipeline(const PacketIn &in, HLSC_LATENCY(1) const Configs &config,
                       HLSC_LATENCY(2) const ServiceKeys &service_keys0,
                       HLSC_LATENCY(2) const ServiceKeys &service_keys1,
                       HLSC_LATENCY(2) const ReturnKeys &return_keys0,
                       HLSC_LATENCY(2) const ReturnKeys &return_keys1,
                       HLSC_LATENCY(2) const Services &services, HLSC_LATENCY(3) const Ring &ring,
                       HLSC_LATENCY(2) const Backends &backends, PacketOut &out);

}  // namespace path
}  // namespace sluice
