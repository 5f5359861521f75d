// What enters and leaves the packet path, one of each per packet.
#pragma once

#include <cstdint>

#include "fixed/ap_uint.hpp"
#include "layout/capacity.hpp"

namespace sluice {
namespace path {

constexpr int kWindowBits = layout::kWindowBytes * 8;
constexpr int kHeaderOutBytes = 152;  // window + largest push, up to a multiple of 8
constexpr int kHeaderOutBits = kHeaderOutBytes * 8;
static_assert(kHeaderOutBytes >= static_cast<int>(layout::kWindowBytes + layout::kMaxPushBytes),
              "");

// Byte i of the frame is bits [8i+7:8i], as on an AXI-Stream.
struct PacketIn {
  ap_uint<kWindowBits> window;  // first 128 bytes; zeros beyond the end of a shorter frame
  uint16_t frame_bytes;         // whole frame, without FCS
  uint8_t port;                 // port it came from
  uint8_t epoch;                // bank of the tables this packet sees, 0 or 1
  uint32_t random;              // a random word, another for each packet
};

enum Verdict : uint8_t { kVerdictDrop = 0, kVerdictForward = 1, kVerdictPunt = 2 };
enum Direction : uint8_t { kDirectionNone = 0, kDirectionIn = 1, kDirectionOut = 2 };

// Every bit is defined for every input, so that RTL and native build can be compared bit for bit.
// Forwarded: `header` replaces the first min(128, frame_bytes) bytes that came in, the rest of the
// frame follows unchanged; a frame of less than 60 bytes gets zeros appended, counted in both
// header_bytes and frame_bytes.
// Answered (`cut`): the frame goes back where it came from, `header` is all of it.
// Dropped or punted: `header` is the window as received, header_bytes is min(128, frame_bytes) and
// frame_bytes is as received; egress_port, direction, service and backend are 0.
// Bytes of `header` from header_bytes on are 0 if those of `window` from frame_bytes on are.
struct PacketOut {
  ap_uint<kHeaderOutBits> header;
  uint16_t header_bytes;  // valid bytes of header
  uint16_t frame_bytes;   // whole frame that leaves
  uint8_t verdict;        // Verdict
  uint8_t reason;         // layout::Reason when dropped or punted, else 0
  uint8_t egress_port;    // port a forwarded packet leaves by
  uint8_t direction;      // Direction of a forwarded packet: which flow counters it moves
  uint16_t service;       // index into `services` of a forwarded packet
  uint16_t backend;       // index into `backends` of a forwarded packet
  uint8_t cut;            // 1: what came behind the window does not leave
  uint8_t reserved0;      // zero
  uint16_t reserved1;     // zero
};

}  // namespace path
}  // namespace sluice
