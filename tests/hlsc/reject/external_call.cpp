// EXPECT {HERE}: error: call to 'ext', whose body is not in this source; define it
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

extern "C" uint32_t ext(uint32_t);

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  o.r = ext(i.a);  // HERE
}
