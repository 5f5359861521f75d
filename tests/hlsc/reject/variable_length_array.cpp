// EXPECT {HERE}: error: array of variable length; give it a constant length
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
  uint32_t v[i.c + 1u];  // HERE
  v[0] = i.a;
  o.r = v[0];
}
