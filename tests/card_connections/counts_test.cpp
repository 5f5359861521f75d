// Connections of every kind of service on the whole card, with all that can happen to them: after
// every round each packet is where it belongs and every count is exact.
#include <gtest/gtest.h>

#include "layout/reasons.hpp"
#include "peers.hpp"
#include "replay.hpp"
#include "sim/conservation.hpp"

namespace sluice::card_connections {
namespace {

using model::Scheduler;

constexpr unsigned kBackendsOfService = 5;
constexpr unsigned kPeersOfService = 70;
constexpr std::size_t kPeersOfRound = 250;
constexpr std::uint32_t kLongest = 9;  // epochs

model::Config every_kind() {
  constexpr Scheduler kSchedulers[] = {
      Scheduler::maglev, Scheduler::round_robin,       Scheduler::weighted_least_connections,
      Scheduler::p2c,    Scheduler::least_connections, Scheduler::maglev};
  model::Config config = empty_config(kBackendsOfService * std::size(kSchedulers));
  for (unsigned i = 0; i < std::size(kSchedulers); ++i) {
    config.services.push_back(
        service_of(i + 1, kSchedulers[i], 1 + kBackendsOfService * i, kBackendsOfService));
    auto& service = config.services.back();
    using enum model::OnBackendDown;
    service.on_backend_down = i == 2 ? keep : i % 2 == 0 ? reset : move;
    using std::chrono::seconds;
    service.timeouts = {seconds(3 + i % 2), seconds(kLongest), seconds(5), seconds(2)};
  }
  config.services[4].protocol = model::Protocol::udp;
  config.services[4].on_backend_down = model::OnBackendDown::move;
  config.services[5].mode = model::Mode::dsr;
  config.services[5].clients_next_hop = {};
  return config;
}

class Counts : public testing::Test {
 protected:
  Counts() : config_(every_kind()), peers_(world_, config_, cosim::announced_seed(61)) {
    world_.apply(config_);
    for (std::size_t i = 0; i < config_.services.size(); ++i) peers_.add(i, kPeersOfService);
  }

  void rounds(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      ASSERT_EQ(peers_.round(kPeersOfRound), "") << "round " << i;
      ASSERT_EQ(peers_.compare_counts(), "") << "round " << i;
    }
  }
  void pass(std::uint32_t epochs) {
    const std::uint32_t before = world_.epoch();
    ASSERT_EQ((world_.pass_epochs(epochs) - before) & 0x1ffff, epochs);
    peers_.map().set_now(peers_.map().now() + epochs);
  }
  CardWorld world_;
  const model::Config config_;
  Peers peers_;
};

TEST_F(Counts, are_exact_after_every_round_of_openings_ends_and_retransmits) {
  rounds(25);
  EXPECT_GT(peers_.inserted(), 300u);
  EXPECT_GT(peers_.renewed(), 300u);
}

// Packets meet entries that are over and not swept yet. A round of the sweep takes a million
// cycles, so counts are compared when the last entry is gone: with zero, and with all that came and
// went.
TEST_F(Counts, are_zero_when_the_last_of_many_entries_has_expired) {
  for (unsigned i = 0; i < 10; ++i) {
    ASSERT_EQ(peers_.round(kPeersOfRound), "") << "round " << i;
    pass(1 + i % 3);
  }
  EXPECT_GT(peers_.inserted(), 500u);
  pass(kLongest);
  EXPECT_EQ(peers_.compare_counts(), "");
  EXPECT_EQ(must(world_.connections().statistics()).entries, 0u);
}

TEST_F(Counts, are_exact_when_backends_die_and_come_back) {
  rounds(4);
  States states;
  for (const auto& service : config_.services) {
    for (unsigned i = 0; i < 2; ++i) {
      states[model::id_of(service, service.backends[i])] = {.up = false, .weight = {}};
    }
  }
  world_.apply(config_, states);
  rounds(8);
  EXPECT_GT(peers_.resets(), 20u);
  EXPECT_GT(peers_.dropped(), 10u);
  world_.apply(config_);
  rounds(4);
  const auto counters = must(sim::read_counters(world_.card()));
  EXPECT_EQ(counters.reasons[layout::kReason_backend_down].packets, peers_.dropped());
  EXPECT_TRUE(counters.conserved()) << counters.equation();
}

}  // namespace
}  // namespace sluice::card_connections
