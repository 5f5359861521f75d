// TCP connect checks: does a backend accept a connection in time?
//
// One non-blocking socket a running check, all in one epoll set that nests in the caller's loop:
// wait until fd() is readable or next_deadline(), then call run(). Nothing here blocks. Time is
// passed in: it need not be the wall clock's, but may stand still or go slower while the way of the
// checks' packets is not in order. A check that is answered late only because run() came late
// counts as answered: answers are taken before deadlines.
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

// Why a check ended as it did. The last two say nothing of the backend and are not counted: `local`
// is this host's own trouble (no descriptor, no port, no route), `lost` silence while packets of
// checks may have been lost in the host or the card.
enum class Outcome : std::uint8_t { none, accepted, refused, timeout, unreachable, local, lost };
const char* name(Outcome outcome);

// How a check ends a connection that was accepted. With a FIN the backend sees an orderly end, and
// this host keeps the connection in TIME_WAIT for a minute; with a RST neither side keeps anything.
enum class Close : std::uint8_t { fin, reset };

// The time of checks. Deadlines are met by `confirmed`: what had come to this host's or the card's
// queues by then has been taken out of them. Durations are measured by `now`, which goes on between
// two confirmations.
struct Moment {
  TimePoint now;
  TimePoint confirmed;  // at most `now`
};

struct Check {
  base::Ipv4 address;
  std::uint16_t port = 0;
  base::Ipv4 source;   // zero: the kernel's choice
  std::string device;  // empty: any
  Millis interval{2000};
  Millis timeout{1000};  // at most the interval
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
  Close close = Close::fin;

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
  // Called from run() when a check got no answer, whether that counts or not. The same holds.
  using OnSilence = std::function<void(Id)>;

  static base::Result<TcpChecker> create(OnChange on_change, OnSilence on_silence = {});

  // Adds a check, its backend believed `up`, or changes its parameters; an existing one keeps what
  // it knows. The first run is spread over the interval by `id`, so that thousands do not start in
  // one instant.
  void set(Id id, const Check& check, bool up, TimePoint now);
  void remove(Id id);

  // What this check has seen since it was last `up` or not is void: a running one is given up, its
  // results in a row are forgotten, and the next one is spread over the interval again.
  void begin_anew(Id id, bool up, TimePoint now);
  // A running check is given up and none starts until begin_anew.
  void hold(Id id);
  // Packets may have been lost: of this check, if it runs now, only an answer counts.
  void doubt(Id id);

  std::optional<State> state(Id id) const;
  std::size_t size() const { return entries_.size(); }
  std::size_t in_progress() const { return in_progress_; }

  int fd() const { return epoll_.get(); }
  std::optional<TimePoint> next_deadline() const;
  void run(const Moment& moment);
  void run(TimePoint now) { run({now, now}); }

 private:
  struct Entry {
    Check check;
    RiseFall belief;
    Outcome last = Outcome::none;
    Millis last_duration{0};
    std::chrono::microseconds mean_response{0};
    TimePoint started;
    TimePoint deadline;    // of the running check, or when the next one starts
    bool held = false;     // and not on the agenda
    bool doubted = false;  // only an answer to the running check counts
    base::Fd socket;       // open while a check runs
  };

  TcpChecker(base::Fd epoll, OnChange on_change, OnSilence on_silence);
  void start(Id id, Entry& entry, TimePoint now);
  void finish(Id id, Entry& entry, Outcome outcome, TimePoint now);
  void give_up(Entry& entry);
  void take_answers(TimePoint now);
  void schedule(Id id, Entry& entry, TimePoint deadline);
  void unschedule(Id id, const Entry& entry);

  base::Fd epoll_;
  OnChange on_change_;
  OnSilence on_silence_;
  std::map<Id, Entry> entries_;
  std::map<std::pair<TimePoint, Id>, Entry*> agenda_;  // one line an entry, soonest first
  std::size_t in_progress_ = 0;
};

}  // namespace sluice::health
