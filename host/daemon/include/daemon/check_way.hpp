// Whether the packets of checks get through between the host's stack and the card, told as time.
//
// A check that got no answer says something of its backend only if its packets were carried. So
// checks do not run by the wall clock but by the time during which the host and the card kept up:
// it stands still while no card is attached, the network device is down, register accesses hang or
// this program is stopped, and goes slower while frames wait longer than usual, as on a busy
// machine with a simulated card. Pure, but for the lock: the pump writes, the loop reads.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "health/tcp_checker.hpp"
#include "layout/capacity.hpp"

namespace sluice::daemon {

// Until when a queue that is emptied frame by frame is known to be rid of what it held then.
class Backlog {
 public:
  using TimePoint = health::TimePoint;

  // `frames`: as many as the queue holds.
  explicit Backlog(unsigned frames) : frames_(frames) {}

  // A turn that began at `at` took a frame, or found none. Under a load that never ends the queue
  // is never found empty, but after as many frames as it holds all that waited before are through.
  void turn(TimePoint at, bool took);
  TimePoint clear_until() const { return clear_until_; }

 private:
  unsigned frames_;
  unsigned taken_ = 0;
  TimePoint mark_;
  TimePoint clear_until_;
};

class CheckWay {
 public:
  using TimePoint = health::TimePoint;
  // Frames that were not carried so far, of those of each port. By port, or whoever floods the
  // clients' port could keep the checks of the backends behind the other one from counting.
  using Losses = std::array<std::uint64_t, layout::kPorts>;

  // Time between two confirmations counts up to kCredit: a host that keeps up confirms every few
  // milliseconds. After a gap of kLongestGap nothing that was under way is of use.
  static constexpr std::chrono::milliseconds kCredit{20};
  static constexpr std::chrono::milliseconds kLongestGap{2000};

  explicit CheckWay(TimePoint now) : time_(now) {}

  // --- by the pump ---
  // All frames that waited at `until` have been carried, but for `losses`.
  void kept_up(TimePoint until, const Losses& losses);
  // What is under way is lost, and so is what comes until kept_up is called again.
  void broke(const std::string& why);

  // --- by whoever runs the checks ---
  struct View {
    health::Moment moment;
    std::uint64_t breaks = 0;  // how often what was under way was lost
    Losses losses{};
    std::string trouble;  // why the checks' time stands still; empty: it does not
  };
  View view(TimePoint now) const;

 private:
  mutable std::mutex mutex_;
  TimePoint time_;                    // of checks, confirmed
  std::optional<TimePoint> kept_up_;  // the host's time then; nothing: not begun, or broken
  std::string trouble_;
  std::uint64_t breaks_ = 0;
  Losses losses_{};
};

}  // namespace sluice::daemon
