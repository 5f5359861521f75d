// All shells around a stand-in for the card (shells_bench.sv): frames on eight lanes, registers of
// four shells, ten clocks. One shell is used at a time; the clocks of the others stand still.
#pragma once

#include <memory>
#include <string>

#include "Vshells_bench.h"
#include "streams.hpp"

namespace sluice::shells_test {

enum Shell : unsigned { kAlveo, kOpennic, kF2, kCorundum };

struct Answer {
  std::uint32_t data = 0;
  std::uint8_t response = 3;  // 0: OKAY, 2: SLVERR
};

class ShellsBench {
 public:
  // `gap` and `busy` as in Source and Sink.
  ShellsBench(Shell shell, std::uint64_t seed_value, unsigned gap, unsigned busy);

  Answer read(std::uint16_t address);
  Answer write(std::uint16_t address, std::uint32_t data);
  // Asks for the register in the cycle after its address was taken for the write; the data comes
  // `data_late` cycles after the address, and no response is waited for.
  Answer read_behind_write(std::uint16_t address, std::uint32_t data, unsigned data_late);
  void set_reset(bool on);

  // Runs until all sources are empty and then until nothing comes any more.
  bool drain();
  void run_cycles(unsigned cycles) { clocks_.run(cycles * core_period_ps_); }

  Vshells_bench& dut() { return *dut_; }
  std::mt19937_64& random() { return random_; }
  unsigned lane(unsigned port) const { return shell_ == kF2 ? 4 : 2 * shell_ + port; }

  std::vector<Source> sources;  // by port; F2: the host's one queue is [0]
  std::vector<Sink> sinks;
  std::uint64_t rx_refused = 0;         // cycles in which a shell made a MAC wait
  std::vector<unsigned> f2_ports;       // that the frames from the card left by
  std::deque<unsigned> f2_next;         // ports for the frames to come
  std::vector<std::uint16_t> sizes[2];  // OpenNIC: tuser_size at each frame's end
  std::string error;

 private:
  void add_clocks();
  void tick(CData& clock);
  void rx_before(unsigned port);
  void rx_after(unsigned port);
  void tx_before(unsigned port);
  void tx_after(unsigned port);

  Shell shell_;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vshells_bench> dut_;
  std::mt19937_64 random_;
  Clocks clocks_;
  std::uint64_t core_period_ps_ = 0;
  std::function<void()> on_control_ = [] {};     // before each edge of the registers' clock
  std::function<void()> after_control_ = [] {};  // and after it
};

}  // namespace sluice::shells_test
