// The loop of sluice-sim: frames from the adapters into the card, frames from the card to the
// adapters, registers from the control socket, ticks from the clock that was asked for. Cycles run
// only while something is inside, waits to go in, or was asked for.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "control_server.hpp"
#include "port_adapter.hpp"
#include "sim/sim_card.hpp"

namespace sluice::sim {

enum class TimeMode { wall, simulated };

struct SimulatorOptions {
  TimeMode time = TimeMode::wall;
  RxPace pace = RxPace::back_to_back;
  bool start_at_commit = false;  // finite adapters wait for the first commit
  bool until_done = false;       // end when the finite adapters are at their end
  std::string control_path;      // empty: no control socket
  std::string trace_file;        // empty: no waveform
};

class Simulator {
 public:
  using Adapters = std::array<std::unique_ptr<PortAdapter>, layout::kPorts>;

  // Blocks SIGINT and SIGTERM in this thread: they end run().
  static base::Result<std::unique_ptr<Simulator>> create(const SimulatorOptions& options,
                                                         Adapters adapters);

  // Returns when a signal came or the work is done, or with an error when a port's device went away
  // or a rule was broken: an assertion, a TX stream, or (at the end, when all is drained) the
  // conservation of packets.
  base::Result<void> run();

  // Cycles, time mode, state of the assertions, and a line of counts for each port, as JSON.
  std::string info() const;

 private:
  struct Port {
    std::unique_ptr<PortAdapter> adapter;
    std::uint64_t rx_frames = 0;
    std::uint64_t tx_frames = 0;
    std::uint64_t tx_refused = 0;
  };

  Simulator(const SimulatorOptions& options, Adapters adapters);
  base::Result<void> open();
  void watch(int fd);
  // Waits (or only looks, if there is work) for descriptors. False: a signal asks to end, or what
  // a port is plugged into is gone.
  bool poll(bool wait);
  void receive_frames();
  void run_cycles();
  void add_wall_ticks();
  bool has_work() const;
  bool done() const;
  void check_idle();
  base::Result<void> finish();

  SimulatorOptions options_;
  SimCard card_;
  std::array<Port, layout::kPorts> ports_;
  std::unique_ptr<ControlServer> control_;
  base::Fd epoll_;
  base::Fd signals_;
  int gone_fd_ = -1;  // of a port whose device was deleted
  std::chrono::steady_clock::time_point start_;
  std::uint64_t wall_ticks_ = 0;
  bool idle_ = false;        // nothing moves inside and nothing has gone in since
  std::uint32_t asked_ = 0;  // register that check_idle() is reading; 0: none
  std::uint32_t quiet_cycles_ = 0;
  std::uint32_t still_asks_ = 0;
  std::uint32_t last_in_flight_ = 0;
};

}  // namespace sluice::sim
