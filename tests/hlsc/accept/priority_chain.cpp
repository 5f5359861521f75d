// Long if-else chains: a decision with many alternatives, and the first of many matches.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct PriorityChainIn {
  uint32_t key[8];
  uint32_t wanted;
  uint16_t flags;
};
struct PriorityChainOut {
  uint32_t value;
  uint8_t reason, index, verdict;
};

HLSC_TOP void priority_chain(const PriorityChainIn& in, PriorityChainOut& out) {
  out = PriorityChainOut{};
  out.index = 0xff;
  for (int i = 0; i < 8; ++i) {
    if (in.key[i] == in.wanted) {
      out.index = static_cast<uint8_t>(i);
      break;
    }
  }
  if (in.flags & 0x001) {
    out.reason = 4;
  } else if (in.flags & 0x002) {
    out.reason = 6;
  } else if ((in.flags & 0x00c) == 0x004) {
    out.reason = 7;
    out.verdict = 1;
  } else if (in.key[0] > in.key[1]) {
    out.reason = 8;
  } else if (in.flags & 0x020) {
    out.reason = 9;
    out.value = in.key[2];
  } else if (in.flags & 0x040) {
    out.reason = 10;
  } else if (in.key[3] == 0) {
    out.reason = 11;
    out.verdict = 2;
  } else if (in.flags & 0x100) {
    out.reason = 12;
  } else {
    out.value = in.key[4] + in.key[5];
    out.verdict = 3;
  }
}
