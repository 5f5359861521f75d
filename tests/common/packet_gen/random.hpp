// Random numbers of tests: the same on every machine for the same seed.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace sluice::packet_gen {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ull;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  uint32_t word() { return static_cast<uint32_t>(next() >> 32); }
  uint16_t half() { return static_cast<uint16_t>(next() >> 48); }
  uint8_t byte() { return static_cast<uint8_t>(next() >> 56); }
  uint32_t below(uint32_t bound) {  // 0 to bound - 1
    return static_cast<uint32_t>((static_cast<uint64_t>(word()) * bound) >> 32);
  }
  uint32_t between(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  template <class Container>
  auto& pick(Container& from) {
    return from[below(static_cast<uint32_t>(from.size()))];
  }

 private:
  uint64_t state_;
};

// Seed of a test: SLUICE_SEED from the environment, else `fallback`. Tests print it.
inline uint64_t test_seed(uint64_t fallback) {
  const char* text = std::getenv("SLUICE_SEED");
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 0);
}

}  // namespace sluice::packet_gen
