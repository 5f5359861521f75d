// EXPECT error: no function is marked HLSC_TOP; include
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

void k(const I& i, O& o) {
  o = O{};
  o.r = i.a;
}
