// EXPECT {HERE}: error: output 'o' is read before it is written
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
  for (int j = 0; j < 16; ++j) o.v[j] = 0;
  o.r += i.a;  // HERE
}
