// EXPECT {HERE}: error: call of a virtual function; which function runs must be known
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

struct B {
  virtual uint32_t f(uint32_t) = 0;
};
struct D : B {
  uint32_t f(uint32_t x) override { return x ^ 7; }
};

HLSC_TOP void k(const I& i, O& o) {
  o = O{};
  D d;
  B* p = &d;
  o.r = p->f(i.a);  // HERE
}
