// Drives plane_bench.sv cycle by cycle: MACs, host mailbox and the counters behind the events.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "beat.hpp"
#include "packet_gen/random.hpp"

class Vplane_bench;  // NOLINT(readability-identifier-naming): Verilator's name for the module
class VerilatedContext;

namespace sluice::rtl_test {

constexpr std::uint32_t kPorts = 2;
constexpr std::uint32_t kPathLatencyCycles = 20;  // of path_stand_in
constexpr double kWireBytesPerCycle = 100e9 / 8 / 322.265625e6;
constexpr double kWireOverheadBytes = 24;  // preamble, FCS and gap

struct RxFrame {
  Bytes bytes;
  bool error = false;
};
struct TxFrame {
  Bytes bytes;
  std::uint64_t first_cycle = 0;
  std::uint64_t last_cycle = 0;
};
struct PuntFrame {
  Bytes bytes;
  std::uint32_t port = 0;
  std::uint32_t reason = 0;
};
struct FlowEvent {
  std::uint32_t direction = 0, service = 0, backend = 0, bytes = 0;
  bool operator==(const FlowEvent&) const = default;
};
struct PortCounts {
  std::uint64_t rx_packets = 0, rx_bytes = 0, tx_packets = 0, tx_bytes = 0;
};

// How often the outside world is not ready, in percent of the cycles.
struct Pace {
  std::array<std::uint32_t, kPorts> rx_idle{};
  std::array<std::uint32_t, kPorts> tx_stall{};
  std::array<std::uint32_t, 2> punt_stall{};  // of the punt classes: other, asked
  bool wire_rate = false;  // beats come as a 100GbE wire brings them; rx_idle does not count
};

class PlaneDriver {
 public:
  explicit PlaneDriver(std::uint64_t seed);
  ~PlaneDriver();
  PlaneDriver(const PlaneDriver&) = delete;
  PlaneDriver& operator=(const PlaneDriver&) = delete;

  Pace pace;

  void receive(std::uint32_t port, Bytes frame, bool error = false);
  void inject(std::uint32_t port, Bytes frame);
  void set_epoch(bool epoch);
  // The wires go on meanwhile. What the plane held is lost, and all that stands below forgotten.
  void reset(std::uint64_t cycles);

  void step();
  void run(std::uint64_t cycles);
  // Until all queued frames went in and the plane shows idle; false after `limit` cycles.
  bool run_until_idle(std::uint64_t limit = 200'000);

  std::uint64_t cycle() const { return cycle_; }
  std::uint32_t in_flight() const;
  bool idle() const;
  bool old_epoch_busy() const;
  std::uint64_t waiting(std::uint32_t port) const { return rx_[port].size(); }
  // Packets in the pipeline that took this epoch.
  std::uint32_t in_path(bool epoch) const { return in_path_[epoch]; }

  std::array<std::vector<TxFrame>, kPorts> sent;
  // Cycle of the last beat of each frame that came in.
  std::array<std::vector<std::uint64_t>, kPorts> received_cycles;
  std::vector<PuntFrame> punted;
  std::vector<FlowEvent> flows;
  std::array<std::uint64_t, 64> reasons{};
  std::array<PortCounts, kPorts> counts{};
  std::uint64_t injected = 0;

  std::uint64_t drops() const;  // sum of the reasons that lose a packet
  // "" if in = out + punted + drops + in flight, else the equation.
  std::string conservation() const;

 private:
  void drive_rx(std::uint32_t port);
  void drive_inject();
  void sample_tx(std::uint32_t port);
  void sample_punt();
  void sample_events();
  bool percent(std::uint32_t chance) { return random_.below(100) < chance; }

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vplane_bench> top_;
  packet_gen::Random random_;
  std::uint64_t cycle_ = 0;
  std::array<std::deque<RxFrame>, kPorts> rx_;
  std::array<std::size_t, kPorts> rx_beat_{};
  std::array<double, kPorts> wire_bytes_{};
  std::array<bool, kPorts> inside_{};
  std::array<std::uint32_t, 2> in_path_{};
  std::deque<bool> path_epochs_;
  PuntFrame punt_;
  struct Injected {
    std::uint32_t port;
    Bytes bytes;
  };
  std::deque<Injected> inject_;
  std::size_t inject_beat_ = 0;
};

}  // namespace sluice::rtl_test
