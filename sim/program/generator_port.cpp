#include "generator_port.hpp"

#include <cstdlib>

namespace sluice::sim {

namespace {

constexpr std::size_t kIpOffset = 14;
constexpr std::size_t kIpBytes = 20;
constexpr std::size_t kL4Offset = kIpOffset + kIpBytes;
constexpr std::size_t kTcpBytes = 20;
constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint8_t kProtocolUdp = 17;

void put16(std::vector<std::uint8_t>* bytes, std::size_t offset, std::uint32_t value) {
  (*bytes)[offset] = static_cast<std::uint8_t>(value >> 8);
  (*bytes)[offset + 1] = static_cast<std::uint8_t>(value);
}

void put32(std::vector<std::uint8_t>* bytes, std::size_t offset, std::uint32_t value) {
  put16(bytes, offset, value >> 16);
  put16(bytes, offset + 2, value);
}

std::uint32_t sum16(const std::vector<std::uint8_t>& bytes, std::size_t begin, std::size_t end) {
  std::uint32_t sum = 0;
  for (std::size_t i = begin; i < end; ++i) {
    sum += i % 2 == begin % 2 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
  }
  return sum;
}

std::uint32_t internet_checksum(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

}  // namespace

Frame make_generated_frame(const GeneratorOptions& options, std::uint32_t flow) {
  Frame frame;
  frame.bytes.resize(options.frame_bytes);
  std::vector<std::uint8_t>* bytes = &frame.bytes;
  options.destination_mac.to_bytes(bytes->data());
  options.source_mac.to_bytes(bytes->data() + 6);
  put16(bytes, 12, 0x0800);
  const auto ip_bytes = static_cast<std::uint32_t>(options.frame_bytes - kIpOffset);
  (*bytes)[kIpOffset] = 0x45;
  put16(bytes, kIpOffset + 2, ip_bytes);
  put16(bytes, kIpOffset + 6, 0x4000);
  (*bytes)[kIpOffset + 8] = 64;
  (*bytes)[kIpOffset + 9] = options.tcp ? kProtocolTcp : kProtocolUdp;
  put32(bytes, kIpOffset + 12, options.source.value + flow);
  put32(bytes, kIpOffset + 16, options.destination.value);
  put16(bytes, kIpOffset + 10, internet_checksum(sum16(*bytes, kIpOffset, kL4Offset)));
  const auto l4_bytes = ip_bytes - static_cast<std::uint32_t>(kIpBytes);
  put16(bytes, kL4Offset, 1024 + flow % 60000);
  put16(bytes, kL4Offset + 2, options.destination_port);
  if (!options.tcp) {
    put16(bytes, kL4Offset + 4, l4_bytes);
    return frame;
  }
  (*bytes)[kL4Offset + 12] = kTcpBytes / 4 << 4;
  (*bytes)[kL4Offset + 13] = 0x10;  // ACK
  const std::uint32_t pseudo_header =
      sum16(*bytes, kIpOffset + 12, kL4Offset) + kProtocolTcp + l4_bytes;
  put16(bytes, kL4Offset + 16,
        internet_checksum(pseudo_header + sum16(*bytes, kL4Offset, bytes->size())));
  return frame;
}

bool GeneratorPort::receive(std::uint64_t, Frame* frame) {
  if (at_end()) return false;
  *frame = make_generated_frame(options_, static_cast<std::uint32_t>(made_ % options_.flows));
  ++made_;
  return true;
}

std::string GeneratorPort::name() const {
  return std::to_string(options_.packets) + " packets of " + std::to_string(options_.frame_bytes) +
         " bytes to " + options_.destination.to_string() + ":" +
         std::to_string(options_.destination_port);
}

}  // namespace sluice::sim
