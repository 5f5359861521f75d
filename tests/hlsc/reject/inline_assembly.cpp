// EXPECT {HERE}: error: inline assembly; write the operation in C++
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
  uint32_t x = i.a;
  asm("bswap %0" : "+r"(x));  // HERE
  o.r = x;
}
