// EXPECT {HERE}: error: HLSC_STABLE on 'o', which is no input; remove it
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

HLSC_TOP void k(const I& i, O& o HLSC_STABLE) {  // HERE
  o = O{};
  o.r = i.a;
}
