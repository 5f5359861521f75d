// EXPECT {HERE}: error: a static variable needs code to initialize it; give it a constant
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
  static uint32_t n = i.a;  // HERE
  o = O{};
  o.r = n;
}
