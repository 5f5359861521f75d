// Tables as read ports: two addresses, an address from another table, a field array, latencies.
#include <cstdint>

#include "hlsc/annotate.hpp"

struct TablesEntry {
  uint32_t x, y;
  uint8_t bytes[8];
};
struct TablesIn {
  uint16_t a, b;
  uint8_t k;
};
struct TablesOut {
  uint32_t sum, chained;
  uint16_t narrow;
  uint8_t byte, chosen;
};

HLSC_TOP void tables(const TablesIn& in, const TablesEntry (&wide)[256] HLSC_LATENCY(3),
                     const uint16_t (&narrow)[1024] HLSC_LATENCY(1), const uint8_t (&odd)[100],
                     TablesOut& out) {
  const TablesEntry& first = wide[in.a & 255];
  const TablesEntry& second = wide[(in.b + 1) & 255];
  out.sum = first.x + second.y;
  out.byte = first.bytes[in.k & 7];
  out.narrow = narrow[in.b & 1023];
  out.chained = narrow[first.y & 1023];
  out.chosen = in.k < 100 ? odd[in.k] : 7;
}
