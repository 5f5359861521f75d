// Numbers in frames and where the headers' fields stand, for Ethernet without a VLAN tag.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace sluice::net {

inline constexpr std::size_t kEthernetBytes = 14;
inline constexpr std::size_t kArpBytes = 28;
inline constexpr std::size_t kIpv4Bytes = 20;  // without options
inline constexpr std::size_t kTcpBytes = 20;   // without options
inline constexpr std::size_t kUdpBytes = 8;
inline constexpr std::uint16_t kEthertypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEthertypeArp = 0x0806;
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;

inline std::uint16_t read_u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

inline std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(read_u16(bytes, at)) << 16 | read_u16(bytes, at + 2);
}

inline base::Ipv4 read_ipv4(std::span<const std::uint8_t> bytes, std::size_t at) {
  return {read_u32(bytes, at)};
}

inline void write_u16(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

inline void write_u32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  write_u16(bytes, at, static_cast<std::uint16_t>(value >> 16));
  write_u16(bytes, at + 2, static_cast<std::uint16_t>(value));
}

// The IPv4 packet of a frame, whose lengths have been checked.
class Ipv4View {
 public:
  // False: no whole IPv4 packet.
  static bool valid(std::span<const std::uint8_t> frame) {
    if (frame.size() < kEthernetBytes + kIpv4Bytes) return false;
    const auto packet = frame.subspan(kEthernetBytes);
    const std::size_t header_bytes = (packet[0] & 15) * 4u;
    const std::size_t total_bytes = read_u16(packet, 2);
    return packet[0] >> 4 == 4 && header_bytes >= kIpv4Bytes && total_bytes >= header_bytes &&
           total_bytes <= packet.size();
  }
  explicit Ipv4View(std::span<const std::uint8_t> frame)
      : packet_(frame.subspan(kEthernetBytes, read_u16(frame, kEthernetBytes + 2))) {}

  std::span<const std::uint8_t> packet() const { return packet_; }
  std::span<const std::uint8_t> payload() const { return packet_.subspan((packet_[0] & 15) * 4u); }
  std::uint8_t protocol() const { return packet_[9]; }
  base::Ipv4 source() const { return read_ipv4(packet_, 12); }
  base::Ipv4 destination() const { return read_ipv4(packet_, 16); }
  bool is_fragment() const { return (read_u16(packet_, 6) & 0x3fff) != 0; }

 private:
  std::span<const std::uint8_t> packet_;
};

}  // namespace sluice::net
