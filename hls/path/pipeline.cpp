#include "path/pipeline.hpp"

namespace sluice {
namespace path {

void pipeline(const PacketIn &in, const Configs &config, const ServiceKeys &service_keys0,
              const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
              const ReturnKeys &return_keys1, const Services &services, const Vips &vips0,
              const Vips &vips1, const Ring &ring, const Backends &backends, PacketOut &out) {
  Parsed parsed;
  Classified classified;
  ConnectionRequest request;
  Choice choice;
  const Known nothing = {false, false, false, false, 0};
  parse_classify(in, config, service_keys0, service_keys1, return_keys0, return_keys1, services,
                 vips0, vips1, parsed, classified, request);
  schedule(parsed, classified, in.epoch, in.random, config, ring, choice);
  rewrite(in, parsed, classified, choice, nothing, config, backends, out);
}

}  // namespace path
}  // namespace sluice
