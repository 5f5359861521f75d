// Static variables: a counter, a struct, a value that is rarely written.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct RegistersIn {
  uint32_t a;
  uint8_t op;
};
struct RegistersOut {
  uint32_t count, sum, last;
};
struct RegistersPair {
  uint16_t low, high;
};

HLSC_TOP void registers(const RegistersIn& in, RegistersOut& out) {
  static uint32_t count = 5;
  static RegistersPair pair = {1, 2};
  static uint32_t last = 0xdeadbeef;
  count += in.op & 3;
  if (in.op & 4) {
    pair.low = static_cast<uint16_t>(pair.low + in.a);
  } else {
    pair.high ^= static_cast<uint16_t>(in.a >> 16);
  }
  out.last = last;
  if (in.op == 9) last = in.a;
  out.count = count;
  out.sum = static_cast<uint32_t>(pair.low) << 16 | pair.high;
}
