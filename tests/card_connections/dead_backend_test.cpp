// A backend dies while both wires are full: its connections meet with the service's policy, and no
// packet of any other one notices.
#include <gtest/gtest.h>

#include "card_world.hpp"
#include "layout/reasons.hpp"
#include "sim/conservation.hpp"

namespace sluice::card_connections {
namespace {

using model::OnBackendDown;
using model::Scheduler;

// From the commit until the last packet that was inside before has left.
constexpr std::uint64_t kSettleCycles = 3'000;

struct Case {
  Scheduler scheduler;
  OnBackendDown policy;
};

class DeadBackend : public testing::TestWithParam<Case> {
 protected:
  // Frames that the card dropped for `reason`, and for any other one.
  void count_drops(layout::Reason reason) {
    const auto counters = must(sim::read_counters(world_.card()));
    for (std::uint32_t i = 0; i < layout::kReasons; ++i) {
      (i == reason ? dropped_ : dropped_otherwise_) += counters.reasons[i].packets;
    }
  }

  CardWorld world_;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_otherwise_ = 0;
};

TEST_P(DeadBackend, connections_meet_with_the_policy_and_no_other_one_does) {
  model::Config config = bench::churn_config(GetParam().scheduler);
  model::ServiceConfig& service = config.services[0];
  service.on_backend_down = GetParam().policy;
  world_.apply(config);
  bench::ChurnTraffic traffic(world_.card(), config.mac, 5);
  traffic.begin(service);
  sim::SimCard& card = world_.card();
  card.set_before_step([&] { traffic.step(); });
  card.run(25'000);

  const model::BackendConfig& dead = service.backends[1];
  traffic.lose(dead.address, GetParam().policy);
  world_.apply(config, {{model::id_of(service, dead), {.up = false, .weight = {}}}});
  card.run(kSettleCycles);
  const std::uint64_t to_dead = traffic.counts().to_dead;
  card.run(40'000);
  traffic.stop();
  ASSERT_TRUE(card.drain(1'000'000));
  while (card.cycle() % 8 != 0) card.step();
  card.set_before_step(nullptr);
  traffic.step();

  const bench::ChurnCounts& counts = traffic.counts();
  const auto table = must(world_.connections().statistics());
  const auto counted = [&](driver::ConnectionCounter counter) {
    return table.counters[static_cast<std::size_t>(counter)];
  };
  count_drops(layout::kReason_backend_down);
  EXPECT_FALSE(card.failed()) << card.error();
  EXPECT_EQ(counts.moved, 0u) << "of living backends";
  EXPECT_EQ(counts.resets, 0u) << "of living backends";
  EXPECT_EQ(counts.strange, 0u);
  EXPECT_EQ(counts.to_dead, to_dead) << "once the commit is over";
  EXPECT_EQ(dropped_otherwise_, 0u);
  EXPECT_EQ(traffic.lost_fins_of_others(), 0u);
  EXPECT_EQ(counts.ended, counted(driver::ConnectionCounter::resets));
  EXPECT_EQ(counts.rehomed, counted(driver::ConnectionCounter::renewed));
  EXPECT_EQ(counted(driver::ConnectionCounter::untracked), 0u);
  if (GetParam().policy == OnBackendDown::reset) {
    EXPECT_GT(counts.ended, 50u);
    EXPECT_EQ(counts.rehomed, 0u);
    EXPECT_EQ(dropped_, 0u);
  } else {
    EXPECT_GT(counts.rehomed, 50u);
    EXPECT_EQ(counts.ended, 0u);
    EXPECT_EQ(dropped_, traffic.lost_fins()) << "a FIN moves nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, DeadBackend,
                         testing::Values(Case{Scheduler::maglev, OnBackendDown::reset},
                                         Case{Scheduler::maglev, OnBackendDown::move},
                                         Case{Scheduler::least_connections, OnBackendDown::reset},
                                         Case{Scheduler::round_robin, OnBackendDown::move}),
                         [](const auto& each) {
                           return std::string(model::name(each.param.scheduler)) +
                                  (each.param.policy == OnBackendDown::reset ? "_reset" : "_move");
                         });

}  // namespace
}  // namespace sluice::card_connections
