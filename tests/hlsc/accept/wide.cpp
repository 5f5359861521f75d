// Wide integers: slices, shifts by a variable, concatenation, comparison.
#include <cstdint>

#include "fixed/ap_uint.hpp"
#include "hlsc/annotate.hpp"

struct WideIn {
  ap_uint<512> window;
  ap_uint<48> mac;
  uint16_t value;
  uint8_t words;
};
struct WideOut {
  ap_uint<512> moved;
  ap_uint<96> both;
  uint32_t word;
  uint8_t same;
};

HLSC_TOP void wide(const WideIn& in, WideOut& out) {
  const ap_uint<512> shifted = in.window >> (static_cast<unsigned>(in.words & 15) * 32);
  out.moved = in.window;
  out.moved.range(63, 48) = ap_uint<16>(in.value);
  for (int i = 0; i < 8; ++i) {
    if (static_cast<int>(in.words & 7) == i)
      out.moved.range(i * 16 + 143, i * 16 + 128) = ap_uint<16>(in.value);
  }
  out.both = 0;
  out.both.range(47, 0) = in.mac;
  out.both.range(95, 48) = in.window.range(47, 0);
  out.word = static_cast<uint32_t>(shifted.range(31, 0).to_uint64());
  out.same = in.window.range(47, 0) == in.mac ? 1 : 0;
}
