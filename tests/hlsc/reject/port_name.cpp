// EXPECT {HERE}: error: parameter 'clk' makes a second port 'clk_i'; give it another name
#include <cstdint>

#include "hlsc/annotate.hpp"

HLSC_TOP void top(const uint32_t& clk,  // HERE
                  uint32_t& out) {
  out = clk;
}
