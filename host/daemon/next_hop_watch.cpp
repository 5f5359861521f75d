#include "daemon/next_hop_watch.hpp"

#include <algorithm>

namespace sluice::daemon {
namespace {

constexpr std::chrono::milliseconds kTurn{100};
constexpr std::chrono::seconds kAskAgain{1};
constexpr std::chrono::seconds kConfirmAgain{15};
// A kernel that has just learned a MAC takes no other for a second (sysctl locktime).
constexpr std::chrono::milliseconds kAskOnceMore{1100};
constexpr std::size_t kProbesPerTurn = 32;

}  // namespace

base::Result<void> NextHopWatch::configure(const model::Config& config, TimePoint now) {
  // Those that stay are asked for when it is their turn: a change of the configuration must not
  // fill the wire with questions.
  std::map<model::NextHop, Hop> before;
  for (const Hop& hop : hops_) before.emplace(hop.hop, hop);
  hops_.clear();
  hop_of_.clear();
  std::map<base::Ipv4, std::size_t> places;
  for (const auto& hop : model::next_hops(config)) {
    places[hop.address] = hops_.size();
    const auto known = before.find(hop);
    hops_.push_back(known == before.end() ? Hop{hop, now, {}} : known->second);
  }
  for (const auto& service : config.services) {
    for (const auto& backend : service.backends) {
      const auto place = places.find(backend.next_hop);
      if (place != places.end()) hop_of_[model::id_of(service, backend)] = place->second;
    }
  }
  next_ = 0;
  turn_due_ = now;
  std::map<base::Ipv4, base::Mac> statics;
  for (const auto& entry : config.neighbors) statics.emplace(entry.address, entry.mac);
  return neighbours_.set_static(statics);
}

void NextHopWatch::doubt(const model::BackendId& backend, TimePoint now) {
  const auto found = hop_of_.find(backend);
  if (found == hop_of_.end()) return;
  Hop& hop = hops_[found->second];
  if (now < hop.asked + kAskAgain) return;
  hop.due = now;
  hop.once_more = true;
  turn_due_ = std::min(turn_due_, now);
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
    if (auto done = ask_for(hop, now); !done && result.ok()) result = done;
  }
  turn_due_ = now + kTurn;
  return result;
}

// The kernel is asked in any case: it takes an answer only for an address that is in its table.
base::Result<void> NextHopWatch::ask_for(Hop& hop, TimePoint now) {
  hop.asked = now;
  auto done = neighbours_.probe(hop.hop.address);
  if (!neighbours_.mac(hop.hop.address)) {
    hop.due = now + kAskAgain;
    return done;
  }
  ask_(hop.hop);
  hop.due = now + (hop.once_more ? kAskOnceMore : kConfirmAgain);
  hop.once_more = false;
  return done;
}

}  // namespace sluice::daemon
