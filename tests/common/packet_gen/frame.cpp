#include "packet_gen/frame.hpp"

#include "packet_gen/random.hpp"

namespace sluice::packet_gen {

uint16_t load16(const uint8_t* from) { return static_cast<uint16_t>((from[0] << 8) | from[1]); }
uint32_t load32(const uint8_t* from) {
  return (static_cast<uint32_t>(load16(from)) << 16) | load16(from + 2);
}
uint64_t load48(const uint8_t* from) {
  return (static_cast<uint64_t>(load16(from)) << 32) | load32(from + 2);
}
void store16(uint8_t* to, uint16_t value) {
  to[0] = static_cast<uint8_t>(value >> 8);
  to[1] = static_cast<uint8_t>(value);
}
void store32(uint8_t* to, uint32_t value) {
  store16(to, static_cast<uint16_t>(value >> 16));
  store16(to + 2, static_cast<uint16_t>(value));
}
void store48(uint8_t* to, uint64_t value) {
  store16(to, static_cast<uint16_t>(value >> 32));
  store32(to + 2, static_cast<uint32_t>(value));
}

uint16_t ones_sum(std::span<const uint8_t> bytes, uint32_t start) {
  uint64_t sum = start;
  size_t at = 0;
  for (; at + 2 <= bytes.size(); at += 2) sum += load16(&bytes[at]);
  if (at < bytes.size()) sum += static_cast<uint32_t>(bytes[at]) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

namespace {

// Fills the TCP or UDP header at `l4`; its checksum covers the pseudo header and all of `l4`.
void build_l4(const FrameSpec& spec, std::span<uint8_t> l4) {
  const bool tcp = spec.protocol == kTcp;
  store16(&l4[0], spec.source_port);
  store16(&l4[2], spec.destination_port);
  size_t checksum_at = 6;
  if (tcp) {
    store32(&l4[4], spec.sequence);
    store32(&l4[8], spec.acknowledged);
    l4[13] = spec.tcp_flags;
    const uint32_t words = spec.tcp_header_words + static_cast<uint32_t>(spec.l4_length_error);
    l4[12] = static_cast<uint8_t>(words << 4);
    store16(&l4[14], 0x2000);
    for (size_t at = 20; at < spec.tcp_header_words * 4; at++) l4[at] = 1;  // no operation
    checksum_at = 16;
  } else {
    store16(&l4[4], static_cast<uint16_t>(l4.size() + static_cast<size_t>(spec.l4_length_error)));
    if (spec.udp_without_checksum) return;
  }
  uint8_t pseudo[12] = {};
  store32(pseudo, spec.source);
  store32(pseudo + 4, spec.destination);
  pseudo[9] = spec.protocol;
  store16(pseudo + 10, static_cast<uint16_t>(l4.size()));
  uint16_t checksum = static_cast<uint16_t>(~ones_sum(l4, ones_sum(pseudo)));
  if (!tcp && checksum == 0) checksum = 0xffff;
  store16(&l4[checksum_at], checksum);
}

void build_ip(const FrameSpec& spec, std::span<uint8_t> l3, size_t total_bytes) {
  const uint32_t words = spec.header_words + static_cast<uint32_t>(spec.header_words_error);
  l3[0] = static_cast<uint8_t>((1u * spec.version << 4) | (words & 15));
  l3[1] = spec.tos;
  store16(&l3[2], static_cast<uint16_t>(total_bytes + static_cast<size_t>(spec.total_bytes_error)));
  store16(&l3[4], spec.id);
  store16(&l3[6], spec.fragment);
  l3[8] = spec.ttl;
  l3[9] = spec.protocol;
  store32(&l3[12], spec.source);
  store32(&l3[16], spec.destination);
  for (size_t at = 20; at < spec.header_words * 4; at++) {
    l3[at] = at - 20 < spec.options.size() ? spec.options[at - 20] : 1;  // no operation
  }
  // Over the length as written, so that a wrong length is not hidden by a wrong checksum.
  const size_t covered = std::min<size_t>((words & 15) * 4, l3.size());
  const uint16_t checksum = static_cast<uint16_t>(~ones_sum(l3.first(covered)));
  store16(&l3[10], checksum ^ spec.ip_checksum_error);
}

}  // namespace

void build_frame(const FrameSpec& spec, Bytes& frame) {
  const size_t l2_bytes = spec.tagged ? 18 : 14;
  const size_t header_bytes = spec.header_words * 4;
  const bool tcp = spec.protocol == kTcp;
  const bool udp = spec.protocol == kUdp;
  const size_t l4_header_bytes = tcp ? spec.tcp_header_words * 4 : udp ? 8 : 0;
  const size_t total_bytes = header_bytes + l4_header_bytes + spec.payload_bytes;

  frame.assign(l2_bytes + total_bytes + spec.trailer_bytes, 0);
  store48(&frame[0], spec.destination_mac);
  store48(&frame[6], spec.source_mac);
  if (spec.tagged) {
    store16(&frame[12], 0x8100);
    store16(&frame[14], spec.tag);
  }
  store16(&frame[l2_bytes - 2], spec.ethertype);

  Random payload(spec.payload_seed);
  const size_t payload_at = l2_bytes + header_bytes + l4_header_bytes;
  for (size_t at = 0; at < spec.payload_bytes; at += 8) {
    const uint64_t random = payload.next();
    for (size_t i = 0; i < 8 && at + i < spec.payload_bytes; i++) {
      frame[payload_at + at + i] = static_cast<uint8_t>(random >> (8 * i));
    }
  }
  if (spec.protocol == kIcmp && spec.payload_bytes > 0) frame[payload_at] = spec.icmp_type;
  const std::span<uint8_t> l3(&frame[l2_bytes], total_bytes);
  if (tcp || udp) build_l4(spec, l3.subspan(header_bytes));
  build_ip(spec, l3, total_bytes);
}

}  // namespace sluice::packet_gen
