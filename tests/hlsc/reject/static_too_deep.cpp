// EXPECT {HERE}: error: the update of 'hash' is deeper than one stage
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
  static uint32_t hash = 1;
  o = O{};
  hash = hash * 31 + i.a;  // HERE
  o.r = hash;
}
