// EXPECT {HERE}: error: division by a variable
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

static uint32_t ratio(uint32_t x, uint32_t y) {
  return x / y;  // HERE
}

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  o.r = ratio(i.a, i.b);  // NOTE
}
