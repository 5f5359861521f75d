// EXPECT {HERE}: error: output 'o.v[0]' is never written; give it a value on every path
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

HLSC_TOP void k(const I& i, O& o) {  // HERE
  o.r = i.a;
}
