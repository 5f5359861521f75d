// EXPECT {HERE}: error: local array of 131072 bits; at most 65536
#include <cstdint>

#include "hlsc/annotate.hpp"

struct I {
  uint32_t a, b;
  uint8_t c;
};
struct O {
  uint32_t r;
  uint8_t v[16];
};
struct T {
  uint32_t x, y;
};

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  uint32_t v[4096];  // HERE
  for (uint32_t j = 0; j < 4096; ++j) v[j] = i.a + j;
  o.r = v[i.b & 4095];
}
