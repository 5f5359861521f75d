// parse: what is in the headers, and is it something the card handles at all?
#pragma once

#include <cstdint>

#include "layout/tables.hpp"
#include "path/packet.hpp"

namespace sluice {
namespace path {

constexpr uint8_t kTcpFin = 1;
constexpr uint8_t kTcpSyn = 2;
constexpr uint8_t kTcpRst = 4;
constexpr uint8_t kTcpAck = 16;
constexpr uint8_t kTcpUrg = 32;

constexpr uint8_t kProtocolTcp = 6;
constexpr uint8_t kProtocolUdp = 17;

// Fields are meaningful when reason is 0; they are what the bytes at their places say in any case.
struct Parsed {
  uint8_t reason;           // layout::Reason; 0: a TCP or UDP packet
  bool tagged;              // one 802.1Q tag: IPv4 starts at byte 18, else at byte 14
  bool tcp;                 // else UDP
  uint8_t header_words;     // IHL: 32-bit words of the IPv4 header, 5 to 15
  uint8_t type_of_service;  // DSCP and ECN
  uint16_t total_bytes;     // IPv4 packet
  uint8_t ttl;
  uint8_t protocol;
  uint16_t ip_checksum;
  uint32_t source;
  uint32_t destination;
  uint16_t source_port;
  uint16_t destination_port;
  uint16_t l4_checksum;
  uint8_t tcp_flags;      // of TCP: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32
  uint16_t sequence;      // of TCP: upper half of the sequence number
  uint32_t acknowledged;  // of TCP: acknowledgement number
};

// The packet may be the first of its connection.
inline bool begins_connection(const Parsed &parsed) {
  return !parsed.tcp || (parsed.tcp_flags & (kTcpSyn | kTcpAck | kTcpRst)) == kTcpSyn;
}

// Address of a port, for which the host's stack speaks; a port that is not in use has none.
inline bool is_own(const layout::Config &config, uint32_t address) {
  return address != 0 && (address == config.port0_address || address == config.port1_address);
}

using Configs = layout::Config[2];  // bank 0, then bank 1, as every table

// Checks, in this order: runt, wrong_mac, martian (source MAC), arp, not_ipv4, group_address,
// truncated (IPv4 header without options), bad_ip_header, truncated, bad_ip_checksum, source_route,
// fragment, local_reply (of ICMP), not_tcp_udp, bad_l4_length, bad_tcp_flags.
Parsed parse(const PacketIn &in, const layout::Config &config);

}  // namespace path
}  // namespace sluice
