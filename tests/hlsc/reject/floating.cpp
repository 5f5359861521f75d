// EXPECT {HERE}: error: floating point; use integers
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
  o.r = static_cast<uint32_t>(static_cast<float>(i.a) * 1.5f);  // HERE
}
