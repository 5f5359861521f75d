// EXPECT {HERE}: error: loop of 5000 iterations; every iteration becomes hardware: at most 4096
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
  for (uint32_t j = 0; j < 5000; ++j) o.r ^= i.a + j;  // HERE
}
