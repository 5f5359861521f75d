#include "path/classify.hpp"

#include "layout/hash.hpp"
#include "layout/reasons.hpp"
#include "path/packet.hpp"

namespace sluice {
namespace path {
namespace {

template <class Key>
bool matches(const Key &key, uint32_t address, uint16_t port, uint8_t protocol) {
  return (key.valid & 1) != 0 && key.address == address && key.port == port &&
         key.protocol == protocol;
}

// A SYN-ACK: only the one who was asked sends it.
bool is_syn_ack(const Parsed &parsed) {
  return parsed.tcp && (parsed.tcp_flags & (kTcpSyn | kTcpAck)) == (kTcpSyn | kTcpAck);
}

}  // namespace

Classified classify(const Parsed &parsed, const layout::Config &config, uint8_t port,
                    uint32_t epoch, const ServiceKeys &service_keys0,
                    const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
                    const ReturnKeys &return_keys1, const Services &services) {
  const uint32_t to = parsed.destination;
  const uint16_t to_port = parsed.destination_port;
  const uint32_t from = parsed.source;
  const uint16_t from_port = parsed.source_port;
  const uint8_t protocol = parsed.protocol;

  // All four tables are read at once.
  const uint32_t in_bucket0 =
      layout::service_key_bucket(layout::key_hash0(config, to, to_port, protocol));
  const uint32_t in_bucket1 =
      layout::service_key_bucket(layout::key_hash1(config, to, to_port, protocol));
  const uint32_t out_bucket0 =
      layout::return_key_bucket(layout::key_hash0(config, from, from_port, protocol));
  const uint32_t out_bucket1 =
      layout::return_key_bucket(layout::key_hash1(config, from, from_port, protocol));
  const layout::ServiceKey &in0 = service_keys0[epoch * layout::kServiceKeyBuckets + in_bucket0];
  const layout::ServiceKey &in1 = service_keys1[epoch * layout::kServiceKeyBuckets + in_bucket1];
  const layout::ReturnKey &out0 = return_keys0[epoch * layout::kReturnKeyBuckets + out_bucket0];
  const layout::ReturnKey &out1 = return_keys1[epoch * layout::kReturnKeyBuckets + out_bucket1];
  const bool in_hit0 = matches(in0, to, to_port, protocol);
  const bool in_hit1 = matches(in1, to, to_port, protocol);
  const bool out_hit0 = matches(out0, from, from_port, protocol);
  const bool out_hit1 = matches(out1, from, from_port, protocol);

  const uint8_t client_ports = in_hit0 ? in0.client_ports : in1.client_ports;
  const uint8_t backend_port = out_hit0 ? out0.ingress_port : out1.ingress_port;
  const uint16_t in_service = in_hit0 ? in0.service : in1.service;
  const uint16_t out_service = out_hit0 ? out0.service : out1.service;
  const uint16_t out_backend = out_hit0 ? out0.backend : out1.backend;
  const bool in_hit = in_hit0 || in_hit1;
  const bool out_hit = out_hit0 || out_hit1;

  Classified result;
  result.service_index =
      static_cast<uint16_t>((in_hit ? in_service : out_service) % layout::kServices);
  result.backend_index = static_cast<uint16_t>(out_backend % layout::kBackends);
  result.direction = in_hit ? kDirectionIn : kDirectionOut;
  result.service = services[epoch * layout::kServices + result.service_index];

  const bool local = is_local(config, to);
  const bool answers = parsed.tcp && !begins_connection(parsed);
  const bool hit = (in_hit || out_hit) && (result.service.valid & 1) != 0;
  const bool by_right_port =
      in_hit ? ((client_ports >> (port & 1)) & 1) != 0 : (backend_port & 1) == (port & 1);
  result.reason = local && answers               ? layout::kReason_local_reply
                  : local                        ? layout::kReason_local
                  : !hit                         ? layout::kReason_no_service
                  : !by_right_port               ? layout::kReason_wrong_port
                  : in_hit && is_syn_ack(parsed) ? layout::kReason_bad_tcp_flags
                                                 : layout::kReasonNone;
  return result;
}

}  // namespace path
}  // namespace sluice
