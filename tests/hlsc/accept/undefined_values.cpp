// A value that is set on some paths only, but used only there; and one chosen but never shown.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct UndefinedValuesIn {
  uint32_t a, b;
  uint8_t c;
};
struct UndefinedValuesOut {
  uint32_t r, s;
};

HLSC_TOP void undefined_values(const UndefinedValuesIn& in, UndefinedValuesOut& out) {
  uint32_t x;
  bool have = false;
  if (in.c & 1) {
    x = in.a * 3;
    have = true;
  } else if (in.c & 2) {
    x = in.b - 1;
    have = true;
  }
  out.r = have ? x + (in.c >> 4) : 0;
  uint32_t y;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) y += in.a >> i;
    if (i == 0) y = in.b;
  }
  out.s = y;
}
