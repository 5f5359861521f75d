// Constant tables: bytes, words, structs, an odd number of entries.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct ConstantsIn {
  uint8_t a, b;
};
struct ConstantsOut {
  uint32_t word;
  uint16_t pair;
  uint8_t byte, sbox;
};
struct ConstantsPair {
  uint16_t x;
  uint8_t y;
};

static const uint8_t kBytes[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const uint32_t kWords[11] = {1,       10,       100,       1000, 10000, 100000,
                                    1000000, 10000000, 100000000, 7,    9};
static const ConstantsPair kPairs[5] = {{1, 2}, {300, 4}, {5, 6}, {700, 8}, {9, 10}};

HLSC_TOP void constants(const ConstantsIn& in, ConstantsOut& out) {
  out.byte = kBytes[in.a & 15];
  out.word = kWords[in.a % 11];
  const ConstantsPair& p = kPairs[in.b % 5];
  out.pair = static_cast<uint16_t>(p.x + p.y);
  out.sbox = kBytes[kBytes[in.b >> 4]];
}
