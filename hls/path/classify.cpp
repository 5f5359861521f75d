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

bool names(const layout::Vip &vip, uint32_t address) {
  return (vip.valid & 1) != 0 && vip.address == address;
}

// What the tables say of a packet.
struct Found {
  bool in;             // it is to a service
  bool out;            // else: from a backend of one
  bool by_right_port;  // that such packets come in by
  bool from_vip;
  bool to_vip;
  bool to_host;  // what a VIP's services do not take is the host's
};

// A SYN-ACK: only the one who was asked sends it.
bool is_syn_ack(const Parsed &parsed) {
  return parsed.tcp && (parsed.tcp_flags & (kTcpSyn | kTcpAck)) == (kTcpSyn | kTcpAck);
}

// No host has such an address: 0/8, 127/8 and 240/4 (RFC 6890), 224/4 (RFC 5771), and the broadcast
// addresses of the ports' networks.
bool is_no_host(const layout::Config &config, uint32_t address) {
  const uint32_t first = address >> 24;
  return first == 0 || first == 127 || first >= 224 || address == config.port0_broadcast ||
         address == config.port1_broadcast;
}

uint8_t judge(const Parsed &parsed, const layout::Config &config, const Found &found) {
  const bool fragment = parsed.reason == layout::kReason_fragment;
  const bool settled = parsed.reason != 0 && !fragment &&
                       parsed.reason != layout::kReason_not_tcp_udp &&
                       parsed.reason != layout::kReason_local_reply;
  const bool tcp_udp = parsed.tcp || parsed.protocol == kProtocolUdp;
  const bool looks = (config.drop_martians & 1) != 0;
  const bool from_nobody = looks && (is_no_host(config, parsed.source) ||
                                     is_own(config, parsed.source) || found.from_vip);
  const bool to_nobody = looks && (is_no_host(config, parsed.destination) || found.to_vip);
  const bool local = is_own(config, parsed.destination);
  if (settled) return parsed.reason;
  if (from_nobody) return layout::kReason_martian;
  if (local && parsed.reason != 0) return parsed.reason;
  // What the host's own connections get; a bare SYN is somebody else's beginning.
  if (local && parsed.tcp && !begins_connection(parsed)) return layout::kReason_local_reply;
  if (local) return layout::kReason_local;
  if (fragment && tcp_udp) return layout::kReason_service_fragment;
  if (parsed.reason != 0) return found.to_vip ? parsed.reason : uint8_t{layout::kReason_no_service};
  if (!found.in && !found.out) {
    return found.to_host ? layout::kReason_unserved : layout::kReason_no_service;
  }
  if (!found.by_right_port) return layout::kReason_wrong_port;
  if (found.in && is_syn_ack(parsed)) return layout::kReason_bad_tcp_flags;
  if (!found.in && to_nobody) return layout::kReason_martian;
  return layout::kReasonNone;
}

}  // namespace

Classified classify(const Parsed &parsed, const layout::Config &config, uint8_t port,
                    uint32_t epoch, const ServiceKeys &service_keys0,
                    const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
                    const ReturnKeys &return_keys1, const Services &services, const Vips &vips0,
                    const Vips &vips1) {
  const uint32_t to = parsed.destination;
  const uint16_t to_port = parsed.destination_port;
  const uint32_t from = parsed.source;
  const uint16_t from_port = parsed.source_port;
  const uint8_t protocol = parsed.protocol;

  // All six tables are read at once, those of the VIPs for both addresses.
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
  const layout::Vip &to0 =
      vips0[epoch * layout::kServiceKeyBuckets + layout::vip_bucket0(config, to)];
  const layout::Vip &to1 =
      vips1[epoch * layout::kServiceKeyBuckets + layout::vip_bucket1(config, to)];
  const layout::Vip &from0 =
      vips0[epoch * layout::kServiceKeyBuckets + layout::vip_bucket0(config, from)];
  const layout::Vip &from1 =
      vips1[epoch * layout::kServiceKeyBuckets + layout::vip_bucket1(config, from)];
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

  const bool in_use = (result.service.valid & 1) != 0;
  const uint8_t unserved = names(to0, to) ? to0.unserved : to1.unserved;
  Found found;
  found.in = in_hit && in_use;
  found.out = out_hit && !in_hit && in_use;
  found.by_right_port =
      in_hit ? ((client_ports >> (port & 1)) & 1) != 0 : (backend_port & 1) == (port & 1);
  found.from_vip = names(from0, from) || names(from1, from);
  found.to_vip = names(to0, to) || names(to1, to);
  found.to_host = found.to_vip && (unserved & 3) != layout::kUnserved_drop;
  result.reason = judge(parsed, config, found);
  return result;
}

}  // namespace path
}  // namespace sluice
