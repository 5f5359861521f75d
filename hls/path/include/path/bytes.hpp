// Numbers in frames: byte i of a vector is bits [8i+7:8i], numbers are big-endian.
// Offsets are in bytes; with constant offsets all of this is wiring.
#pragma once

#include <cstdint>

#include "fixed/ap_uint.hpp"

namespace sluice {
namespace path {

template <int N>
inline uint8_t get8(const ap_uint<N> &bytes, int at) {
  return static_cast<uint8_t>(bytes.range(at * 8 + 7, at * 8).to_uint());
}
template <int N>
inline uint16_t get16(const ap_uint<N> &bytes, int at) {
  const uint32_t pair = bytes.range(at * 8 + 15, at * 8).to_uint();
  return static_cast<uint16_t>((pair << 8) | ((pair >> 8) & 0xff));
}
template <int N>
inline uint32_t get32(const ap_uint<N> &bytes, int at) {
  return (static_cast<uint32_t>(get16(bytes, at)) << 16) | get16(bytes, at + 2);
}
template <int N>
inline uint64_t get48(const ap_uint<N> &bytes, int at) {
  return (static_cast<uint64_t>(get16(bytes, at)) << 32) | get32(bytes, at + 2);
}

template <int N>
inline void put8(ap_uint<N> &bytes, int at, uint8_t value) {
  bytes.range(at * 8 + 7, at * 8) = ap_uint<8>(value);
}
template <int N>
inline void put16(ap_uint<N> &bytes, int at, uint16_t value) {
  const uint16_t swapped = static_cast<uint16_t>((value << 8) | (value >> 8));
  bytes.range(at * 8 + 15, at * 8) = ap_uint<16>(swapped);
}
template <int N>
inline void put32(ap_uint<N> &bytes, int at, uint32_t value) {
  put16(bytes, at, static_cast<uint16_t>(value >> 16));
  put16(bytes, at + 2, static_cast<uint16_t>(value));
}
template <int N>
inline void put48(ap_uint<N> &bytes, int at, uint64_t value) {
  put16(bytes, at, static_cast<uint16_t>(value >> 32));
  put32(bytes, at + 2, static_cast<uint32_t>(value));
}

// One's complement sums (RFC 1071): halves of a 32-bit number, and a sum below 2^26 as 16 bits.
inline uint32_t halves(uint32_t value) { return (value >> 16) + (value & 0xffff); }
inline uint32_t inverted_halves(uint32_t value) { return halves(~value); }
inline uint16_t fold(uint32_t sum) {
  const uint32_t once = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((once & 0xffff) + (once >> 16));
}

}  // namespace path
}  // namespace sluice
