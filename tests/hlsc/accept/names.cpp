// Names that SystemVerilog has its own use for or that look like hlsc's own, base classes, unnamed
// members and bit-fields; entries of a table at a constant place.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct NamesBase {
  uint16_t base, wire;
};
struct NamesIn : NamesBase {
  union {
    uint32_t word;
    uint8_t always[4];
  };
  uint32_t logic : 5;
  uint32_t end : 27;
};
struct NamesOut : NamesBase {
  union {
    uint32_t word;
    uint8_t always[4];
  };
  uint32_t n2 : 11;
  uint32_t begin : 21;
};
struct NamesRow {
  uint16_t cells[4];
};

HLSC_TOP uint16_t names(const NamesIn& n2, const uint32_t& n3, const uint8_t& module,
                        const NamesRow (&rows)[8], NamesOut& n4) {
  static uint16_t reg = 3;
  n4 = NamesOut{};
  const uint32_t assign = n2.word * 5u + n3;
  const uint32_t n2_i = (assign >> 3) + n2.end;
  n4.base = static_cast<uint16_t>(n2.wire + rows[2].cells[module & 3]);
  n4.wire = static_cast<uint16_t>(n2.base ^ n2_i);
  n4.word = assign + n2.always[1];
  n4.n2 = n2_i & 0x7ff;
  n4.begin = (n2.logic + n3) & 0x1fffff;
  reg = static_cast<uint16_t>(reg ^ module);
  return static_cast<uint16_t>(reg + rows[(n3 & 3) + 1].cells[(n3 >> 4) & 3]);
}
