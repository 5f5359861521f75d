// Much that is computed from stable inputs alone: it takes SETTLE_CYCLES to arrive.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct SettleConfig {
  uint16_t bits, more;
};

HLSC_TOP uint32_t settle(const uint32_t& x, const SettleConfig& config HLSC_STABLE) {
  static const uint16_t kTable[3] = {0x1, 0xcf39, 0x2711};
  const uint32_t ones = static_cast<uint32_t>(__builtin_popcount(config.bits));
  return kTable[ones % 3u] % 7u + (config.more % 11u) + (x & 0xff);
}
