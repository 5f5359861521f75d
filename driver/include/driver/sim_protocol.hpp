// Wire protocol between a board of kind "sim" and the simulated card, over a Unix stream socket.
//
// Strictly call and reply, several clients allowed. All integers little-endian.
// Request:  SimHeader{payload_bytes, op, 0}, payload.   Reply: SimHeader{payload_bytes, op,
// status}, payload.
//
//   op      request payload                    reply payload
//   hello   u32 protocol version               u32 protocol version
//   read    u32 address, u32 words             u32 data[words]   (addresses rise by 4)
//   write   u32 address, u32 words, u32 data[] none
//   info    none                               JSON text: cycles, time mode, ports
//   memory_write  u64 address, u32 data[]      none
//   memory_read   u64 address, u32 words       u32 data[words]
//   own     none                               nothing: the card is this client's, until it goes.
//                                              Else text: who has it, as "process 12 (sluiced)"
//
// While a client owns the card the others may only read: what they write is refused (`not_owner`).
// Addresses of read and write are within the register aperture, multiples of 4; those of memory are
// of the board's own memory, where the card finds its lists of writes. words <= kSimMaxWords.
#pragma once

#include <cstdint>

namespace sluice::driver {

inline constexpr std::uint32_t kSimProtocolVersion = 3;
inline constexpr std::uint32_t kSimMaxWords = 4096;

enum class SimOp : std::uint16_t {
  hello = 1,
  read = 2,
  write = 3,
  info = 4,
  memory_write = 5,
  memory_read = 6,
  own = 7,
};

enum class SimStatus : std::uint16_t {
  ok = 0,
  bad_request = 1,  // malformed, misaligned or out of the aperture
  slave_error = 2,  // the card answered SLVERR
  timeout = 3,      // the card did not answer within the bound
  not_owner = 4,    // another client owns the card
};

struct SimHeader {
  std::uint32_t payload_bytes;
  std::uint16_t op;
  std::uint16_t status;
};
static_assert(sizeof(SimHeader) == 8);

}  // namespace sluice::driver
