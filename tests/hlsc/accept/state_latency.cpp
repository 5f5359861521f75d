// State arrays of other latencies, one indexed by a hash, and one that is only overwritten.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct StateLatencyIn {
  uint32_t key;
  uint8_t op;
};
struct StateLatencyOut {
  uint16_t fast, slow;
  uint32_t before;
};

HLSC_TOP void state_latency(const StateLatencyIn& in, uint16_t (&fast)[16] HLSC_LATENCY(1),
                            uint16_t (&slow)[16] HLSC_LATENCY(5), uint32_t (&last)[16],
                            StateLatencyOut& out) {
  uint16_t& f = fast[in.key & 3];
  if (in.op & 1) f = static_cast<uint16_t>(f + 1);
  uint16_t& s = slow[(in.key ^ in.key >> 2) & 7];
  if (in.op & 2) s = static_cast<uint16_t>(s ^ in.key);
  out.fast = f;
  out.slow = s;
  const uint32_t index = in.key >> 4 & 15;
  out.before = last[index];
  if ((in.op & 4) == 0) last[index] = in.key;
}
