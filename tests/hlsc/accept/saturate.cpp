// Minimum, maximum, absolute value and saturation, signed and unsigned.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct SaturateIn {
  uint16_t a, b;
  int16_t s, t;
};
struct SaturateOut {
  uint16_t low, high, minus, plus;
  int16_t signed_low, signed_high, magnitude;
};

HLSC_TOP void saturate(const SaturateIn& in, SaturateOut& out) {
  out.low = in.a < in.b ? in.a : in.b;
  out.high = in.a > in.b ? in.a : in.b;
  out.minus = static_cast<uint16_t>(in.a > in.b ? in.a - in.b : 0);
  const uint32_t sum = static_cast<uint32_t>(in.a) + in.b;
  out.plus = static_cast<uint16_t>(sum > 0xffff ? 0xffff : sum);
  out.signed_low = in.s < in.t ? in.s : in.t;
  out.signed_high = in.s > in.t ? in.s : in.t;
  out.magnitude = static_cast<int16_t>(in.s < 0 ? -in.s : in.s);
}
