// Templates, lambdas, structs by value and by reference, template recursion, scalar results.
#include <cstdint>

#include "hlsc/annotate.hpp"

namespace kernels {

struct FunctionsPoint {
  uint16_t x, y;
};

template <int N>
struct Power {
  static uint32_t of(uint32_t x) { return x * Power<N - 1>::of(x); }
};
template <>
struct Power<0> {
  static uint32_t of(uint32_t) { return 1; }
};

template <class F>
uint32_t twice(F f, uint32_t x) {
  return f(f(x));
}

static FunctionsPoint swap_if(FunctionsPoint p, bool c) {
  FunctionsPoint r = p;
  if (c) {
    r.x = p.y;
    r.y = p.x;
  }
  return r;
}

HLSC_TOP uint32_t functions(uint32_t a, const uint16_t& b, const FunctionsPoint& p, uint16_t& low,
                            FunctionsPoint& out) {
  const uint32_t key = b;
  low = static_cast<uint16_t>(twice([&](uint32_t x) { return (x ^ key) + 3; }, a));
  out = swap_if(p, p.x > p.y);
  return Power<3>::of(a & 0xff) + b;
}

}  // namespace kernels
