// The packet path: what the card does with one packet. Three kernels are made modules by hlsc and
// joined by rtl/packet_path.sv: parse_classify, schedule and rewrite. `pipeline` joins them for the
// native build, the reference that every simulated packet is compared with.
#pragma once

#include "hlsc/annotate.hpp"
#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/connect.hpp"
#include "path/packet.hpp"
#include "path/parse.hpp"
#include "path/rewrite.hpp"
#include "path/schedule.hpp"

namespace sluice {
namespace path {

// Tables hold bank 0, then bank 1 (`ring` has one copy). Latencies are in clock cycles from an
// address that leaves the module to data that enters it.
HLSC_TOP void parse_classify(const PacketIn &in, HLSC_LATENCY(1) const Configs &config,
                             HLSC_LATENCY(2) const ServiceKeys &service_keys0,
                             HLSC_LATENCY(2) const ServiceKeys &service_keys1,
                             HLSC_LATENCY(2) const ReturnKeys &return_keys0,
                             HLSC_LATENCY(2) const ReturnKeys &return_keys1,
                             HLSC_LATENCY(2) const Services &services,
                             HLSC_LATENCY(2) const Vips &vips0, HLSC_LATENCY(2) const Vips &vips1,
                             Parsed &parsed, Classified &classified, ConnectionRequest &request);

// A card that remembers nothing: every packet follows the ring.
void pipeline(const PacketIn &in, const Configs &config, const ServiceKeys &service_keys0,
              const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
              const ReturnKeys &return_keys1, const Services &services, const Vips &vips0,
              const Vips &vips1, const Ring &ring, const Backends &backends, PacketOut &out);

// With connections. Schedulers that choose by loads or turns have rtl/scheduler.sv; here they
// choose as the ring does.
void pipeline(const PacketIn &in, const Configs &config, const ServiceKeys &service_keys0,
              const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
              const ReturnKeys &return_keys1, const Services &services, const Vips &vips0,
              const Vips &vips1, const Ring &ring, const Backends &backends,
              Connections &connections, PacketOut &out);

}  // namespace path
}  // namespace sluice
