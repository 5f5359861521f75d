// EXPECT {HERE}: error: constant table of more than 65536 bits; make it a table parameter
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

static const uint32_t kTable[4096] = {1, 2, 3};

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  o.r = kTable[i.a & 4095];  // HERE
}
