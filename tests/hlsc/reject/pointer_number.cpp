// EXPECT {HERE}: error: an address is used as a number; use indices
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

HLSC_TOP void k(const I& i, const T (&t)[16], O& o) {
  o = O{};
  o.r = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&t[i.c & 15]));  // HERE
}
