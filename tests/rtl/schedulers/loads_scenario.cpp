#include <fmt/format.h>

#include <set>
#include <vector>

#include "load_oracle.hpp"
#include "scenarios.hpp"
#include "scheduler_driver.hpp"

namespace sluice::sched {
namespace {

// The last change that a request sees is this many cycles before it; of a pair, after it.
constexpr std::uint64_t kLeastSees = 4;
constexpr std::uint64_t kPairSees = 4;

std::uint64_t lateness(Changes changes) {
  return changes == Changes::unreserved ? 0 : changes == Changes::any ? 8 : 64;
}

struct Backends {
  std::uint16_t service = 0;
  std::vector<std::uint16_t> backends;
};

// A card with two services, its loads, and the traffic that changes them.
class LoadedCard {
 public:
  LoadedCard(std::uint64_t seed, Changes changes) : card_(seed), changes_(changes) {
    add_service(17, 64, 100, false);
    add_service(1023, 11, 2000, true);
    card_.on_count([this](std::uint16_t backend) { note(backend); });
    // Its column is another one's now; its connections come to an end.
    share(kDrained, {.cost = 1, .timed = 0, .column = 3, .service = 17}, 0);
    share(kDrained, {.cost = 0, .timed = 0, .column = 3, .service = 17}, 0);
    card_.write(Table::shares, 100 + 7 * 3, share_record(loads_.share(100 + 7 * 3)));
    // Until the oracle and the card have forgotten what was before.
    card_.idle(300);
  }

  SchedulerDriver& card() { return card_; }
  const LoadOracle& loads() const { return loads_; }
  const std::vector<Backends>& services() const { return services_; }

  void share(std::uint16_t backend, const layout::Share& share, std::uint32_t mean) {
    card_.write(Table::response_times, backend, mean);
    card_.write(Table::shares, backend, share_record(share));
    loads_.set(backend, share, mean);
    note(backend);
  }

  // May a request that comes now have its change in 18 cycles?
  bool may_request() {
    if (changes_ == Changes::unreserved) return !card_.reserved(kChangeCycle);
    if (changes_ == Changes::any) return !quiet(kChangeCycle);
    return card_.below(2) != 0;
  }

  void step() {
    if (!card_.change_taken() && may_change()) {
      Event event = any();
      event.up = card_.backend_count(event.backend) == 0 || card_.below(5) == 0;
      card_.change(event);
    }
    if (changes_ == Changes::with_removals && card_.below(4) == 0) {
      const Event event = any();
      // The oracle's count must stay above what may still go in this cycle.
      if (card_.backend_count(event.backend) > 4) card_.removed(event);
    }
    card_.step();
  }

 private:
  void add_service(std::uint16_t service, std::uint32_t count, std::uint16_t first, bool timed) {
    services_.push_back({service, {}});
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto backend = static_cast<std::uint16_t>(first + 7 * i);
      services_.back().backends.push_back(backend);
      // Small numbers make equal loads, great ones exponents.
      layout::Share record{};
      record.cost =
          static_cast<std::uint32_t>(1 + card_.below(timed ? 3 : 4) * (timed ? 60'000 : 1));
      record.timed = timed;
      record.column = static_cast<std::uint8_t>(timed ? 63 - 5 * i : i);
      record.service = service;
      // 0 is not known, and counts as 1.
      const auto mean = static_cast<std::uint32_t>(i == 0 ? 0 : card_.below(20) * 50'000);
      share(backend, record, mean);
    }
  }

  void note(std::uint16_t backend) {
    loads_.note(card_.cycle(), backend, static_cast<std::uint64_t>(card_.backend_count(backend)));
  }

  bool quiet(std::uint32_t cycles) const {
    return card_.reserved(cycles + 4) || card_.reserved(cycles + 3);
  }

  bool may_change() {
    if (changes_ == Changes::unreserved) return !card_.reserved();
    if (changes_ == Changes::any) return !quiet(0);
    return card_.below(4) == 0;
  }

  Event any() {
    const Backends& service = services_[card_.below(services_.size())];
    Event event;
    event.service = service.service;
    event.backend =
        card_.below(32) == 0 ? kDrained : service.backends[card_.below(service.backends.size())];
    return event;
  }

  static constexpr std::uint16_t kDrained = 3001;

  SchedulerDriver card_;
  Changes changes_;
  LoadOracle loads_;
  std::vector<Backends> services_;
};

// Of the loads that they had in these cycles, can the first be the least of all?
std::string check_least(const LoadOracle& loads, const Backends& service, const Decision& decision,
                        std::uint64_t first, std::uint64_t last) {
  const std::uint64_t chosen = loads.range(decision.backend, first, last).least;
  for (const std::uint16_t other : service.backends) {
    const std::uint64_t most = loads.range(other, first, last).most;
    if (other != decision.backend && most < chosen) {
      return fmt::format("cycle {}: service {} to {} of load {:x}, but {} has {:x}", decision.cycle,
                         service.service, decision.backend, chosen, other, most);
    }
  }
  return "";
}

}  // namespace

std::string least_is_the_least(std::uint64_t seed, std::uint64_t cycles, Changes changes) {
  LoadedCard loaded(seed, changes);
  SchedulerDriver& card = loaded.card();
  std::string difference;
  card.on_decision([&](const Decision& decision) {
    const Backends& service =
        loaded.services()[decision.request.service == loaded.services()[0].service ? 0 : 1];
    const std::uint64_t last = decision.cycle - kLeastSees;
    if (difference.empty()) {
      difference = check_least(loaded.loads(), service, decision, last - lateness(changes), last);
    }
  });
  for (std::uint64_t i = 0; i < cycles && difference.empty(); ++i) {
    // Long bursts of one service, then both mixed.
    const std::size_t which = i / 512 % 3 == 2 ? card.below(2) : i / 512 % 3;
    Request request;
    request.service = loaded.services()[which].service;
    request.kind = layout::kScheduler_least;
    request.asks = card.below(16) != 0;
    request.ring = 4095;
    if (loaded.may_request()) card.request(request);
    loaded.step();
  }
  return difference;
}

std::string pair_takes_the_lesser(std::uint64_t seed, std::uint64_t cycles, Changes changes) {
  LoadedCard loaded(seed, changes);
  SchedulerDriver& card = loaded.card();
  std::string difference;
  card.on_decision([&](const Decision& decision) {
    const Request& request = decision.request;
    const std::uint64_t last = decision.cycle + kPairSees;
    const std::uint64_t first = last - lateness(changes);
    const auto ring = loaded.loads().range(request.ring, first, last);
    const auto pair = loaded.loads().range(request.pair, first, last);
    const bool right = decision.backend == request.ring   ? ring.least <= pair.most
                       : decision.backend == request.pair ? pair.least < ring.most
                                                          : false;
    if (!right && difference.empty()) {
      difference =
          fmt::format("cycle {}: {} of {} ({:x}) and {} ({:x})", decision.cycle, decision.backend,
                      request.ring, ring.least, request.pair, pair.least);
    }
  });
  // One that takes no connection.
  loaded.share(3000, {.cost = 0, .timed = 0, .column = 1, .service = 9}, 0);
  card.idle(300);
  const auto any = [&](const Backends& service) {
    return card.below(16) == 0 ? std::uint16_t{3000}
                               : service.backends[card.below(service.backends.size())];
  };
  for (std::uint64_t i = 0; i < cycles && difference.empty(); ++i) {
    const Backends& service = loaded.services()[card.below(2)];
    Request request;
    request.service = service.service;
    request.kind = layout::kScheduler_pair;
    request.ring = any(service);
    request.pair = any(service);
    if (loaded.may_request()) card.request(request);
    loaded.step();
  }
  return difference;
}

std::string equal_loads_take_turns(std::uint64_t seed) {
  SchedulerDriver card(seed);
  for (std::uint32_t i = 0; i < layout::kColumns; ++i) {
    const layout::Share share{
        .cost = 3, .timed = 0, .column = static_cast<std::uint8_t>(i), .service = 8};
    card.write(Table::shares, 50 * i, share_record(share));
  }
  card.idle(64);
  std::set<std::uint16_t> chosen;
  card.on_decision([&](const Decision& decision) { chosen.insert(decision.backend); });
  for (std::uint32_t i = 0; i < layout::kColumns; ++i) {
    card.request({.service = 8, .kind = layout::kScheduler_least});
    card.step();
  }
  card.idle(32);
  return chosen.size() == layout::kColumns ? "" : fmt::format("64 choices of {}", chosen.size());
}

std::string cost_zero_is_not_chosen(std::uint64_t seed) {
  constexpr std::uint64_t kLate = 24;
  constexpr std::uint32_t kBackends = 3;
  constexpr std::uint32_t kDrains = 60;
  SchedulerDriver card(seed);
  const auto share = [](std::uint32_t i, std::uint32_t cost) {
    const layout::Share record{
        .cost = cost, .timed = 0, .column = static_cast<std::uint8_t>(21 * i), .service = 0};
    return share_record(record);
  };
  for (std::uint32_t i = 0; i < kBackends; ++i) card.write(Table::shares, i, share(i, 1));
  std::uint64_t drained_at = 0;
  std::uint32_t drained = 0;
  std::array<std::uint32_t, kBackends> chosen{};
  std::string difference;
  card.on_decision([&](const Decision& decision) {
    ++chosen[decision.backend % kBackends];
    if (drained_at != 0 && decision.cycle >= drained_at + kLate && decision.backend == drained &&
        difference.empty()) {
      difference = fmt::format("cycle {}: {} is chosen, {} cycles later", decision.cycle, drained,
                               decision.cycle - drained_at);
    }
  });
  // Changes in every cycle, so what waits waits longest. The round of all backends is in it.
  const auto run = [&](std::uint64_t cycles) {
    for (std::uint64_t i = 0; i < cycles; ++i) {
      card.request({.service = 0, .kind = layout::kScheduler_least});
      card.step();
    }
  };
  for (std::uint32_t i = 0; i < kDrains && difference.empty(); ++i) {
    run(50 + card.below(8));
    drained = i % kBackends;
    drained_at = card.cycle();
    card.write_now(Table::shares, drained, share(drained, 0));
    run(i + 1 == kDrains ? 140'000 : 300);
    drained_at = 0;
    // It has missed so many that it is the least now.
    card.write_now(Table::shares, drained, share(drained, 1));
    run(30);
    chosen = {};
    run(40);
    if (chosen[drained] == 0 && difference.empty()) {
      difference = fmt::format("{} has a cost again and is not chosen", drained);
    }
  }
  return difference;
}

std::string means_are_exact(std::uint64_t seed, std::uint64_t cycles) {
  constexpr std::uint64_t kApart = 5;
  SchedulerDriver card(seed);
  std::map<std::uint16_t, std::uint32_t> means;
  std::map<std::uint16_t, std::uint64_t> sampled;  // when
  card.idle(8);
  const auto compare = [&]() -> std::string {
    card.idle(8);
    for (const auto& [backend, mean] : means) {
      const std::uint32_t seen = card.read(Table::response_times, backend);
      if (seen != mean) return fmt::format("mean of {} is {}, not {}", backend, seen, mean);
    }
    return "";
  };
  for (std::uint64_t i = 0; i < cycles; ++i) {
    const auto backend = static_cast<std::uint16_t>(card.below(12) * 372);
    const auto ticks = static_cast<std::uint16_t>(card.random()() >> card.below(64));
    if (i % 997 == 0) {
      const auto mean = static_cast<std::uint32_t>(card.below(1U << 20));
      card.write(Table::response_times, backend, mean);
      means[backend] = mean;
    } else if (card.below(10) != 0) {
      card.sample(backend, ticks);
      const auto last = sampled.find(backend);
      if (last == sampled.end() || last->second + kApart <= card.cycle()) {
        sampled[backend] = card.cycle();
        const std::uint32_t sample = ticks == 0 ? 1 : 16U * ticks;
        std::uint32_t& mean = means[backend];
        mean = mean == 0 ? sample : (7 * mean + sample) / 8;
      }
    }
    card.step();
    if (i % 500 != 499) continue;
    const std::string wrong = compare();
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace sluice::sched
