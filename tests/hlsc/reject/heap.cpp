// EXPECT {HERE}: error: heap memory
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
  uint32_t* p = new uint32_t[4];  // HERE
  p[i.c & 3] = i.a;
  o.r = p[0];
  delete[] p;
}
