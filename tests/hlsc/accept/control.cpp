// switch, early return, break, continue, goto forward, nested loops.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct ControlIn {
  uint32_t a, b;
  uint8_t c, limit;
};
struct ControlOut {
  uint32_t r, first, count, triangle;
  uint8_t kind;
};

static uint32_t first_set(uint32_t x) {
  for (uint32_t i = 0; i < 32; ++i) {
    if (x >> i & 1) return i;
  }
  return 32;
}

static uint32_t classify(const ControlIn& in) {
  if (in.a == 0) return 1;
  if (in.b > in.a) {
    if (in.c & 1) return 2;
    return in.c & 2 ? 3 : 4;
  }
  if (in.a - in.b == in.c) goto near;
  return 5;
near:
  return in.c > 3 ? 6 : 7;
}

HLSC_TOP void control(const ControlIn& in, ControlOut& out) {
  out = ControlOut{};
  out.first = first_set(in.a);
  for (uint32_t i = 0; i < 16; ++i) {
    if (i >= in.limit) break;
    if ((in.b >> i & 1) == 0) continue;
    out.count += i;
  }
  for (uint32_t i = 0; i < 6; ++i) {
    for (uint32_t j = 0; j <= i; ++j) {
      if ((in.a >> (i * 4) & 15) == j) out.triangle += i * j + 1;
    }
  }
  out.kind = static_cast<uint8_t>(classify(in));
  switch (in.c) {
    case 0:
      out.r = in.a;
      return;
    case 1:
    case 7:
      out.r = in.b;
      break;
    case 100:
      out.r = in.a + in.b;
      break;
    default:
      out.r = in.c & 0x80 ? in.a ^ in.b : 17;
  }
  out.r += 3;
}
