// What moves on the card's AXI-Streams: beats on the pins, frames beside them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "layout/capacity.hpp"

namespace sluice::sim {

// One clock cycle of a 512-bit stream. Byte i is bits [8i+7:8i] and bit i of `keep`.
struct Beat {
  std::array<std::uint8_t, layout::kBeatBytes> data{};
  std::uint64_t keep = 0;
  bool last = false;
  bool error = false;  // RX only, with `last`: the MAC saw a bad frame

  bool operator==(const Beat&) const = default;
};

// A frame without FCS.
struct Frame {
  std::vector<std::uint8_t> bytes;
  bool error = false;             // RX: the MAC flags it at its last beat
  std::uint32_t slot_bytes = 0;   // RX: pace as if it were this long (0: as long as it is)
  std::uint64_t first_cycle = 0;  // when its first beat moved
  std::uint64_t last_cycle = 0;   // when its last beat moved
};

// 100GbE against the card's 322.265625 MHz: a byte on the wire takes 33/1280 of a clock cycle.
inline constexpr std::uint64_t kWireUnitsPerCycle = 1280;
inline constexpr std::uint64_t kWireUnitsPerByte = 33;
// Beside a frame's bytes the wire carries preamble (8), FCS (4) and the shortest gap (12).
inline constexpr std::uint32_t kWirePreambleBytes = 8;
inline constexpr std::uint32_t kWireOverheadBytes = 24;

}  // namespace sluice::sim
