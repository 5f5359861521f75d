#include "path/parse.hpp"

#include "layout/reasons.hpp"
#include "path/bytes.hpp"

namespace sluice {
namespace path {
namespace {

constexpr uint16_t kEthertypeIpv4 = 0x0800;
constexpr uint16_t kEthertypeArp = 0x0806;
constexpr uint16_t kEthertypeVlan = 0x8100;
constexpr uint8_t kOptionLsrr = 131;  // loose source and record route (RFC 791)
constexpr uint8_t kOptionSsrr = 137;  // strict
constexpr uint8_t kProtocolIcmp = 1;
constexpr int kMinHeaderBytes = 20;
constexpr int kMaxHeaderBytes = 60;  // IPv4 with all options
constexpr int kL4Bytes = 20;         // as much of TCP or UDP as the card looks at
constexpr int kL3Bytes = kMaxHeaderBytes + kL4Bytes;

// From byte 0 of the IPv4 header and of the TCP or UDP header on.
using L3 = ap_uint<kL3Bytes * 8>;
using L4 = ap_uint<kL4Bytes * 8>;

// Sum of the header's 16-bit words; 0xffff when folded if the checksum is right.
uint32_t header_sum(const L3 &l3, uint8_t header_words) {
  uint32_t sum = 0;
  for (int word = 0; word < kMaxHeaderBytes / 4; word++) {
    const bool inside = word < 5 || word < header_words;
    sum += inside ? halves(get32(l3, word * 4)) : 0;
  }
  return sum;
}

// Two bytes of the options that read like the kind of a source route and a length which the header
// has room for. Where options begin is not followed: that would be a step for each of 40 bytes.
bool reads_as_source_route(const L3 &l3, uint8_t header_words) {
  const uint32_t header_bytes = header_words * 4u;
  bool found = false;
  for (int at = kMinHeaderBytes; at + 3 <= kMaxHeaderBytes; at++) {
    const uint8_t kind = get8(l3, at);
    const uint32_t option_bytes = get8(l3, at + 1);
    const bool named = kind == kOptionLsrr || kind == kOptionSsrr;
    const bool fits = option_bytes >= 3 && static_cast<uint32_t>(at) + option_bytes <= header_bytes;
    found = found || (named && fits);
  }
  return found;
}

// The flags of a segment that TCP sends (RFC 9293): SYN, SYN ACK, a RST, or an ACK with or without
// FIN; URG not beside RST or SYN ACK. PSH, ECE and CWR do not count.
bool tcp_sends(uint8_t flags) {
  const bool fin = (flags & kTcpFin) != 0;
  const bool syn = (flags & kTcpSyn) != 0;
  const bool rst = (flags & kTcpRst) != 0;
  const bool ack = (flags & kTcpAck) != 0;
  const bool urg = (flags & kTcpUrg) != 0;
  const bool begins = syn && !fin && !rst && !(ack && urg);
  const bool resets = rst && !fin && !syn && !urg;
  const bool goes_on = ack && !syn && !rst;
  return begins || resets || goes_on;
}

uint8_t check_ethernet(const PacketIn &in, const layout::Config &config, uint32_t l3_at,
                       uint16_t ethertype) {
  const bool group = in.window[0];
  // Nobody sends as a group (IEEE 802.3, 3.2.3), and nobody else as the card.
  const bool odd_sender = in.window[48] || get48(in.window, 6) == config.mac;
  if (in.frame_bytes < l3_at) return layout::kReason_runt;
  if (!group && get48(in.window, 0) != config.mac) return layout::kReason_wrong_mac;
  if (odd_sender && (config.drop_martians & 1) != 0) return layout::kReason_martian;
  if (l3_at == 14 && ethertype == kEthertypeArp) return layout::kReason_arp;
  if (ethertype != kEthertypeIpv4) return layout::kReason_not_ipv4;
  if (group) return layout::kReason_group_address;
  return layout::kReasonNone;
}

uint8_t check_ip(const Parsed &parsed, const L3 &l3, uint32_t l3_bytes) {
  const uint32_t header_bytes = parsed.header_words * 4u;
  if (l3_bytes < 20) return layout::kReason_truncated;
  if ((get8(l3, 0) >> 4) != 4 || parsed.header_words < 5 || parsed.total_bytes < header_bytes) {
    return layout::kReason_bad_ip_header;
  }
  if (parsed.total_bytes > l3_bytes) return layout::kReason_truncated;
  if (fold(header_sum(l3, parsed.header_words)) != 0xffff) return layout::kReason_bad_ip_checksum;
  if (reads_as_source_route(l3, parsed.header_words)) return layout::kReason_source_route;
  if ((get16(l3, 6) & 0x3fff) != 0) return layout::kReason_fragment;
  return layout::kReasonNone;
}

// Echo reply, destination unreachable, time exceeded, parameter problem: what an address gets for
// what it sent itself.
bool icmp_answers(uint8_t type) { return type == 0 || type == 3 || type == 11 || type == 12; }

uint8_t check_l4(const Parsed &parsed, const L4 &l4, const layout::Config &config) {
  const uint32_t l4_bytes = parsed.total_bytes - parsed.header_words * 4u;
  const uint32_t tcp_header_bytes = (get8(l4, 12) >> 4) * 4u;
  const uint32_t udp_bytes = get16(l4, 4);
  if (parsed.protocol == kProtocolIcmp && icmp_answers(get8(l4, 0)) &&
      is_own(config, parsed.destination)) {
    return layout::kReason_local_reply;
  }
  if (!parsed.tcp && parsed.protocol != kProtocolUdp) return layout::kReason_not_tcp_udp;
  if (parsed.tcp && (tcp_header_bytes < 20 || tcp_header_bytes > l4_bytes)) {
    return layout::kReason_bad_l4_length;
  }
  if (!parsed.tcp && (udp_bytes < 8 || udp_bytes > l4_bytes)) return layout::kReason_bad_l4_length;
  if (parsed.tcp && !tcp_sends(parsed.tcp_flags)) return layout::kReason_bad_tcp_flags;
  return layout::kReasonNone;
}

}  // namespace

Parsed parse(const PacketIn &in, const layout::Config &config) {
  const bool tagged = get16(in.window, 12) == kEthertypeVlan;
  const uint32_t l3_at = tagged ? 18 : 14;
  const uint16_t ethertype = tagged ? get16(in.window, 16) : get16(in.window, 12);
  // Aligned once; all offsets below are constants, except for the options.
  const L3 l3 = tagged ? L3(in.window >> (18 * 8)) : L3(in.window >> (14 * 8));

  Parsed parsed;
  parsed.tagged = tagged;
  parsed.header_words = get8(l3, 0) & 15;
  parsed.type_of_service = get8(l3, 1);
  parsed.total_bytes = get16(l3, 2);
  parsed.ttl = get8(l3, 8);
  parsed.protocol = get8(l3, 9);
  parsed.tcp = parsed.protocol == kProtocolTcp;
  parsed.ip_checksum = get16(l3, 10);
  parsed.source = get32(l3, 12);
  parsed.destination = get32(l3, 16);

  const L4 l4 = L4(l3 >> (parsed.header_words * 32u));
  parsed.source_port = get16(l4, 0);
  parsed.destination_port = get16(l4, 2);
  parsed.l4_checksum = parsed.tcp ? get16(l4, 16) : get16(l4, 6);
  parsed.tcp_flags = get8(l4, 13) & 0x3f;
  parsed.sequence = get16(l4, 4);
  parsed.acknowledged = get32(l4, 8);

  const uint8_t ethernet_reason = check_ethernet(in, config, l3_at, ethertype);
  const uint8_t ip_reason = check_ip(parsed, l3, in.frame_bytes - l3_at);
  const uint8_t l4_reason = check_l4(parsed, l4, config);
  parsed.reason = ethernet_reason != 0 ? ethernet_reason : ip_reason != 0 ? ip_reason : l4_reason;
  return parsed;
}

}  // namespace path
}  // namespace sluice
