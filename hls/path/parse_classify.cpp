#include "path/pipeline.hpp"

namespace sluice {
namespace path {

void parse_classify(const PacketIn &in, const Configs &config, const ServiceKeys &service_keys0,
                    const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
                    const ReturnKeys &return_keys1, const Services &services, const Vips &vips0,
                    const Vips &vips1, Parsed &parsed, Classified &classified,
                    ConnectionRequest &request) {
  const uint32_t epoch = in.epoch & 1;
  const layout::Config &live = config[epoch];
  parsed = parse(in, live);
  classified = classify(parsed, live, in.port, epoch, service_keys0, service_keys1, return_keys0,
                        return_keys1, services, vips0, vips1);
  request = connect(parsed, classified);
}

}  // namespace path
}  // namespace sluice
