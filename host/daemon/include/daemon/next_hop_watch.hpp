// Keeps the MACs of the configuration's next hops known.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "model/plan.hpp"
#include "net/neighbours.hpp"

namespace sluice::daemon {

// Unresolved next hops are asked for every second, resolved ones are confirmed every 15 s (the
// kernel asks only if nothing else confirmed them). At most kProbesPerTurn a turn, a turn each
// kTurn: the mailbox carries some 2,000 frames a second and ARP may use a part of that.
class NextHopWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit NextHopWatch(net::Neighbours neighbours) : neighbours_(std::move(neighbours)) {}

  base::Result<void> configure(const model::Config& config, TimePoint now);

  int fd() const { return neighbours_.fd(); }
  base::Result<bool> update(bool all) { return neighbours_.update(all); }
  void seed(const std::map<base::Ipv4, base::Mac>& known) { neighbours_.seed(known); }
  const std::map<base::Ipv4, base::Mac>& known() const { return neighbours_.known(); }

  std::optional<TimePoint> deadline() const;
  // Probes what is due; the first error, if any (the others are tried all the same).
  base::Result<void> run(TimePoint now);

 private:
  struct Hop {
    base::Ipv4 address;
    TimePoint due;
  };

  net::Neighbours neighbours_;
  std::vector<Hop> hops_;
  std::size_t next_ = 0;  // where the next turn starts
  TimePoint turn_due_;
};

}  // namespace sluice::daemon
