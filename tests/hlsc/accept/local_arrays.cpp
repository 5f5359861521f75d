// Dynamic indices into local arrays, copies of structs, memcpy and memset.
#include <cstdint>
#include <cstring>

#include "hlsc/annotate.hpp"

struct LocalArraysIn {
  uint32_t v[8];
  uint8_t i, j;
};
struct LocalArraysOut {
  uint32_t picked, patched, copied;
  uint8_t bytes[16];
  uint16_t pairs[4][2];
};
struct LocalArraysPart {
  uint16_t tag;
  uint16_t rest;
};

HLSC_TOP void local_arrays(const LocalArraysIn& in, LocalArraysOut& out) {
  uint32_t v[8];
  for (int k = 0; k < 8; ++k) v[k] = in.v[k] + static_cast<uint32_t>(k);
  out.picked = in.v[in.i & 7];
  v[in.i & 7] ^= 0x55aa55aa;
  out.patched = v[in.j & 7];
  LocalArraysPart part;
  std::memcpy(&part, &in.v[2], sizeof part);
  out.copied = static_cast<uint32_t>(part.tag) * 3u + part.rest;
  std::memset(out.bytes, 0x3c, sizeof out.bytes);
  out.bytes[in.j & 15] = in.i;
  for (int k = 0; k < 4; ++k) {
    out.pairs[k][0] = static_cast<uint16_t>(in.v[k]);
    out.pairs[k][1] = static_cast<uint16_t>(in.v[k] >> 16);
  }
  out.pairs[in.i & 3][in.j & 1] = 0xffff;
}
