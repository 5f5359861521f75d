// Backends and services that were taken out: what goes on until their connections are over.
#include <algorithm>

#include "card.hpp"
#include "model/where.hpp"

namespace sluice::model {
namespace {

Config without_backend(Config config, std::size_t service, std::size_t backend) {
  auto& backends = config.services[service].backends;
  backends.erase(backends.begin() + static_cast<long>(backend));
  return config;
}

TEST(Leaving, KeepsRecordAndWayBackOfABackendUntilItsConnectionsAreOver) {
  const Config before = good_config();
  const Config after = without_backend(before, 0, 0);
  const Inputs inputs = all_reachable(before);
  Card card;
  const std::uint16_t index = card.apply(before, inputs).services[0].backends[0].index;
  layout::Backend record = card.live.backends[index];
  record.valid |= layout::kBackendLeaving;

  Plan plan = card.apply(after, inputs);
  EXPECT_EQ(plan.leaving_backends, std::vector<std::uint16_t>{index});
  ASSERT_EQ(plan.services[0].leaving.size(), 1u);
  EXPECT_EQ(plan.services[0].leaving[0].status, BackendStatus::leaving);
  EXPECT_EQ(plan.services[0].leaving[0].name, "10.1.0.11:8080");
  EXPECT_TRUE(layout::same_record(plan.images.backends[index], record));
  const Flow back{ip("10.1.0.11"), 8080, ip("198.51.100.7"), 4000, Protocol::tcp, 1};
  EXPECT_TRUE(where(plan.images, back).to_client);
  EXPECT_EQ(where(plan.images, back).backend, index);
  const layout::Service& web = plan.images.services[plan.services[0].index];
  for (std::uint32_t i = 0; i < web.ring_slots; ++i) {
    ASSERT_NE(plan.images.ring[web.ring_base + i].slot & 0xfff, index) << "no new connections";
  }

  Inputs one = inputs;
  one.backend_connections[index] = 1;
  plan = card.apply(after, one);
  EXPECT_TRUE(layout::same_record(plan.images.backends[index], record));
  one.backend_connections[index] = 0;
  plan = card.apply(after, one);
  EXPECT_TRUE(plan.leaving_backends.empty());
  EXPECT_TRUE(plan.services[0].leaving.empty());
  EXPECT_EQ(plan.images.backends[index].address, 0u);
  EXPECT_FALSE(where(plan.images, back).to_client);
}

// Its check and its next hop count as before, so that its connections end or go on as they should.
TEST(Leaving, FollowsTheCheckAndTheNextHopOfABackend) {
  const Config before = good_config();
  const Config after = without_backend(before, 0, 0);
  Inputs inputs = all_reachable(before);
  Card card;
  const std::uint16_t index = card.apply(before, inputs).services[0].backends[0].index;
  const BackendConfig& left = before.services[0].backends[0];
  const BackendId id = id_of(before.services[0], left);
  inputs.leaving[id] = left;
  inputs.backends[id].up = false;
  Plan plan = card.apply(after, inputs);
  EXPECT_EQ(plan.images.backends[index].valid, 2u);
  EXPECT_EQ(plan.services[0].leaving[0].status, BackendStatus::leaving);
  EXPECT_EQ(plan.services[0].leaving[0].next_hop, left.next_hop);
  inputs.backends[id].up = true;
  inputs.neighbors[left.next_hop] = base::Mac{0x02aa};
  plan = card.apply(after, inputs);
  EXPECT_EQ(plan.images.backends[index].valid, 3u);
  EXPECT_EQ(plan.images.backends[index].mac, 0x02aau);
  inputs.neighbors.erase(left.next_hop);
  plan = card.apply(after, inputs);
  EXPECT_EQ(plan.images.backends[index].mac, 0x02aau) << "what was known last";
  inputs.leaving.clear();
  inputs.backends[id].up = false;
  plan = card.apply(after, inputs);
  EXPECT_EQ(plan.images.backends[index].valid, 3u) << "nobody checks it";
}

TEST(Leaving, IsOverForABackendThatComesBack) {
  const Config before = good_config();
  const Inputs inputs = all_reachable(before);
  Card card;
  const std::uint16_t index = card.apply(before, inputs).services[0].backends[0].index;
  card.apply(without_backend(before, 0, 0), inputs);
  const Plan plan = card.apply(before, inputs);
  EXPECT_EQ(plan.services[0].backends[0].index, index);
  EXPECT_FALSE(plan.services[0].backends[0].fresh);
  EXPECT_EQ(plan.services[0].backends[0].status, BackendStatus::serving);
  EXPECT_TRUE(plan.leaving_backends.empty());
}

TEST(Leaving, KeepsTheVerdictOfTheLastCheck) {
  const Config before = good_config();
  Inputs inputs = all_reachable(before);
  inputs.backends[id_of(before.services[0], before.services[0].backends[0])].up = false;
  Card card;
  const std::uint16_t index = card.apply(before, inputs).services[0].backends[0].index;
  const Plan plan = card.apply(without_backend(before, 0, 0), all_reachable(before));
  EXPECT_EQ(plan.images.backends[index].valid, 2u) << "its connections are still moved or reset";
}

TEST(Leaving, GivesTheWayBackToABackendOfTheConfigurationWithTheSameAddress) {
  const Config before = good_config();
  Config after = without_backend(before, 0, 0);
  after.services[1].mode = Mode::dnat;
  after.services[1].backends[0].port = 8080;
  after.services[1].clients_next_hop = ip("192.0.2.254");
  Card card;
  const Inputs inputs = all_reachable(before);
  card.apply(before, inputs);
  const Plan plan = card.apply(after, inputs);
  const Where back =
      where(plan.images, {ip("10.1.0.11"), 8080, ip("198.51.100.7"), 4000, Protocol::tcp, 1});
  EXPECT_EQ(back.backend, plan.services[1].backends[0].index);
  EXPECT_EQ(plan.services[0].leaving.size(), 1u);
}

TEST(Leaving, HoldsThePlaceOfAServiceThatIsGone) {
  const Config before = good_config();
  Config after = before;
  after.services.erase(after.services.begin());
  Card card;
  const Inputs inputs = all_reachable(before);
  const std::uint16_t index = card.apply(before, inputs).services[0].index;
  Plan plan = card.apply(after, inputs);
  EXPECT_EQ(plan.leaving_services, std::vector<std::uint16_t>{index});
  EXPECT_EQ(plan.leaving_backends.size(), 2u);
  EXPECT_EQ(where(plan.images, {ip("198.51.100.7"), 99, ip("192.0.2.100"), 80}).reason,
            "no_service");
  plan = card.apply(after, card.without_connections(inputs));
  EXPECT_TRUE(plan.leaving_services.empty());
  EXPECT_EQ(plan.images.services[index].valid, 0u);
}

TEST(Leaving, IsFoundAgainOnTheCardAfterARestart) {
  const Config before = good_config();
  Config after = without_backend(before, 0, 0);             // DNAT
  after.services[1].backends[0].address = ip("10.1.0.99");  // DSR
  after.services[1].backends[0].next_hop = ip("10.1.0.99");
  Card card;
  Inputs inputs = all_reachable(before);
  inputs.neighbors[ip("10.1.0.99")] = base::Mac{0x020000000099};
  card.apply(before, inputs);
  const Plan plan = card.apply(after, inputs);
  ASSERT_EQ(plan.leaving_backends.size(), 2u);

  Card successor;
  successor.live = card.live;
  successor.assignment = recover_assignment(after, card.live);
  EXPECT_EQ(successor.assignment.services, card.assignment.services);
  Plan again = successor.apply(after, inputs);
  EXPECT_TRUE(std::is_permutation(again.leaving_backends.begin(), again.leaving_backends.end(),
                                  plan.leaving_backends.begin(), plan.leaving_backends.end()));
  for (const std::uint16_t index : plan.leaving_backends) {
    EXPECT_TRUE(layout::same_record(again.images.backends[index], plan.images.backends[index]));
  }
  EXPECT_EQ(again.services[0].leaving.size(), 1u) << "its way back tells whose it is";
  EXPECT_TRUE(again.services[1].leaving.empty()) << "nothing tells whose the other is";
  again = successor.apply(after, successor.without_connections(inputs));
  EXPECT_TRUE(again.leaving_backends.empty());
  EXPECT_EQ(again.services[1].backends[0].index, plan.services[1].backends[0].index);
}

TEST(Leaving, OfAServiceIsFoundAgainOnTheCardAfterARestart) {
  const Config before = good_config();
  Config after = before;
  after.services.erase(after.services.begin());
  Card card;
  const Inputs inputs = all_reachable(before);
  card.apply(before, inputs);
  const Plan plan = card.apply(after, inputs);
  Card successor;
  successor.live = card.live;
  successor.assignment = recover_assignment(after, card.live);
  const Plan again = successor.apply(after, inputs);
  EXPECT_EQ(again.leaving_services, plan.leaving_services);
  EXPECT_EQ(again.leaving_backends.size(), 2u);
}

TEST(Leaving, IsNothingToACardThatKnowsNothingOfIt) {
  const Config before = good_config();
  Card card;
  const Inputs inputs = all_reachable(before);
  card.apply(before, inputs);
  card.live = layout::TableImages();  // another card
  const Plan plan = card.apply(without_backend(before, 0, 0), inputs);
  EXPECT_TRUE(plan.leaving_backends.empty());
}

TEST(Leaving, CanFillTheTablesAndSaysSo) {
  std::string text =
      "version: 1\nports: [{name: p, address: 10.255.0.2/8}]\nservices:\n"
      "- name: s\n  vip: 192.0.2.7\n  port: 80\n  mode: dsr\n  ring_slots: 65537\n  backends:\n";
  for (int i = 0; i < 4096; ++i) {
    text += "  - {name: b" + std::to_string(i) + ", address: 10.1." + std::to_string(i / 200) +
            "." + std::to_string(i % 200 + 1) + "}\n";
  }
  const Config before = good_config(text);
  Config after = before;
  after.services[0].backends[7].address = ip("10.9.9.9");
  Card card;
  const Inputs inputs = all_reachable(before);
  card.apply(before, inputs);
  const auto full = make_plan(after, inputs, card.live, card.assignment);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, base::Errc::exhausted);
  EXPECT_NE(full.error().what.find("whose connections go on"), std::string::npos)
      << full.error().what;
}

}  // namespace
}  // namespace sluice::model
