// EXPECT {HERE}: error: a loop made with goto that has two entries; write a for loop
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
  if (i.c & 1) goto second;
first:
  x = x * 3 + 1;
second:
  x ^= i.b;
  if (++n < i.c) goto first;  // HERE
  o.r = x;
}
