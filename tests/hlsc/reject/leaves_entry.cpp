// EXPECT {HERE}: error: an index that may lead from one entry of 'rows' into another; copy
#include <cstdint>

#include "hlsc/annotate.hpp"

struct Row {
  uint32_t cells[4];
};

HLSC_TOP void top(uint32_t x, const Row (&rows)[16], uint32_t& out) {
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(rows);
  out = bytes[x & 127];  // HERE
}
