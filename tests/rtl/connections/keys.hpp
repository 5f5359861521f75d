// The permutation of keys and the buckets, as the hardware has them.
#pragma once

#include <array>
#include <cstdint>

#include "layout/connections.hpp"

namespace sluice::conn {

using RoundKeys = std::array<std::uint32_t, layout::kConnectionRounds>;

constexpr std::uint32_t kHalfBits = layout::kConnectionKeyBits / 2;
constexpr std::uint64_t kHalfMask = (std::uint64_t{1} << kHalfBits) - 1;

constexpr std::uint64_t rotate_half(std::uint64_t x, std::uint32_t by) {
  return ((x << by) | (x >> (kHalfBits - by))) & kHalfMask;
}

constexpr std::uint64_t round_function(std::uint64_t x) {
  return (rotate_half(x, 1) & rotate_half(x, 8)) ^ rotate_half(x, 2);
}

constexpr std::uint64_t permute(std::uint64_t key, const RoundKeys& round_keys) {
  std::uint64_t left = key >> kHalfBits;
  std::uint64_t right = key & kHalfMask;
  for (const std::uint32_t round_key : round_keys) {
    const std::uint64_t next = right ^ round_function(left) ^ round_key;
    right = left;
    left = next;
  }
  return left << kHalfBits | right;
}

constexpr std::uint64_t unpermute(std::uint64_t permuted, const RoundKeys& round_keys) {
  std::uint64_t left = permuted >> kHalfBits;
  std::uint64_t right = permuted & kHalfMask;
  for (std::size_t i = round_keys.size(); i-- > 0;) {
    const std::uint64_t before = left ^ round_function(right) ^ round_keys[i];
    left = right;
    right = before;
  }
  return left << kHalfBits | right;
}

// The bits of the remainder whose sum is bit 0 of F; the other bits of F are further left.
constexpr std::array<std::array<std::uint32_t, 5>, 3> kIndexTaps = {
    {{0, 7, 18, 29, 40}, {3, 11, 16, 26, 37}, {5, 14, 22, 31, 43}}};

constexpr std::uint32_t bucket_of(std::uint64_t permuted, std::uint32_t subtable,
                                  std::uint32_t bucket_bits) {
  const std::uint32_t remainder_bits = layout::kConnectionKeyBits - bucket_bits;
  std::uint32_t bucket = static_cast<std::uint32_t>(permuted >> remainder_bits);
  if (subtable == 0) return bucket;
  for (std::uint32_t bit = 0; bit < bucket_bits; ++bit) {
    for (const std::uint32_t tap : kIndexTaps[subtable - 1]) {
      bucket ^= static_cast<std::uint32_t>(permuted >> ((bit + tap) % remainder_bits) & 1) << bit;
    }
  }
  return bucket;
}

// {closed, half closed, established, opening} as the table's port has them, 17 bits each.
inline void set_timeouts(std::uint32_t* words, const std::uint32_t (&timeouts)[4]) {
  words[0] = words[1] = words[2] = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint64_t at = std::uint64_t{timeouts[i]} << (17 * i % 32);
    words[17 * i / 32] |= static_cast<std::uint32_t>(at);
    if (17 * i / 32 + 1 < 3) words[17 * i / 32 + 1] |= static_cast<std::uint32_t>(at >> 32);
  }
}

}  // namespace sluice::conn
