// One's complement sums: many operands, folded.
#include <cstdint>

#include "fixed/ap_uint.hpp"
#include "hlsc/annotate.hpp"

struct ChecksumIn {
  ap_uint<480> header;
  uint8_t words;
};
struct ChecksumOut {
  uint16_t sum, update;
  uint8_t ok;
};

static uint16_t fold(uint32_t s) {
  s = (s & 0xffff) + (s >> 16);
  s = (s & 0xffff) + (s >> 16);
  return static_cast<uint16_t>(s);
}

HLSC_TOP void checksum(const ChecksumIn& in, ChecksumOut& out) {
  uint32_t sum = 0;
  for (int i = 0; i < 30; ++i) {
    if (i < 10 || static_cast<unsigned>(i / 2) < (in.words & 15u)) {
      sum += static_cast<uint32_t>(in.header.range(i * 16 + 15, i * 16).to_uint64());
    }
  }
  out.sum = fold(sum);
  out.ok = out.sum == 0xffff;
  const uint32_t old_word = static_cast<uint32_t>(in.header.range(31, 16).to_uint64());
  out.update =
      static_cast<uint16_t>(~fold((~out.sum & 0xffffu) + (~old_word & 0xffffu) + in.words));
}
