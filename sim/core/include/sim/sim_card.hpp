// The simulated card with a MAC on each port and an AXI-Lite master: push frames, step the clock,
// pop frames. Single-threaded; cycles only pass inside step() and what calls it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "layout/registers.hpp"
#include "sim/axil_master.hpp"
#include "sim/card_memory.hpp"
#include "sim/card_pins.hpp"
#include "sim/rx_source.hpp"
#include "sim/tx_sink.hpp"

namespace sluice::sim {

class SimCard {
 public:
  // Reset is over when the constructor returns.
  SimCard();

  RxSource& rx(std::uint32_t port) { return rx_.at(port); }
  TxSink& tx(std::uint32_t port) { return tx_.at(port); }
  const RxSource& rx(std::uint32_t port) const { return rx_.at(port); }
  const TxSink& tx(std::uint32_t port) const { return tx_.at(port); }
  AxilMaster& axil() { return axil_; }
  CardMemory& memory() { return memory_; }

  // Called before every cycle, also those that register accesses take: keeps traffic going.
  void set_before_step(std::function<void()> hook) { before_step_ = std::move(hook); }

  // One clock cycle.
  void step();
  void run(std::uint64_t cycles);
  std::uint64_t cycle() const { return cycle_; }

  // Register access that runs the clock until the answer is there; only while !axil().busy().
  base::Result<std::uint32_t> read(std::uint32_t address);
  base::Result<void> write(std::uint32_t address, std::uint32_t value);

  // Runs until every pushed frame is in and the card says that no packet is inside, reading its
  // status register; false if that takes longer than `bound_cycles`. Frames that wait inside for a
  // full mailbox come out only as it is emptied: once nothing else moves, this takes the place of
  // the host and throws its frames away.
  bool drain(std::uint64_t bound_cycles);

  // The card's clock of ticks: `count` more of them, one a cycle from the next cycle on.
  void add_ticks(std::uint64_t count) { ticks_due_ += count; }
  std::uint64_t ticks_due() const { return ticks_due_; }
  // A tick every so many cycles, as on a board; 0 (the default) stops them.
  void set_tick_period(std::uint64_t cycles) { tick_period_cycles_ = cycles; }

  base::Result<void> open_trace(const std::string& file) { return pins_.open_trace(file); }
  void close_trace() { pins_.close_trace(); }

  // What broke a rule first: an assertion of the RTL or a TX stream; empty if nothing did.
  std::string error() const;
  bool failed() const;

 private:
  base::Result<void> finish_access(std::uint32_t address);

  CardPins pins_;
  std::array<RxSource, layout::kPorts> rx_;
  std::array<TxSink, layout::kPorts> tx_;
  AxilMaster axil_;
  CardMemory memory_;
  std::function<void()> before_step_;
  Beat beat_;
  std::uint64_t cycle_ = 0;
  std::uint64_t ticks_due_ = 0;
  std::uint64_t tick_period_cycles_ = 0;
};

// Cycles between two ticks when ticks follow simulated time.
inline constexpr std::uint64_t kTickPeriodCycles =
    std::uint64_t{layout::kClockKhz} * 1000 / layout::kTickHz;

}  // namespace sluice::sim
