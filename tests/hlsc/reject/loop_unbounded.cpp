// EXPECT {HERE}: error: the number of iterations of this loop has no constant bound; write
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
  uint32_t x = i.a, n = 0;
  while (x) {  // HERE
    x &= x - 1;
    n += 1;
  }
  o.r = n;
}
