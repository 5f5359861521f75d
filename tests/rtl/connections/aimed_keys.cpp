#include "aimed_keys.hpp"

#include <bit>
#include <random>

namespace sluice::conn {

std::vector<std::uint64_t> aimed_keys(std::uint32_t bucket_bits, std::uint32_t bits,
                                      std::size_t count, const RoundKeys& round_keys,
                                      std::optional<std::uint32_t> service) {
  // The upper bits of all buckets are sums of bits of the permuted key; they shall be zero.
  std::vector<std::uint64_t> pivots;
  for (std::uint32_t subtable = 0; subtable < 4; ++subtable) {
    for (std::uint32_t bit = bits; bit < bucket_bits; ++bit) {
      std::uint64_t row = 0;
      for (std::uint32_t i = 0; i < layout::kConnectionKeyBits; ++i) {
        const std::uint64_t one = std::uint64_t{1} << i;
        if ((bucket_of(one, subtable, bucket_bits) >> bit & 1) != 0) row |= one;
      }
      for (const std::uint64_t pivot : pivots) {
        if ((row & std::bit_floor(pivot)) != 0) row ^= pivot;
      }
      if (row == 0) continue;
      for (std::uint64_t& pivot : pivots) {
        if ((pivot & std::bit_floor(row)) != 0) pivot ^= row;
      }
      pivots.push_back(row);
    }
  }
  std::uint64_t bound = 0;  // bits that the others decide
  for (const std::uint64_t pivot : pivots) bound |= std::bit_floor(pivot);
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> keys;
  while (keys.size() < count) {
    std::uint64_t permuted =
        random() & ((std::uint64_t{1} << layout::kConnectionKeyBits) - 1) & ~bound;
    for (const std::uint64_t pivot : pivots) {
      if (std::popcount(permuted & pivot & ~bound) % 2 != 0) permuted |= std::bit_floor(pivot);
    }
    const std::uint64_t key = unpermute(permuted, round_keys);
    constexpr std::uint64_t kServices = 1u << layout::kConnectionServiceBits;
    if (!service || key % kServices == *service) keys.push_back(key);
  }
  return keys;
}

}  // namespace sluice::conn
