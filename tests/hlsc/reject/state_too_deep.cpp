// EXPECT {HERE}: error: the update of 'st' is deeper than one stage of 6 LUT levels; shorten
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

HLSC_TOP void k(const I& i, T (&st)[1024], O& o) {
  o = O{};
  T& t = st[i.a & 1023];
  t.x = ((t.x + i.b) ^ (t.x >> 7)) + (t.x + i.a) * 5;
  t.x = (t.x + t.y) / 3;  // HERE
}
