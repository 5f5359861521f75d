// Linear hashes: CRC-32C bit by bit and Toeplitz with a constant key.
#include <cstdint>

#include "fixed/ap_uint.hpp"
#include "hlsc/annotate.hpp"

struct HashIn {
  ap_uint<104> tuple;
};
struct HashOut {
  uint32_t crc, toeplitz;
};

static const uint8_t kKey[20] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb};

HLSC_TOP void hash(const HashIn& in, HashOut& out) {
  uint32_t crc = 0xffffffffu;
  for (int i = 0; i < 104; ++i) {
    const uint32_t bit = (crc ^ static_cast<uint32_t>(in.tuple.range(i, i).to_uint64())) & 1;
    crc = (crc >> 1) ^ (bit ? 0x82f63b78u : 0u);
  }
  out.crc = ~crc;
  uint32_t h = 0;
  for (int i = 0; i < 13; ++i) {
    const unsigned byte = static_cast<unsigned>(in.tuple.range(i * 8 + 7, i * 8).to_uint64());
    uint64_t key = 0;
    for (int j = 0; j < 5; ++j) key = key << 8 | kKey[i + j];
    for (int b = 0; b < 8; ++b) {
      if (byte & (0x80u >> b)) h ^= static_cast<uint32_t>(key >> (8 - b));
    }
  }
  out.toeplitz = h;
}
