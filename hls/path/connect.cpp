#include "path/connect.hpp"

#include "path/packet.hpp"

namespace sluice {
namespace path {
namespace {

uint8_t event_in(const Parsed &parsed) {
  const bool syn = (parsed.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
  if (!parsed.tcp) return layout::kConnection_udp_in;
  if ((parsed.tcp_flags & kTcpRst) != 0) return layout::kConnection_rst_in;
  if (syn) return layout::kConnection_syn;
  return (parsed.tcp_flags & kTcpFin) != 0 ? layout::kConnection_fin_in
                                           : layout::kConnection_data_in;
}

uint8_t event_out(const Parsed &parsed) {
  const bool syn_ack = (parsed.tcp_flags & (kTcpSyn | kTcpAck)) == (kTcpSyn | kTcpAck);
  if (!parsed.tcp) return layout::kConnection_udp_out;
  if ((parsed.tcp_flags & kTcpRst) != 0) return layout::kConnection_rst_out;
  if (syn_ack) return layout::kConnection_syn_ack;
  return (parsed.tcp_flags & kTcpFin) != 0 ? layout::kConnection_fin_out
                                           : layout::kConnection_data_out;
}

}  // namespace

ConnectionRequest connect(const Parsed &parsed, const Classified &classified) {
  const layout::Service &service = classified.service;
  const bool in = classified.direction == kDirectionIn;
  const uint8_t mode = service.mode & 3;
  ConnectionRequest request;
  request.valid =
      parsed.reason == 0 && classified.reason == 0 && (service.tracks & 1) != 0 && mode != 0;
  request.event = in ? event_in(parsed) : event_out(parsed);
  request.sees_return = mode == layout::kModeDnat;
  request.offer = service.ring_slots != 0;
  request.begins = in && begins_connection(parsed);
  request.client = in ? parsed.source : parsed.destination;
  request.client_port = in ? parsed.source_port : parsed.destination_port;
  request.service_index = classified.service_index;
  request.sequence = parsed.sequence;
  request.acknowledged = static_cast<uint16_t>(parsed.acknowledged >> 16);
  return request;
}

}  // namespace path
}  // namespace sluice
