// Additions, subtractions and products of several widths, signed and unsigned comparisons.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct ArithmeticIn {
  uint32_t a, b;
  int16_t s, t;
  uint8_t c, d;
};
struct ArithmeticOut {
  uint64_t product;
  uint32_t sum, difference, small;
  int32_t signed_product;
  uint16_t chain;
  uint8_t flags;
};

HLSC_TOP void arithmetic(const ArithmeticIn& in, ArithmeticOut& out) {
  out.product = static_cast<uint64_t>(in.a) * in.b;
  out.sum = in.a + in.b;
  out.difference = in.a - in.b - in.c;
  out.small = in.a * 10 + (in.b >> 3) * 7 - (in.c & 15u) * (in.d & 7u);
  out.signed_product = in.s * in.t;
  out.chain = static_cast<uint16_t>((in.a & 0xffff) + (in.a >> 16) + (in.b & 0xffff) +
                                    (in.b >> 16) + in.c + in.d + 1);
  out.flags = static_cast<uint8_t>((in.a < in.b) | (in.a <= in.b + 1) << 1 | (in.s < in.t) << 2 |
                                   (in.s >= -5) << 3 | (in.c == in.d) << 4 | (in.a > 1000) << 5 |
                                   (in.t > in.c) << 6 | (in.a == 0xffffffffu) << 7);
}
