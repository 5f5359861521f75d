#include "framing.hpp"

#include <cstring>

namespace sluice::sim::xrt {
namespace {

constexpr std::uint8_t kLengthTag = 0x09;
constexpr std::uint8_t kCallTag = 0x15;

template <class Integer>
void put(std::string& out, Integer value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

std::optional<RequestHeader> parse_request_header(
    std::span<const std::uint8_t, kRequestHeaderBytes> bytes) {
  if (bytes[0] != kLengthTag || bytes[9] != kCallTag) return std::nullopt;
  RequestHeader header;
  std::memcpy(&header.payload_bytes, &bytes[1], sizeof header.payload_bytes);
  std::memcpy(&header.call, &bytes[10], sizeof header.call);
  if (header.payload_bytes > kMaxPayloadBytes) return std::nullopt;
  return header;
}

std::string frame_request(Call call, const std::string& payload) {
  std::string out(1, static_cast<char>(kLengthTag));
  put(out, static_cast<std::uint64_t>(payload.size()));
  out.push_back(static_cast<char>(kCallTag));
  put(out, static_cast<std::uint32_t>(call));
  return out + payload;
}

std::string frame_reply(const std::string& payload) {
  std::string out(1, static_cast<char>(kLengthTag));
  put(out, static_cast<std::uint64_t>(payload.size()));
  return out + payload;
}

}  // namespace sluice::sim::xrt
