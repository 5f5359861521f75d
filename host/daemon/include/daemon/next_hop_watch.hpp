// Keeps the MACs of the configuration's next hops known.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "model/plan.hpp"
#include "net/neighbours.hpp"

namespace sluice::daemon {

// Unresolved next hops are asked for every second, by the kernel. Resolved ones are asked for on
// the wire every 15 s, and at once when a check of a backend behind them got no answer: the kernel
// itself would first go on with what it has, and then ask only the MAC that is gone. It takes the
// answers in either case. At most kProbesPerTurn a turn, a turn each kTurn: the mailbox carries
// some 2,000 frames a second and ARP may use a part of that.
class NextHopWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Sends everybody at the next hop's port the question who has its address.
  using Ask = std::function<void(const model::NextHop&)>;

  NextHopWatch(net::Neighbours neighbours, Ask ask)
      : neighbours_(std::move(neighbours)), ask_(std::move(ask)) {}

  base::Result<void> configure(const model::Config& config, TimePoint now);

  int fd() const { return neighbours_.fd(); }
  base::Result<bool> update(bool all) { return neighbours_.update(all); }
  void seed(const std::map<base::Ipv4, base::Mac>& known) { neighbours_.seed(known); }
  const std::map<base::Ipv4, base::Mac>& known() const { return neighbours_.known(); }

  // A check of this backend got no answer: is its next hop somebody else by now?
  void doubt(const model::BackendId& backend, TimePoint now);

  std::optional<TimePoint> deadline() const;
  // Probes what is due; the first error, if any (the others are tried all the same).
  base::Result<void> run(TimePoint now);

 private:
  struct Hop {
    model::NextHop hop;
    TimePoint due;
    TimePoint asked;
    bool once_more = false;  // the kernel may not have taken the first answer
  };

  base::Result<void> ask_for(Hop& hop, TimePoint now);

  net::Neighbours neighbours_;
  Ask ask_;
  std::vector<Hop> hops_;
  std::map<model::BackendId, std::size_t> hop_of_;
  std::size_t next_ = 0;  // where the next turn starts
  TimePoint turn_due_;
};

}  // namespace sluice::daemon
