// Who a card is and how it fares, by reads alone: safe beside a daemon that owns the card.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "driver/board.hpp"
#include "layout/capacity.hpp"

namespace sluice::driver {

struct DeviceInfo {
  std::string board;  // "sim:/run/sluice/sim.sock"
  std::uint32_t abi_version = 0;
  std::uint32_t build_id = 0;
  std::uint32_t layout_hash = 0;
  std::uint32_t ports = 0;
  std::uint32_t services = 0;
  std::uint32_t backends = 0;
  std::uint32_t ring_slots = 0;
  std::uint32_t clock_khz = 0;
  std::uint32_t tick_hz = 0;
};

// Counts of the register punt_asked_lost, by port.
using AskedLost = std::array<std::uint16_t, layout::kPorts>;
inline AskedLost split_asked_lost(std::uint32_t word) {
  return {static_cast<std::uint16_t>(word), static_cast<std::uint16_t>(word >> 16)};
}

struct DeviceStatus {
  bool idle = false;  // no packet inside
  bool commit_busy = false;
  bool snapshot_busy = false;
  unsigned live_bank = 0;
  std::uint32_t commits = 0;    // since reset, wraps
  std::uint32_t in_flight = 0;  // packets inside
  std::uint32_t tick = 0;
  std::uint32_t punt_waiting = 0;
  AskedLost punt_asked_lost{};  // since reset, wraps
  std::uint32_t inject_free = 0;
  std::uint64_t cycles = 0;
  std::uint64_t config_id = 0;
};

// What the shell around a card lost where the card cannot see it; counts wrap.
struct ShellStatus {
  std::uint32_t kind = 0;     // docs/reference/shell-registers.md
  std::uint32_t tx_full = 0;  // bit p: the queue to port p's MAC is full
  std::uint32_t rx_lost[2]{};
  std::uint32_t tx_lost[2]{};
};

// Nothing if the card has no shell (simulated ones have none).
base::Result<std::optional<ShellStatus>> read_shell_status(Board& board);

// `link_down`: all ones; `incompatible`: no Sluice card, or one of another ABI or other layouts;
// the message names the cause and the next step.
base::Result<DeviceInfo> identify(Board& board);

base::Result<DeviceStatus> read_status(Board& board);

// A card whose reads work but whose writes are lost would seem to take every table:
// `verify_failed`. Leaves register scratch undefined.
base::Result<void> check_writes(Board& board);

}  // namespace sluice::driver
