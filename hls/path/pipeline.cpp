#include "path/pipeline.hpp"

#include "path/parse.hpp"
#include "path/rewrite.hpp"

namespace sluice {
namespace path {

void pipeline(const PacketIn &in, const Configs &config, const ServiceKeys &service_keys0,
              const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
              const ReturnKeys &return_keys1, const Services &services, const Ring &ring,
              const Backends &backends, PacketOut &out) {
  const uint32_t epoch = in.epoch & 1;
  const layout::Config &live = config[epoch];

  const Parsed parsed = parse(in, live);
  const Classified classified = classify(parsed, live, epoch, service_keys0, service_keys1,
                                         return_keys0, return_keys1, services);
  const Scheduled scheduled = schedule(parsed, classified, live, epoch, ring, backends);
  rewrite(in, live, parsed, classified, scheduled, out);
}

}  // namespace path
}  // namespace sluice
