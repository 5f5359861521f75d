#include "daemon/next_hop_watch.hpp"

namespace sluice::daemon {
namespace {

constexpr std::chrono::milliseconds kTurn{100};
constexpr std::chrono::seconds kAskAgain{1};
constexpr std::chrono::seconds kConfirmAgain{15};
constexpr std::size_t kProbesPerTurn = 32;

}  // namespace

base::Result<void> NextHopWatch::configure(const model::Config& config, TimePoint now) {
  hops_.clear();
  for (const auto& hop : model::next_hops(config)) hops_.push_back({hop.address, now});
  next_ = 0;
  turn_due_ = now;
  std::map<base::Ipv4, base::Mac> statics;
  for (const auto& entry : config.neighbors) statics.emplace(entry.address, entry.mac);
  return neighbours_.set_static(statics);
}

std::optional<NextHopWatch::TimePoint> NextHopWatch::deadline() const {
  if (hops_.empty()) return std::nullopt;
  return turn_due_;
}

base::Result<void> NextHopWatch::run(TimePoint now) {
  base::Result<void> result;
  std::size_t probes = 0;
  for (std::size_t i = 0; i < hops_.size() && probes < kProbesPerTurn; ++i) {
    Hop& hop = hops_[next_];
    next_ = (next_ + 1) % hops_.size();
    if (hop.due > now) continue;
    ++probes;
    hop.due = now + (neighbours_.mac(hop.address) ? kConfirmAgain : kAskAgain);
    if (auto done = neighbours_.probe(hop.address); !done && result.ok()) result = done;
  }
  turn_due_ = now + kTurn;
  return result;
}

}  // namespace sluice::daemon
