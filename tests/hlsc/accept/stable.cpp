// Configuration that is not pipelined, alone and mixed with packet data.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct StableConfig {
  uint64_t mac;
  uint32_t key[4];
  uint16_t mtu;
};
struct StableIn {
  uint32_t a;
  uint16_t length;
};
struct StableOut {
  uint64_t mac;
  uint32_t hash;
  uint32_t derived;
  uint8_t fits;
};

HLSC_TOP void stable(const StableIn& in, const StableConfig& config HLSC_STABLE, StableOut& out) {
  out.mac = config.mac;
  uint32_t hash = config.key[0];
  for (int i = 0; i < 32; ++i) {
    const uint64_t key = static_cast<uint64_t>(config.key[1]) << 32 | config.key[2];
    if (in.a >> i & 1) hash ^= static_cast<uint32_t>(key >> i);
  }
  out.hash = hash;
  out.derived = (config.key[3] + config.mtu) ^ in.a;
  out.fits = in.length <= config.mtu;
}
