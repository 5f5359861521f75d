// How XRT's hardware emulation frames its calls on the device's socket.
//
// Strictly call and reply. Request: `09 <u64 payload bytes> 15 <u32 call>`, then the payload;
// reply: `09 <u64 payload bytes>`, then the payload. Integers are little-endian, payloads protobuf
// (hw_emu.proto). The frame is itself a protobuf message of fixed-width fields, which is why its
// parts have tags.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sluice::sim::xrt {

enum class Call : std::uint32_t {
  close = 1,
  alloc_buffer = 4,
  free_buffer = 5,
  host_to_device = 6,
  device_to_host = 7,
  register_write = 9,
  register_read = 11,
  debug_messages = 19,
  set_environment = 20,
};

inline constexpr std::size_t kRequestHeaderBytes = 14;
inline constexpr std::size_t kReplyHeaderBytes = 9;
// XRT sends at most a packet (64 KiB as the launcher sets it) and its own settings in a request.
inline constexpr std::uint64_t kMaxPayloadBytes = 1u << 20;

struct RequestHeader {
  std::uint64_t payload_bytes = 0;
  Call call{};  // may be none of the above
};

// Nothing if these are not the tags of a request, or it announces more than kMaxPayloadBytes.
std::optional<RequestHeader> parse_request_header(
    std::span<const std::uint8_t, kRequestHeaderBytes> bytes);

std::string frame_request(Call call, const std::string& payload);
std::string frame_reply(const std::string& payload);

}  // namespace sluice::sim::xrt
