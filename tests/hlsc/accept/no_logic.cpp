// Results that are constants: nothing to compute, and still a packet every cycle, a stage behind.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct NoLogicOut {
  uint32_t version;
  uint16_t zero;
};

HLSC_TOP void no_logic(const uint32_t& ignored, NoLogicOut& out) {
  out = NoLogicOut{};
  out.version = (ignored ^ ignored) == 0 ? 7 : 8;
}
