// EXPECT {HERE}: error: HLSC_LATENCY on 'i', which is no table; remove it
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

HLSC_TOP void k(const I& i HLSC_LATENCY(3), O& o) {  // HERE
  o = O{};
  o.r = i.a;
}
