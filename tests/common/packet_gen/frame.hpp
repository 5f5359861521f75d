// Builds one Ethernet frame from its fields.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::packet_gen {

using Bytes = std::vector<uint8_t>;

constexpr uint8_t kIcmp = 1;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

// A well-formed packet; the fields behind the blank line spoil it.
struct FrameSpec {
  uint64_t destination_mac = 0;
  uint64_t source_mac = 0x020000000001;
  bool tagged = false;
  uint16_t tag = 0;
  uint8_t tos = 0;
  uint16_t id = 0;
  uint16_t fragment = 0;  // flags and offset as on the wire
  uint8_t ttl = 64;
  uint8_t protocol = kTcp;
  uint32_t source = 0;
  uint32_t destination = 0;
  uint32_t header_words = 5;      // IPv4 header; above 5: options (no-operation bytes)
  Bytes options;                  // instead of as many no-operation bytes
  uint32_t tcp_header_words = 5;  // above 5: options
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint8_t tcp_flags = 0x18;  // FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32
  uint32_t sequence = 0;     // of TCP
  uint32_t acknowledged = 0;
  uint32_t payload_bytes = 0;
  uint64_t payload_seed = 0;
  uint32_t trailer_bytes = 0;  // Ethernet padding behind the IPv4 packet
  bool udp_without_checksum = false;
  uint8_t icmp_type = 8;  // of ICMP, if it has a payload: its first byte

  uint16_t ethertype = 0x0800;
  uint8_t version = 4;
  int32_t header_words_error = 0;  // added to IHL as written
  int32_t total_bytes_error = 0;   // added to total length as written
  int32_t l4_length_error = 0;     // added to TCP data offset (words) or UDP length (bytes)
  uint16_t ip_checksum_error = 0;  // XORed into the checksum
};

// `frame` is overwritten; reuse it to save the allocation.
void build_frame(const FrameSpec& spec, Bytes& frame);

// RFC 1071 sum of big-endian 16-bit words, an odd last byte as its high half; folded, not inverted.
uint16_t ones_sum(std::span<const uint8_t> bytes, uint32_t start = 0);

uint16_t load16(const uint8_t* from);
uint32_t load32(const uint8_t* from);
uint64_t load48(const uint8_t* from);
void store16(uint8_t* to, uint16_t value);
void store32(uint8_t* to, uint32_t value);
void store48(uint8_t* to, uint64_t value);

}  // namespace sluice::packet_gen
