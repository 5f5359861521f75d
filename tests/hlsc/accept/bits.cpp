// Counts, rotations, byte swaps, shifts by variables.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct BitsIn {
  uint32_t a, b;
  uint64_t w;
  int32_t s;
  uint8_t n;
};
struct BitsOut {
  uint64_t left, right;
  uint32_t rotated, swapped, ones, leading, trailing, rotated_variable;
  int32_t arithmetic;
  uint8_t parity;
};

HLSC_TOP void bits(const BitsIn& in, BitsOut& out) {
  out.left = in.w << (in.n & 63);
  out.right = in.w >> (in.n & 63);
  out.arithmetic = in.s >> (in.n & 31);
  out.rotated = in.a << 7 | in.a >> 25;
  out.rotated_variable = in.a << (in.n & 31) | in.a >> (-in.n & 31);
  out.swapped = __builtin_bswap32(in.b);
  out.ones = static_cast<uint32_t>(__builtin_popcount(in.a) + __builtin_popcountll(in.w));
  out.leading = in.a ? static_cast<uint32_t>(__builtin_clz(in.a)) : 32;
  out.trailing = in.b ? static_cast<uint32_t>(__builtin_ctz(in.b)) : 99;
  out.parity = static_cast<uint8_t>(__builtin_parity(in.a ^ in.b));
}
