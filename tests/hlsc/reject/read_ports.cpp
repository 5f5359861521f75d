// EXPECT {HERE}: error: table 't' is read at more than 4 different addresses for one packet
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

HLSC_TOP void k(const I& i, const T (&t)[1024], O& o) {
  o = O{};
  o.r = t[i.a & 1023].x + t[i.a >> 10 & 1023].x + t[i.a >> 20 & 1023].x + t[i.b & 1023].x;
  o.r ^= t[i.b >> 10 & 1023].y;  // HERE
}
