// A state array with a policer: few addresses, so that packets meet right behind each other.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct StateEntry {
  uint32_t bytes;
  uint32_t packets;
  uint8_t tokens, last;
  uint16_t unused;
};
struct StateIn {
  uint16_t id, length;
  uint8_t op;
};
struct StateOut {
  uint32_t bytes;
  uint32_t packets;
  uint8_t pass;
};

HLSC_TOP void state(const StateIn& in, StateEntry (&flows)[64], StateOut& out) {
  StateEntry& flow = flows[in.id & 3];
  bool pass = true;
  if (in.op & 1) {
    flow.packets++;
    flow.bytes = flow.bytes + in.length;
  }
  if (in.op & 2) {
    const uint8_t tokens = flow.tokens & 15;
    const uint8_t cost = in.length & 7;
    pass = tokens >= cost;
    flow.tokens = static_cast<uint8_t>(pass ? tokens - cost : 9);
    flow.last = static_cast<uint8_t>(in.length);
  }
  out.packets = flow.packets;
  out.bytes = flow.bytes;
  out.pass = pass;
}
