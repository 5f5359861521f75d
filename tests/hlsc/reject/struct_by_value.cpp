// EXPECT {HERE}: error: a parameter has no name or is a struct passed by value
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

HLSC_TOP void k(I i, O& o) {  // HERE
  o = O{};
  o.r = i.a;
}
