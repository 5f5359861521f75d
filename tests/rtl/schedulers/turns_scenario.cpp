#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "scenarios.hpp"
#include "scheduler_driver.hpp"

namespace sluice::sched {
namespace {

// nginx's smooth weighted round robin, for ever.
class SmoothRoundRobin {
 public:
  SmoothRoundRobin(std::vector<std::uint16_t> backends, std::vector<int> weights)
      : backends_(std::move(backends)), weights_(std::move(weights)), current_(weights_.size()) {}

  std::uint16_t next() {
    int total = 0;
    std::size_t best = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      current_[i] += weights_[i];
      total += weights_[i];
      if (current_[i] > current_[best]) best = i;
    }
    current_[best] -= total;
    return backends_[best];
  }

  // After so many turns it begins again.
  std::uint32_t period() const {
    std::uint32_t total = 0;
    for (const int weight : weights_) total += static_cast<std::uint32_t>(weight);
    return total;
  }

 private:
  std::vector<std::uint16_t> backends_;
  std::vector<int> weights_;
  std::vector<int> current_;
};

struct Service {
  std::uint16_t number = 0;
  std::uint16_t base = 0;
  SmoothRoundRobin expected;
};

SmoothRoundRobin random_order(SchedulerDriver* card) {
  std::vector<std::uint16_t> backends(1 + card->below(12));
  std::vector<int> weights(backends.size());
  for (auto& backend : backends) {
    backend = static_cast<std::uint16_t>(card->below(layout::kBackends));
  }
  for (auto& weight : weights) weight = static_cast<int>(1 + card->below(9));
  return {backends, weights};
}

void write_turns(SchedulerDriver* card, std::uint32_t base, SmoothRoundRobin order) {
  for (std::uint32_t i = 0; i < order.period(); i += 2) {
    const std::uint32_t even = order.next();
    card->write(Table::turns, base + i, std::uint64_t{order.next()} << 16 | even);
  }
}

std::vector<Service> make_services(SchedulerDriver* card, std::uint32_t count) {
  std::vector<Service> services;
  for (std::uint32_t i = 0; i < count; ++i) {
    // The last one ends with the memory.
    const std::uint32_t base = i + 1 == count ? layout::kTurns - 128 : 128 * i;
    services.push_back({static_cast<std::uint16_t>(i * 127 % layout::kServices),
                        static_cast<std::uint16_t>(base), random_order(card)});
    write_turns(card, base, services.back().expected);
  }
  return services;
}

}  // namespace

std::string turns_are_smooth(std::uint64_t seed, std::uint64_t cycles) {
  SchedulerDriver card(seed);
  std::vector<Service> services = make_services(&card, 9);
  std::string difference;
  card.on_decision([&](const Decision& decision) {
    const Request& request = decision.request;
    auto service = std::find_if(services.begin(), services.end(), [&](const Service& candidate) {
      return candidate.number == request.service;
    });
    const bool takes = request.kind == layout::kScheduler_turns && request.begins && request.stored;
    const std::uint16_t want = takes ? service->expected.next() : request.ring;
    if (decision.backend != want && difference.empty()) {
      difference = fmt::format("cycle {}: service {} to {}, not {}", decision.cycle,
                               request.service, decision.backend, want);
    }
  });
  std::uint64_t among = services.size();
  for (std::uint64_t i = 0; i < cycles && difference.empty(); ++i) {
    // Now all services, now one alone.
    if (i % 256 == 0) among = 1 + card.below(services.size());
    const Service& service = services[card.below(among)];
    Request request;
    request.service = service.number;
    request.kind = layout::kScheduler_turns;
    request.turns_base = service.base;
    request.turns_last = static_cast<std::uint16_t>(service.expected.period() - 1);
    request.ring = static_cast<std::uint16_t>(card.below(layout::kBackends));
    const bool busy = i / 512 % 2 == 0;
    request.begins = busy || card.below(4) != 0;
    request.asks = busy || card.below(2) != 0;
    request.stored = busy || card.below(16) != 0;
    if (busy || card.below(3) != 0) card.request(request);
    card.step();
  }
  card.idle(32);
  return difference;
}

std::string turns_follow_new_lists(std::uint64_t seed, std::uint64_t cycles) {
  SchedulerDriver card(seed);
  std::vector<std::uint16_t> turns(1024);
  for (std::uint32_t i = 0; i < turns.size(); i += 2) {
    turns[i] = static_cast<std::uint16_t>(card.below(layout::kBackends));
    turns[i + 1] = static_cast<std::uint16_t>(card.below(layout::kBackends));
    card.write(Table::turns, i, std::uint64_t{turns[i + 1]} << 16 | turns[i]);
  }
  std::array<std::uint16_t, layout::kServices> next{};
  std::string difference;
  card.on_decision([&](const Decision& decision) {
    const Request& request = decision.request;
    std::uint16_t& at = next[request.service];
    if (at > request.turns_last) at = 0;
    const std::uint16_t want = turns[request.turns_base + at];
    if (decision.backend != want && difference.empty()) {
      difference = fmt::format("cycle {}: turn {} is {}, not {}", decision.cycle, at,
                               decision.backend, want);
    }
    at = at == request.turns_last ? 0 : static_cast<std::uint16_t>(at + 1);
  });
  Request request;
  request.kind = layout::kScheduler_turns;
  for (std::uint64_t i = 0; i < cycles && difference.empty(); ++i) {
    request.service = static_cast<std::uint16_t>(card.below(1 + i / 64 % 3));
    if (card.below(8) == 0) {
      request.turns_base = static_cast<std::uint16_t>(card.below(turns.size() - 64));
      request.turns_last = static_cast<std::uint16_t>(card.below(1U << card.below(7)));
    }
    request.asks = i / 128 % 2 == 0 || card.below(2) != 0;
    card.request(request);
    card.step();
  }
  return difference;
}

std::string the_rest_follows_the_ring(std::uint64_t seed, std::uint64_t cycles) {
  SchedulerDriver card(seed);
  std::string difference;
  card.on_decision([&](const Decision& decision) {
    if (decision.backend != decision.request.ring && difference.empty()) {
      difference = fmt::format("cycle {}: kind {} to {}, not {}", decision.cycle,
                               decision.request.kind, decision.backend, decision.request.ring);
    }
  });
  for (std::uint32_t i = 0; i < 64; ++i) {
    card.write(Table::turns, 2 * i, 0x0fff'0fff);
    const layout::Share share{
        .cost = 1 + i, .timed = 0, .column = static_cast<std::uint8_t>(i), .service = 5};
    card.write(Table::shares, 4000 + i, share_record(share));
  }
  for (std::uint64_t i = 0; i < cycles && difference.empty(); ++i) {
    Request request;
    request.service = 5;
    request.kind = static_cast<std::uint8_t>(card.below(5));
    const bool decides = request.kind >= layout::kScheduler_pair;
    request.begins = !decides || card.below(2) != 0;
    request.stored = !decides || (!request.begins && card.below(2) != 0);
    request.ring = static_cast<std::uint16_t>(card.below(4000));
    request.pair = static_cast<std::uint16_t>(card.below(layout::kBackends));
    card.request(request);
    card.step();
  }
  card.idle(32);
  return difference;
}

}  // namespace sluice::sched
