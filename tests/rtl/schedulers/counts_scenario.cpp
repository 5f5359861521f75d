#include <fmt/format.h>

#include <map>

#include "scenarios.hpp"
#include "scheduler_driver.hpp"

namespace sluice::sched {
namespace {

constexpr std::uint32_t kInFlight = 40;  // sweeps that may still arrive in a stall

// Connections of whom events speak: so that no count goes below zero, and few enough that the same
// ones come in consecutive cycles.
class Connections {
 public:
  Connections(SchedulerDriver* card, std::uint32_t backends) : card_(card), backends_(backends) {}

  Event open() {
    Event event;
    event.backend = static_cast<std::uint16_t>(card_->below(backends_) * 4095 % layout::kBackends);
    event.service = static_cast<std::uint16_t>(card_->below(backends_) * 1023 % layout::kServices);
    event.up = true;
    ++open_[{event.backend, event.service}];
    ++total_;
    return event;
  }
  // One that is open; nothing if there is none near a random place.
  std::optional<Event> close() {
    if (total_ == 0) return std::nullopt;
    const std::pair<std::uint16_t, std::uint16_t> from{
        static_cast<std::uint16_t>(card_->below(layout::kBackends)), 0};
    auto found = open_.lower_bound(from);
    if (found == open_.end()) found = open_.begin();
    const Event event{found->first.first, found->first.second, false};
    --total_;
    if (--found->second == 0) open_.erase(found);
    return event;
  }
  std::uint64_t total() const { return total_; }

 private:
  SchedulerDriver* card_;
  std::uint32_t backends_;
  std::map<std::pair<std::uint16_t, std::uint16_t>, std::uint32_t> open_;
  std::uint64_t total_ = 0;
};

// Changes, removals and sweeps in `share` of the cycles each. Sweeps begin while there is no stall
// and come some cycles later. Connections grow for a while, then shrink as fast as they can.
void run(SchedulerDriver* card, Connections* connections, std::uint64_t cycles, double share) {
  const auto chance = [&](double of) {
    return static_cast<double>(card->below(1U << 20)) < of * (1U << 20);
  };
  std::uint32_t begun = 0;
  for (std::uint64_t i = 0; i < cycles; ++i) {
    const bool grows = connections->total() < 20 || (i / 1024 % 2 == 0);
    if (chance(share)) {
      const bool up = grows || card->below(3) == 0;
      const std::optional<Event> event = up ? connections->open() : connections->close();
      if (event) card->change(*event);
    }
    if (!grows || chance(share / 4)) {
      if (auto event = connections->close()) card->removed(*event);
    } else if (chance(0.1)) {
      Event inactive;
      inactive.active = false;
      card->removed(inactive);
    }
    if (!card->stalls() && begun < kInFlight && chance(grows ? share / 8 : share)) ++begun;
    if (begun != 0 && (begun == kInFlight || card->below(4) != 0)) {
      --begun;
      if (auto event = connections->close()) card->swept(*event);
    }
    card->step();
  }
}

}  // namespace

std::string counts_are_exact(std::uint64_t seed, std::uint64_t cycles) {
  SchedulerDriver card(seed);
  for (const std::uint32_t backends : {2U, 24U, 1000U}) {
    Connections connections(&card, backends);
    for (const double share : {1.0, 0.5}) {
      run(&card, &connections, cycles, share);
      card.idle(200);
      const std::string wrong = card.compare_counts();
      if (!wrong.empty()) return fmt::format("{} backends: {}", backends, wrong);
    }
    // A reset loses what is under way; cleared, everything begins at zero.
    run(&card, &connections, 100, 1.0);
    card.reset();
    card.clear();
    const std::string wrong = card.compare_counts();
    if (!wrong.empty()) return fmt::format("cleared: {}", wrong);
  }
  return "";
}

std::string host_reads_what_it_wrote(std::uint64_t seed) {
  SchedulerDriver card(seed);
  std::vector<std::uint64_t> shares, times, turns;
  for (std::uint32_t i = 0; i < 300; ++i) {
    shares.push_back(share_record(
        {static_cast<std::uint32_t>(card.below(1U << 18)), static_cast<std::uint8_t>(card.below(2)),
         static_cast<std::uint8_t>(card.below(64)), static_cast<std::uint16_t>(card.below(1024))}));
    times.push_back(card.below(1U << 20));
    turns.push_back(card.below(1U << 28) & 0x0fff0fff);
    card.write(Table::shares, 13 * i, shares.back());
    card.write(Table::response_times, 13 * i, times.back());
    card.write(Table::turns, 218 * i, turns.back());
  }
  for (std::uint32_t i = 0; i < 300; ++i) {
    const std::uint64_t share = std::uint64_t{card.read(Table::shares, 13 * i, true)} << 32 |
                                card.read(Table::shares, 13 * i, false);
    if (share != shares[i]) return fmt::format("share {} is {:x}, not {:x}", i, share, shares[i]);
    const std::uint32_t time = card.read(Table::response_times, 13 * i);
    if (time != times[i]) return fmt::format("time {} is {:x}, not {:x}", i, time, times[i]);
    const std::uint32_t pair = card.read(Table::turns, 218 * i);
    if (pair != turns[i]) return fmt::format("turns {} are {:x}, not {:x}", i, pair, turns[i]);
  }
  return "";
}

}  // namespace sluice::sched
