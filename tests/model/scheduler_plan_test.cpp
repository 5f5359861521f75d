// What plans tell the card of schedulers: records of services, turns, shares, slow start.
#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <set>

#include "card.hpp"
#include "shares.hpp"

namespace sluice::model {
namespace {

using std::chrono::milliseconds;

// A DNAT service with backends of these weights.
std::string service_text(const std::string& scheduler, const std::vector<unsigned>& weights,
                         const std::string& more = "") {
  std::string text =
      "version: 1\nports: [{name: p, address: 10.0.0.1/8, gateway: 10.0.0.254}]\n"
      "services:\n- name: s\n  vip: 192.0.2.7\n  port: 80\n  mode: dnat\n  scheduler: " +
      scheduler + "\n" + more + "  backends:\n";
  for (std::size_t i = 0; i < weights.size(); ++i) {
    text += "  - {name: b" + std::to_string(i) + ", address: 10.1." + std::to_string(i / 200) +
            "." + std::to_string(i % 200 + 1) + ", weight: " + std::to_string(weights[i]) + "}\n";
  }
  return text;
}

const layout::Service& record(const Plan& plan) {
  return plan.images.services[plan.services[0].index];
}

const layout::Share& share(const Plan& plan, std::size_t backend) {
  return plan.images.shares[plan.services[0].backends[backend].index];
}

// Turns as places of backends in the configuration.
std::vector<std::size_t> turns(const Plan& plan) {
  std::vector<std::size_t> result;
  const layout::Service& service = record(plan);
  for (std::uint32_t i = 0; i <= service.turns_last; ++i) {
    const std::uint16_t index = plan.images.turns[service.turns_base + i].backend;
    const auto& backends = plan.services[0].backends;
    const auto found = std::find_if(backends.begin(), backends.end(),
                                    [&](const BackendView& b) { return b.index == index; });
    result.push_back(static_cast<std::size_t>(found - backends.begin()));
  }
  return result;
}

TEST(SchedulerPlan, TellsTheCardTheKindTheTimesAndThePolicies) {
  const std::string more =
      "  timeouts: {opening: 7s, established: 86400s, half_closed: 9s, closed: 2s}\n"
      "  on_backend_down: move\n  on_backend_removed: reset\n  when_table_full: drop\n  "
      "persistence: 86400s\n";
  const Config config = good_config(service_text("p2c", {1}, more));
  Card card;
  const Plan plan = card.apply(config, all_reachable(config));
  const layout::Service& service = record(plan);
  EXPECT_EQ(service.scheduler, layout::kScheduler_pair);
  EXPECT_EQ(service.tracks, 1u);
  EXPECT_EQ(service.on_down, layout::kConnectionMoves);
  EXPECT_EQ(service.on_removed, layout::kConnectionResets);
  EXPECT_EQ(service.drops_untracked, 1u);
  EXPECT_EQ(service.timeout_opening, 7u);
  EXPECT_EQ(service.timeout_established, 86'400u);
  EXPECT_EQ(service.timeout_half_closed, 9u);
  EXPECT_EQ(service.timeout_closed, 2u);
  EXPECT_EQ(service.timeout_persistence, 86'400u);
  const Config plain = good_config(service_text("maglev", {1}, "  connections: false\n"));
  const Plan without = Card().apply(plain, all_reachable(plain));
  EXPECT_EQ(record(without).timeout_persistence, 0u);
  EXPECT_EQ(record(without).tracks, 0u);
  EXPECT_EQ(record(without).on_down, layout::kConnectionResets);
  EXPECT_EQ(record(without).on_removed, layout::kConnectionKeeps);
  EXPECT_EQ(record(without).drops_untracked, 0u);
}

TEST(SchedulerPlan, KnowsTheKindOfEveryScheduler) {
  const std::pair<const char*, layout::SchedulerKind> kinds[] = {
      {"maglev", layout::kScheduler_ring},
      {"hash", layout::kScheduler_ring},
      {"source", layout::kScheduler_ring},
      {"random", layout::kScheduler_random},
      {"round_robin", layout::kScheduler_turns},
      {"weighted_round_robin", layout::kScheduler_turns},
      {"least_connections", layout::kScheduler_least},
      {"weighted_least_connections", layout::kScheduler_least},
      {"p2c", layout::kScheduler_pair},
      {"least_response_time", layout::kScheduler_least}};
  for (const auto& [word, kind] : kinds) {
    const Config config = good_config(service_text(word, {1, 2}));
    const Plan plan = Card().apply(config, all_reachable(config));
    EXPECT_EQ(record(plan).scheduler, kind) << word;
    EXPECT_EQ(record(plan).hash_kind, std::string(word) == "source" ? 1u : 0u) << word;
    EXPECT_EQ(plan.services[0].ring_slots, 4093u) << word << ": for what the table cannot hold";
    EXPECT_EQ(share(plan, 0).cost != 0,
              kind == layout::kScheduler_least || kind == layout::kScheduler_pair)
        << word;
    EXPECT_EQ(plan.services[0].turns != 0, kind == layout::kScheduler_turns) << word;
  }
}

TEST(SchedulerPlan, OfHashAndMaglevFillsTheSameRing) {
  const Config maglev = good_config(service_text("maglev", {1, 2, 3}));
  const Config hash = good_config(service_text("hash", {1, 2, 3}));
  const Plan a = Card().apply(maglev, all_reachable(maglev));
  const Plan b = Card().apply(hash, all_reachable(hash));
  EXPECT_TRUE(std::equal(a.images.ring.begin(), a.images.ring.end(), b.images.ring.begin(),
                         layout::same_record<layout::RingSlot>));
}

TEST(SchedulerPlan, WritesTurnsInNginxsOrder) {
  const Config config = good_config(service_text("wrr", {5, 1, 1}));
  const Plan plan = Card().apply(config, all_reachable(config));
  EXPECT_EQ(turns(plan), (std::vector<std::size_t>{0, 0, 1, 0, 2, 0, 0}));
}

TEST(SchedulerPlan, OfRoundRobinCountsNoWeightsButZero) {
  const Config config = good_config(service_text("rr", {5, 0, 1}));
  const Plan plan = Card().apply(config, all_reachable(config));
  EXPECT_EQ(turns(plan), (std::vector<std::size_t>{0, 2}));
  EXPECT_NEAR(plan.services[0].backends[0].ring_slots, 2046, 2);
}

TEST(SchedulerPlan, PutsNewTurnsBesideTheLiveOnesAndKeepsThoseThatStay) {
  const Config config = good_config(service_text("rr", {1, 1, 1}));
  Card card;
  const Inputs inputs = all_reachable(config);
  const Plan first = card.apply(config, inputs);
  const Plan same = card.apply(config, inputs);
  EXPECT_EQ(record(first).turns_base, record(same).turns_base);
  Inputs down = inputs;
  down.backends[id_of(config.services[0], config.services[0].backends[1])].up = false;
  const Plan second = card.apply(config, down);
  EXPECT_NE(record(first).turns_base, record(second).turns_base);
  EXPECT_EQ(turns(second), (std::vector<std::size_t>{0, 2}));
  const Plan none = card.apply(config, {});
  EXPECT_EQ(none.services[0].turns, 0u);
  EXPECT_EQ(record(none).ring_slots, 0u) << "tells the card that nobody serves";
}

// Services that use all but `room` turns of every 1,024.
layout::TableImages with_turns_in_use(std::uint32_t room) {
  layout::TableImages live;
  for (std::uint32_t i = 0; i < 64; ++i) {
    layout::Service& service = live.services[500 + i];
    service.valid = 1;
    service.scheduler = layout::kScheduler_turns;
    service.ring_base = 2 * i;
    service.ring_slots = 1;
    service.turns_base = static_cast<std::uint16_t>(i * 1024 + room);
    service.turns_last = static_cast<std::uint16_t>(1023 - room);
  }
  return live;
}

TEST(SchedulerPlan, ShortensPeriodsThatFindNoRoom) {
  const Config config = good_config(service_text("wrr", {997, 991, 983}));
  const auto plan = make_plan(config, all_reachable(config), with_turns_in_use(1000), {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->services[0].turns, 512u);
  const auto full = make_plan(config, all_reachable(config), with_turns_in_use(0), {});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, base::Errc::exhausted);
  EXPECT_NE(full.error().what.find("memory of turns for service 's'"), std::string::npos);
}

TEST(Costs, AreInversesOfWeightsInOneScale) {
  EXPECT_EQ(costs(std::vector<unsigned>{1, 2}), (std::vector<std::uint32_t>{131072, 65536}));
  EXPECT_EQ(costs(std::vector<unsigned>{16, 16}), (std::vector<std::uint32_t>{131072, 131072}));
  const auto exact = costs(std::vector<unsigned>{3, 5, 7});
  EXPECT_EQ(exact[0] * 3, exact[1] * 5);
  EXPECT_EQ(exact[0] * 3, exact[2] * 7);
  EXPECT_GT(exact[0], 131000u);
  const auto wide = costs(std::vector<unsigned>{1, 997, 998, 999, 1000});
  EXPECT_EQ(wide[0], 131072u);
  EXPECT_EQ(wide[4], 131u);
  EXPECT_TRUE(costs({}).empty());
}

TEST(Costs, OfRandomWeightsAreWithinARoundingOfTheirInverse) {
  std::mt19937_64 rng(test_seed());
  for (int round = 0; round < 200; ++round) {
    std::vector<unsigned> weights(1 + rng() % 64);
    for (unsigned& weight : weights) weight = static_cast<unsigned>(1 + rng() % 16000);
    const auto result = costs(weights);
    const unsigned least = *std::min_element(weights.begin(), weights.end());
    const std::uint32_t largest = *std::max_element(result.begin(), result.end());
    EXPECT_LE(largest, kLargestCost);
    EXPECT_GT(largest, kLargestCost / 2);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      EXPECT_NEAR(result[i], double{1} * largest * least / weights[i], 1.0) << weights[i];
      EXPECT_GT(result[i], 0u);
    }
  }
}

TEST(SchedulerPlan, OfLeastConnectionsCountsWeightsOnlyWhenToldTo) {
  const Config lc = good_config(service_text("lc", {1, 2, 0}));
  const Plan equal = Card().apply(lc, all_reachable(lc));
  EXPECT_EQ(share(equal, 0).cost, kLargestCost);
  EXPECT_EQ(share(equal, 1).cost, kLargestCost);
  EXPECT_EQ(share(equal, 2).cost, 0u) << "drained";
  EXPECT_EQ(share(equal, 0).timed, 0u);
  EXPECT_EQ(share(equal, 0).service, equal.services[0].index);
  EXPECT_NE(share(equal, 0).column, share(equal, 1).column);
  const Config wlc = good_config(service_text("wlc", {1, 2, 0}));
  const Plan weighted = Card().apply(wlc, all_reachable(wlc));
  EXPECT_EQ(share(weighted, 0).cost, 2 * share(weighted, 1).cost);
  const Config lrt = good_config(service_text("least_response_time", {1, 2, 0}));
  const Plan timed = Card().apply(lrt, all_reachable(lrt));
  EXPECT_EQ(share(timed, 0).cost, 2 * share(timed, 1).cost);
  EXPECT_EQ(share(timed, 0).timed, 1u);
}

// The columns of those that take new connections differ, and stay.
TEST(SchedulerPlan, KeepsColumnsThroughRandomChanges) {
  std::mt19937_64 rng(test_seed());
  const Config full = good_config(service_text("lc", std::vector<unsigned>(64, 1)));
  Card card;
  Inputs inputs = all_reachable(full);
  std::map<BackendId, std::uint8_t> columns;
  for (int round = 0; round < 100; ++round) {
    Config config = full;
    auto& backends = config.services[0].backends;
    std::erase_if(backends, [&](const BackendConfig&) { return rng() % 4 == 0; });
    std::shuffle(backends.begin(), backends.end(), rng);
    inputs.backends.clear();
    for (const BackendConfig& backend : full.services[0].backends) {
      inputs.backends[id_of(full.services[0], backend)].up = rng() % 5 != 0;
    }
    const Plan plan =
        card.apply(config, round % 2 == 0 ? card.without_connections(inputs) : inputs);
    std::set<std::uint8_t> taken;
    std::map<BackendId, std::uint8_t> now;
    for (const BackendView& backend : plan.services[0].backends) {
      const layout::Share& record = plan.images.shares[backend.index];
      EXPECT_EQ(record.cost != 0, backend.status == BackendStatus::serving);
      if (record.cost == 0) continue;
      EXPECT_TRUE(taken.insert(record.column).second) << "column " << int{record.column};
      EXPECT_EQ(record.service, plan.services[0].index);
      now[backend.id] = record.column;
      const auto before = columns.find(backend.id);
      EXPECT_TRUE(before == columns.end() || before->second == record.column) << round;
    }
    for (const std::uint16_t index : plan.leaving_backends) {
      EXPECT_EQ(plan.images.shares[index].cost, 0u);
    }
    columns = now;
  }
}

TEST(SchedulerPlan, TakesTheCostsAwayWhenTheSchedulerChanges) {
  const Config lc = good_config(service_text("lc", {1, 1}));
  Card card;
  card.apply(lc, all_reachable(lc));
  const Config maglev = good_config(service_text("maglev", {1, 1}));
  const Plan plan = card.apply(maglev, all_reachable(maglev));
  for (const layout::Share& record : plan.images.shares) EXPECT_EQ(record.cost, 0u);
}

// A client goes back to a backend with a cost, of its own service.
TEST(SchedulerPlan, GivesSharesToTheBackendsClientsMayGoBackTo) {
  for (const char* scheduler : {"maglev", "random", "wrr", "source", "lc", "p2c"}) {
    const Config config =
        good_config(service_text(scheduler, {3, 0, 1, 1}, "  persistence: 60s\n"));
    Card card;
    Inputs inputs = all_reachable(config);
    inputs.backends[id_of(config.services[0], config.services[0].backends[2])].up = false;
    const Plan plan = card.apply(config, inputs);
    const std::array<bool, 4> takes{true, false, false, true};
    for (std::size_t i = 0; i < takes.size(); ++i) {
      EXPECT_EQ(share(plan, i).cost != 0, takes[i]) << scheduler << " " << i;
      EXPECT_TRUE(!takes[i] || share(plan, i).service == plan.services[0].index);
    }
    Config shorter = config;
    shorter.services[0].backends.pop_back();
    const std::uint16_t left = plan.services[0].backends[3].index;
    EXPECT_EQ(card.apply(shorter, inputs).images.shares[left].cost, 0u) << scheduler;
  }
}

TEST(SchedulerPlan, HasP2cForMoreBackendsThanColumns) {
  const Config config = good_config(service_text("p2c", std::vector<unsigned>(100, 3)));
  const Plan plan = Card().apply(config, all_reachable(config));
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(share(plan, i).cost, kLargestCost) << i;
}

TEST(SlowStartPlan, RaisesTheBackendsPartInEveryScheduler) {
  for (const char* scheduler : {"maglev", "rr", "wrr", "lc", "wlc", "p2c", "least_response_time"}) {
    const Config config = good_config(service_text(scheduler, {2, 2}, "  slow_start: 30s\n"));
    Card card;
    Inputs inputs = all_reachable(config);
    auto& since = inputs.backends[id_of(config.services[0], config.services[0].backends[1])].since;
    for (const unsigned step : {1u, 2u, 8u, 15u, 16u}) {
      since = milliseconds(2000 * (step - 1));
      const Plan plan = card.apply(config, inputs);
      const BackendView& view = plan.services[0].backends[1];
      EXPECT_EQ(view.slow_start, step) << scheduler;
      const double part = step / (16.0 + step);
      EXPECT_NEAR(view.ring_slots, 4093 * part, 2) << scheduler << " step " << step;
      if (record(plan).scheduler == layout::kScheduler_turns) {
        const auto order = turns(plan);
        EXPECT_EQ(order.size(), (16u + step) / std::gcd(16u, step)) << scheduler;
        EXPECT_NEAR(static_cast<double>(std::count(order.begin(), order.end(), 1u)),
                    part * static_cast<double>(order.size()), 1e-9);
      }
      if (share(plan, 0).cost == 0) continue;
      EXPECT_NEAR(static_cast<double>(share(plan, 1).cost) / share(plan, 0).cost, 16.0 / step, 0.01)
          << scheduler << " step " << step;
    }
  }
}

TEST(SlowStartPlan, IsNotForAServiceWithoutIt) {
  const Config config = good_config(service_text("rr", {1, 1}));
  Inputs inputs = all_reachable(config);
  inputs.backends[id_of(config.services[0], config.services[0].backends[1])].since =
      milliseconds(0);
  const Plan plan = Card().apply(config, inputs);
  EXPECT_EQ(turns(plan), (std::vector<std::size_t>{0, 1}));
}

}  // namespace
}  // namespace sluice::model
