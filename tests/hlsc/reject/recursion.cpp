// EXPECT {HERE}: error: recursion ('f(unsigned int)' calls itself); use a loop
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

static uint32_t f(uint32_t n) { return n < 2 ? n : f(n - 1) + f(n - 2); }  // HERE

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  o.r = f(i.a);
}
