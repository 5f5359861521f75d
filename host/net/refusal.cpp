#include "net/refusal.hpp"

#include <algorithm>

#include "frame_bytes.hpp"

namespace sluice::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;
constexpr std::uint8_t kTimeToLive = 64;
constexpr std::size_t kIcmpBytes = 8;
constexpr std::size_t kSmallestFrameBytes = 60;
// Of the refused datagram, so that the answer stays within 576 bytes (RFC 1812, 4.3.2.3).
constexpr std::size_t kQuotedBytes = 576 - kIpv4Bytes - kIcmpBytes;

std::uint32_t sum(std::span<const std::uint8_t> bytes, std::uint32_t start = 0) {
  std::uint32_t total = start;
  std::size_t at = 0;
  for (; at + 2 <= bytes.size(); at += 2) total += read_u16(bytes, at);
  if (at < bytes.size()) total += static_cast<std::uint32_t>(bytes[at]) << 8;
  return total;
}

std::uint16_t fold(std::uint32_t total) {
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

// Addresses, protocol and length of what stands behind the IPv4 header.
std::uint32_t pseudo_sum(std::span<const std::uint8_t> packet, std::size_t l4_bytes) {
  return sum(packet.subspan(12, 8), packet[9] + static_cast<std::uint32_t>(l4_bytes));
}

// Ethernet and IPv4 headers back to the sender, and room for `payload_bytes`.
Bytes answer_to(std::span<const std::uint8_t> frame, std::uint8_t protocol,
                std::size_t payload_bytes) {
  const Ipv4View ip(frame);
  const std::size_t total_bytes = kIpv4Bytes + payload_bytes;
  Bytes answer(kEthernetBytes + total_bytes);
  std::copy_n(frame.begin() + 6, 6, answer.begin());
  std::copy_n(frame.begin(), 6, answer.begin() + 6);
  write_u16(answer, 12, kEthertypeIpv4);
  const auto packet = std::span(answer).subspan(kEthernetBytes);
  packet[0] = 0x45;
  write_u16(packet, 2, static_cast<std::uint16_t>(total_bytes));
  write_u16(packet, 6, 0x4000);  // do not fragment
  packet[8] = kTimeToLive;
  packet[9] = protocol;
  write_u32(packet, 12, ip.destination().value);
  write_u32(packet, 16, ip.source().value);
  write_u16(packet, 10, static_cast<std::uint16_t>(~fold(sum(packet.first(kIpv4Bytes)))));
  return answer;
}

Bytes padded(Bytes frame) {
  frame.resize(std::max(frame.size(), kSmallestFrameBytes));
  return frame;
}

std::optional<Bytes> reset_of(std::span<const std::uint8_t> frame, const Ipv4View& ip) {
  const auto segment = ip.payload();
  if (segment.size() < kTcpBytes) return std::nullopt;
  const std::size_t header_bytes = (segment[12] >> 4) * 4u;
  if (header_bytes < kTcpBytes || header_bytes > segment.size()) return std::nullopt;
  const std::uint8_t flags = segment[13];
  if ((flags & kRst) != 0) return std::nullopt;
  if (fold(sum(segment, pseudo_sum(ip.packet(), segment.size()))) != 0xffff) return std::nullopt;
  Bytes answer = answer_to(frame, kProtocolTcp, kTcpBytes);
  const auto packet = std::span(answer).subspan(kEthernetBytes);
  const auto reset = packet.subspan(kIpv4Bytes);
  write_u16(reset, 0, read_u16(segment, 2));
  write_u16(reset, 2, read_u16(segment, 0));
  reset[12] = 5 << 4;
  reset[13] = kRst;
  if ((flags & kAck) != 0) {
    write_u32(reset, 4, read_u32(segment, 8));
  } else {
    const auto data_bytes = static_cast<std::uint32_t>(segment.size() - header_bytes);
    const std::uint32_t marks = ((flags & kSyn) != 0 ? 1u : 0u) + ((flags & kFin) != 0 ? 1u : 0u);
    write_u32(reset, 8, read_u32(segment, 4) + data_bytes + marks);
    reset[13] = kRst | kAck;
  }
  const std::uint16_t checksum = fold(sum(reset, pseudo_sum(packet, kTcpBytes)));
  write_u16(reset, 16, static_cast<std::uint16_t>(~checksum));
  return padded(std::move(answer));
}

std::optional<Bytes> unreachable_of(std::span<const std::uint8_t> frame, const Ipv4View& ip) {
  const auto datagram = ip.payload();
  if (datagram.size() < kUdpBytes) return std::nullopt;
  const std::size_t bytes = read_u16(datagram, 4);
  if (bytes < kUdpBytes || bytes > datagram.size()) return std::nullopt;
  const bool has_checksum = read_u16(datagram, 6) != 0;
  if (has_checksum && fold(sum(datagram.first(bytes), pseudo_sum(ip.packet(), bytes))) != 0xffff) {
    return std::nullopt;
  }
  const auto quoted = ip.packet().first(std::min(ip.packet().size(), kQuotedBytes));
  Bytes answer = answer_to(frame, kProtocolIcmp, kIcmpBytes + quoted.size());
  const auto icmp = std::span(answer).subspan(kEthernetBytes + kIpv4Bytes);
  icmp[0] = 3;  // destination unreachable
  icmp[1] = 3;  // port unreachable
  std::copy(quoted.begin(), quoted.end(), icmp.begin() + kIcmpBytes);
  write_u16(icmp, 2, static_cast<std::uint16_t>(~fold(sum(icmp))));
  return padded(std::move(answer));
}

}  // namespace

std::optional<Bytes> refusal_of(std::span<const std::uint8_t> frame) {
  if (!Ipv4View::valid(frame) || read_u16(frame, 12) != kEthertypeIpv4) return std::nullopt;
  const Ipv4View ip(frame);
  const bool group = ((frame[0] | frame[6]) & 1) != 0 || ip.source().value >> 28 >= 0xe ||
                     ip.source().is_zero() || ip.destination().value >> 28 >= 0xe;
  if (group || ip.is_fragment()) return std::nullopt;
  if (ip.protocol() == kProtocolTcp) return reset_of(frame, ip);
  if (ip.protocol() == kProtocolUdp) return unreachable_of(frame, ip);
  return std::nullopt;
}

}  // namespace sluice::net
