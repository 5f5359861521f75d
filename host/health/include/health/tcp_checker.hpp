// TCP connect checks: does a backend accept a connection in time?
//
// One non-blocking socket a running check, all in one epoll set that nests in the caller's loop:
// wait until fd() is readable or next_deadline(), then call run(). Nothing here blocks. Time is
// passed in, so that tests move it. A check that is answered late only because run() came late
// counts as answered: answers are taken before deadlines.
//
// A finished check closes with a reset, so neither side keeps the connection in TIME_WAIT.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/address.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "health/rise_fall.hpp"

namespace sluice::health {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Millis = std::chrono::milliseconds;

// Why a check ended as it did. `local` is this host's own trouble (no descriptor, no port left):
// it says nothing of the backend and is not counted.
enum class Outcome : std::uint8_t { none, accepted, refused, timeout, unreachable, local };
const char* name(Outcome outcome);

struct Check {
  base::Ipv4 address;
  std::uint16_t port = 0;
  base::Ipv4 source;   // zero: the kernel's choice
  std::string device;  // empty: any
  Millis interval{2000};
  Millis timeout{1000};  // at most the interval
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;

  bool operator==(const Check&) const = default;
};

struct State {
  bool up = true;
  std::uint32_t streak = 0;  // consecutive results against `up`
  Outcome last = Outcome::none;
  Millis last_duration{0};
  // Moving mean of the accepted checks' durations, the newest counting 1/8; 0: none yet.
  std::chrono::microseconds mean_response{0};
};

class TcpChecker {
 public:
  using Id = std::uint64_t;
  // Called from run() when a belief changed. Must not add or remove checks.
  using OnChange = std::function<void(Id, const State&)>;

  static base::Result<TcpChecker> create(OnChange on_change);

  // Adds a check, its backend believed `up`, or changes its parameters; an existing one keeps what
  // it knows. The first run is spread over the interval by `id`, so that thousands do not start in
  // one instant.
  void set(Id id, const Check& check, bool up, TimePoint now);
  void remove(Id id);

  std::optional<State> state(Id id) const;
  std::size_t size() const { return entries_.size(); }
  std::size_t in_progress() const { return in_progress_; }

  int fd() const { return epoll_.get(); }
  std::optional<TimePoint> next_deadline() const;
  void run(TimePoint now);

 private:
  struct Entry {
    Check check;
    RiseFall belief;
    Outcome last = Outcome::none;
    Millis last_duration{0};
    std::chrono::microseconds mean_response{0};
    TimePoint started;
    TimePoint deadline;  // of the running check, or when the next one starts
    base::Fd socket;     // open while a check runs
  };

  TcpChecker(base::Fd epoll, OnChange on_change);
  void start(Id id, Entry& entry, TimePoint now);
  void finish(Id id, Entry& entry, Outcome outcome, TimePoint now);
  void take_answers(TimePoint now);
  void schedule(Id id, Entry& entry, TimePoint deadline);
  void unschedule(Id id, const Entry& entry);

  base::Fd epoll_;
  OnChange on_change_;
  std::map<Id, Entry> entries_;
  std::map<std::pair<TimePoint, Id>, Entry*> agenda_;  // one line an entry, soonest first
  std::size_t in_progress_ = 0;
};

}  // namespace sluice::health
