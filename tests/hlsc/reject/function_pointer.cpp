// EXPECT {HERE}: error: call through a function pointer; which function runs must be known
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

static uint32_t f(uint32_t x) { return x + 1; }
static uint32_t g(uint32_t x) { return x * 3; }

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  uint32_t (*h)(uint32_t) = i.c ? f : g;
  o.r = h(i.a);  // HERE
}
