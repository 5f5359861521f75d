// EXPECT {HERE}: error: static variable of 8192 bits; pass it as a state array
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
  static uint32_t seen[256];
  o = O{};
  o.r = seen[i.c];  // HERE
  seen[i.c] = i.a;
}
