// EXPECT {HERE}: error: 'table' is a keyword of SystemVerilog; name the module with --module
#include <cstdint>

#include "hlsc/annotate.hpp"

HLSC_TOP uint32_t table(uint32_t x) {  // HERE
  return x + 1;
}
