// Frames as bytes, and one beat of them on Verilator's pins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sluice::rtl_test {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kBeatBytes = 64;
constexpr std::size_t kBeatWords = kBeatBytes / 4;

inline std::size_t beats_of(std::size_t bytes) { return (bytes + kBeatBytes - 1) / kBeatBytes; }

// A port's beat on pins of 32-bit words; a little-endian host's words are the bytes in order.
// Bytes beyond the frame's end are 0xee: nothing may depend on them.
inline void put_beat(std::uint32_t* data, std::uint32_t* keep, const Bytes& frame,
                     std::size_t beat) {
  std::uint8_t bytes[kBeatBytes];
  std::memset(bytes, 0xee, sizeof(bytes));
  const std::size_t start = beat * kBeatBytes;
  const std::size_t count = std::min(kBeatBytes, frame.size() - start);
  std::memcpy(bytes, frame.data() + start, count);
  std::memcpy(data, bytes, kBeatBytes);
  const std::uint64_t mask = count == kBeatBytes ? ~0ull : (1ull << count) - 1;
  std::memcpy(keep, &mask, sizeof(mask));
}

inline void append_beat(Bytes* frame, const std::uint32_t* data, std::size_t bytes) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(data);
  frame->insert(frame->end(), begin, begin + bytes);
}

}  // namespace sluice::rtl_test
