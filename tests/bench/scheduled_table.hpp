// Verilated connection table with its schedulers: connections of one service, opened and closed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "Vscheduled_table.h"
#include "layout/connections.hpp"
#include "layout/tables.hpp"

namespace sluice::bench {

struct Opening {
  std::uint64_t key = 0;  // of service kService
  std::uint16_t ring = 0;
  std::uint16_t pair = 0;
};

class ScheduledTable {
 public:
  static constexpr std::uint32_t kService = 5;
  static constexpr std::uint32_t kResponseCycles = 18;

  // `turns`: an even number of them for kScheduler_turns.
  ScheduledTable(std::uint64_t seed, std::uint8_t kind, std::uint32_t turns);
  ~ScheduledTable();
  ScheduledTable(const ScheduledTable&) = delete;
  ScheduledTable& operator=(const ScheduledTable&) = delete;

  // What comes with the next step().
  void open(const Opening& opening);
  void close(std::uint64_t key);
  void sample(std::uint16_t backend, std::uint16_t ticks);
  // The backend of what was opened so many cycles ago, if something was and has an entry now.
  std::optional<std::uint16_t> step();

  void write_turns(std::uint32_t even, std::uint16_t first, std::uint16_t second);
  void write_share(std::uint16_t backend, const layout::Share& share);
  std::uint32_t count(std::uint16_t backend);

  std::uint64_t cycle() const { return cycle_; }

 private:
  void write(std::uint32_t table, std::uint32_t entry, std::uint64_t record);
  void idle(std::uint32_t cycles);

  std::unique_ptr<Vscheduled_table> top_;
  std::uint64_t cycle_ = 0;
  std::array<Opening, 32> openings_;  // by cycle
};

}  // namespace sluice::bench
