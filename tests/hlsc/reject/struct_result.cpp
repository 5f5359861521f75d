// EXPECT {HERE}: error: the top function returns a struct; return nothing
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

HLSC_TOP O k(const I& i) {  // HERE
  O o = {};
  o.r = i.a;
  return o;
}
