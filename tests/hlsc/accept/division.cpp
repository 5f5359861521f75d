// Division and remainder by constants.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct DivisionIn {
  uint32_t a;
  int32_t s;
  uint16_t b;
};
struct DivisionOut {
  uint32_t q10, r10, q1000003;
  int32_t s7, sr7, s8, sn3;
  uint16_t q3, r251;
};

HLSC_TOP void division(const DivisionIn& in, DivisionOut& out) {
  out.q10 = in.a / 10;
  out.r10 = in.a % 10;
  out.q1000003 = in.a / 1000003;
  out.s7 = in.s / 7;
  out.sr7 = in.s % 7;
  out.s8 = in.s / 8;
  out.sn3 = in.s / -3;
  out.q3 = static_cast<uint16_t>(in.b / 3);
  out.r251 = static_cast<uint16_t>(in.b % 251);
}
