// EXPECT {HERE}: error: state array 'st' is accessed at two different addresses for one packet
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
  st[i.a & 1023].x++;
  st[i.b & 1023].y++;  // HERE
}
