// The control plane on a bench: a clock, an AXI-Lite master, tables as the host and as the pipeline
// see them, and places to hang stimulus and checks on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "Vcontrol_plane.h"
#include "layout/describe.hpp"

namespace sluice::test {

using Words = std::vector<std::uint32_t>;

// From SLUICE_SEED or the clock; printed once.
std::uint64_t seed();

class Bench {
 public:
  Bench();

  Vcontrol_plane& pins() { return *pins_; }
  std::mt19937_64& random() { return random_; }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool chance(double probability) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
  }

  // One clock cycle: `drive` sets inputs, `sample` sees the pins just before the edge.
  void step(int cycles = 1);
  std::uint64_t cycle() const { return cycle_; }
  std::function<void()> drive;
  std::function<void()> sample;

  // AXI-Lite. nullopt and false: SLVERR. A hung card fails the test.
  bool write(std::uint32_t address, std::uint32_t value, std::uint32_t strobes = 0xf);
  std::optional<std::uint32_t> try_read(std::uint32_t address);
  std::uint32_t read(std::uint32_t address);  // must be OKAY

  // Tables, through the window. page() takes effect for the accesses that follow.
  void page(std::uint8_t table, std::uint32_t entry, bool live = false);
  bool write_entry(std::uint8_t table, std::uint32_t entry, const Words& words);
  Words read_entry(std::uint8_t table, std::uint32_t entry, bool live = false);
  void commit();
  void snapshot();  // and waits until it is complete

  // Tables, as the pipeline reads them.
  void set_address(std::uint8_t table, std::uint32_t address);
  Words data(std::uint8_t table);

 private:
  void answer_for_scheduler();
  void answer_for_connections(bool wrote, bool asked);
  bool wait_for(const std::function<bool()>& done);

  std::mt19937_64 random_;  // first: its seed is the model's too
  std::unique_ptr<Vcontrol_plane> pins_;
  std::array<std::uint32_t, 64> conn_registers_{};
  std::array<std::map<std::uint32_t, std::uint64_t>, 5> sched_tables_;
  std::uint64_t cycle_ = 0;
};

const layout::TableInfo& table_info(std::uint8_t table);
std::vector<layout::TableInfo> table_list();
// Cycles from address to data.
int table_latency(std::uint8_t table);
// A random record: only bits with a meaning are set; `noise` gets bits in all other places too.
Words random_record(Bench& bench, std::uint8_t table, Words* noise = nullptr);

}  // namespace sluice::test
