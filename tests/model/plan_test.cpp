// Plans: complete images, stable indexes, rings never written over while live.
#include "model/plan.hpp"

#include <algorithm>
#include <set>

#include "card.hpp"
#include "model/where.hpp"

namespace sluice::model {
namespace {

bool same_banked(const layout::TableImages& a, const layout::TableImages& b) {
  bool same = true;
  layout::for_each_table(
      [&same]<layout::TableId id>(const auto& left, const auto& right) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        same = same && std::equal(left.begin(), left.end(), right.begin(),
                                  layout::same_record<typename layout::TableOf<id>::Record>);
      },
      a, b);
  return same;
}

TEST(Plan, FillsEveryTableFromTheConfiguration) {
  const Config config = good_config();
  Card card;
  const Plan plan = card.apply(config, all_reachable(config));
  const layout::Config& head = plan.images.config[0];
  EXPECT_EQ(head.mac, config.mac.value);
  EXPECT_EQ(head.port0_address, ip("192.0.2.1").value);
  EXPECT_EQ(head.port1_address, ip("10.1.0.1").value);
  EXPECT_EQ(head.port1_mtu, 1500u);

  const ServiceView& web = plan.services[0];
  const layout::Service& service = plan.images.services[web.index];
  EXPECT_EQ(service.vip, ip("192.0.2.100").value);
  EXPECT_EQ(service.port, 80u);
  EXPECT_EQ(service.mode, layout::kModeDnat);
  EXPECT_EQ(service.hash_kind, layout::kHashTuple);
  EXPECT_EQ(service.ring_slots, 4093u);
  EXPECT_EQ(service.return_mac, 0x020000000000u | ip("192.0.2.254").value);
  EXPECT_EQ(service.valid, 1u);
  const layout::Backend& backend = plan.images.backends[web.backends[1].index];
  EXPECT_EQ(backend.address, ip("10.1.0.12").value);
  EXPECT_EQ(backend.port, 8080u);
  EXPECT_EQ(backend.valid, 1u);
  EXPECT_EQ(backend.egress_port, 1u);
  EXPECT_EQ(web.backends[0].ring_slots + web.backends[1].ring_slots, 4093u);
  EXPECT_NEAR(web.backends[1].ring_slots, 4093 * 0.75, 2);
  EXPECT_EQ(plan.images.services[plan.services[1].index].return_mac, 0u) << "DSR has no way back";

  const auto valid = [](const auto& table) {
    return std::count_if(table.begin(), table.end(), [](const auto& e) { return e.valid != 0; });
  };
  EXPECT_EQ(valid(plan.images.service_keys0) + valid(plan.images.service_keys1), 2);
  EXPECT_EQ(valid(plan.images.vips0) + valid(plan.images.vips1), 2);
  EXPECT_EQ(head.port0_broadcast, ip("192.0.2.255").value);
  EXPECT_EQ(head.port1_broadcast, ip("10.1.0.255").value);
  EXPECT_EQ(head.drop_martians, 1u);
  EXPECT_EQ(valid(plan.images.return_keys0) + valid(plan.images.return_keys1), 2) << "DNAT only";
}

TEST(Plan, OfTheSameInputsIsWhatIsLive) {
  const Config config = good_config();
  Card card;
  const Plan first = card.apply(config, all_reachable(config));
  const Plan second = card.apply(config, all_reachable(config));
  EXPECT_TRUE(same_banked(first.images, second.images));
  EXPECT_EQ(first.assignment, second.assignment);
  EXPECT_TRUE(first.services[0].fresh);
  EXPECT_FALSE(second.services[0].fresh);
  EXPECT_FALSE(second.services[0].backends[0].fresh);
}

TEST(Plan, TakesBackendsOutThatAreDownDrainedOrUnreachable) {
  const Config config = good_config();
  const ServiceConfig& web = config.services[0];
  Card card;
  Inputs inputs = all_reachable(config);
  const BackendId be1 = id_of(web, web.backends[0]);

  inputs.backends[be1].up = false;
  Plan plan = card.apply(config, inputs);
  EXPECT_EQ(plan.services[0].backends[0].status, BackendStatus::down);
  EXPECT_EQ(plan.services[0].backends[0].ring_slots, 0u);
  EXPECT_EQ(plan.services[0].backends[1].ring_slots, 4093u);
  EXPECT_EQ(plan.images.backends[plan.services[0].backends[0].index].valid, 0u)
      << "its connections are moved or reset";
  EXPECT_EQ(plan.services[1].backends[0].status, BackendStatus::serving)
      << "the same machine in another service has a check of its own";

  inputs.backends[be1] = {true, 0};
  plan = card.apply(config, inputs);
  EXPECT_EQ(plan.services[0].backends[0].status, BackendStatus::drained);
  EXPECT_EQ(plan.images.backends[plan.services[0].backends[0].index].valid, 1u)
      << "its connections go on";

  inputs.backends[be1] = {true, 9};
  plan = card.apply(config, inputs);
  EXPECT_NEAR(plan.services[0].backends[0].ring_slots, 4093 * 0.75, 2);

  inputs.backends.clear();
  inputs.neighbors.erase(ip("10.1.0.11"));
  plan = card.apply(config, inputs);
  EXPECT_EQ(plan.services[0].backends[0].status, BackendStatus::no_next_hop);
  EXPECT_EQ(plan.services[0].backends[0].ring_slots, 0u);
  EXPECT_EQ(plan.images.backends[plan.services[0].backends[0].index].valid, 1u)
      << "lost, but not dead";

  inputs.neighbors.clear();
  plan = card.apply(config, inputs);
  EXPECT_EQ(plan.services[0].ring_slots, 0u);
  EXPECT_FALSE(plan.services[0].way_back);
  EXPECT_EQ(plan.images.services[plan.services[0].index].ring_slots, 0u);
}

TEST(Plan, KeepsTheWayBackOfABackendThatIsDown) {
  const Config config = good_config();
  const ServiceConfig& web = config.services[0];
  Card card;
  Inputs inputs = all_reachable(config);
  inputs.backends[id_of(web, web.backends[0])].up = false;
  const Plan plan = card.apply(config, inputs);
  const Where back =
      where(plan.images, {ip("10.1.0.11"), 8080, ip("198.51.100.7"), 4000, Protocol::tcp, 1});
  EXPECT_TRUE(back.to_client);
  EXPECT_EQ(back.backend, plan.services[0].backends[0].index);
}

TEST(Plan, PrefersStaticNeighborsToLearnedOnes) {
  const Config config = good_config(
      replaced(kGoodConfig, "services:\n",
               "neighbors: [{address: 10.1.0.11, mac: 02:00:00:00:00:0b}]\nservices:\n"));
  Inputs inputs = all_reachable(config);
  inputs.neighbors[ip("10.1.0.11")] = base::Mac{0x0200000000ff};
  Card card;
  EXPECT_EQ(card.apply(config, inputs).services[0].backends[0].mac.value, 0x02000000000bu);
}

TEST(Plan, ReplacesOnlyTheRingThatChanges) {
  const Config config = good_config();
  const ServiceConfig& web = config.services[0];
  Card card;
  Inputs inputs = all_reachable(config);
  const Plan before = card.apply(config, inputs);
  inputs.backends[id_of(web, web.backends[0])].up = false;
  const Plan after = card.apply(config, inputs);
  EXPECT_NE(after.services[0].ring_base, before.services[0].ring_base);
  EXPECT_EQ(after.services[1].ring_base, before.services[1].ring_base);
}

TEST(Plan, KeepsIndexesWhenOthersComeAndGo) {
  Card card;
  const Config two = good_config();
  const Plan before = card.apply(two, all_reachable(two));
  // `web` goes, two others come, and the order changes.
  Config other = two;
  other.services.erase(other.services.begin());
  other.services.insert(other.services.begin(), two.services[0]);
  other.services[0].vip = ip("192.0.2.120");
  other.services[0].name = "new";
  for (BackendConfig& backend : other.services[0].backends) backend.port = 81;
  const Plan after = card.apply(other, all_reachable(other));
  EXPECT_EQ(after.services[1].index, before.services[1].index);
  EXPECT_EQ(after.services[1].backends[0].index, before.services[1].backends[0].index);
  EXPECT_FALSE(after.services[1].fresh);
  EXPECT_TRUE(after.services[0].fresh);
  EXPECT_NE(after.services[0].index, before.services[0].index)
      << "a freed place is taken again as late as possible";
}

TEST(Plan, GoesOnFromTheCardAloneAfterARestart) {
  const Config config = good_config();
  const ServiceConfig& web = config.services[0];
  Card card;
  Inputs inputs = all_reachable(config);
  // So that indexes are not simply those of a fresh start.
  Config reversed = config;
  std::swap(reversed.services[0], reversed.services[1]);
  card.apply(reversed, inputs);
  inputs.backends[id_of(web, web.backends[0])].up = false;
  inputs.backends[id_of(config.services[1], config.services[1].backends[0])].up = false;
  const Plan before = card.apply(config, inputs);

  const Assignment recovered = recover_assignment(config, card.live);
  EXPECT_EQ(recovered.services, card.assignment.services);
  EXPECT_EQ(recovered.backends, card.assignment.backends);
  card.assignment = recovered;
  const Plan after = card.apply(config, inputs);
  EXPECT_TRUE(same_banked(before.images, after.images));
  EXPECT_FALSE(after.services[0].fresh);
}

TEST(Plan, OfNothingEmptiesTheTables) {
  const Config config = good_config();
  Card card;
  card.apply(config, all_reachable(config));
  Config none = config;
  none.services.clear();
  const Plan plan = card.apply(none, {});
  for (const layout::Service& service : plan.images.services) EXPECT_EQ(service.ring_slots, 0u);
  for (const auto* way : {&plan.images.service_keys0, &plan.images.service_keys1}) {
    for (const layout::ServiceKey& key : *way) EXPECT_EQ(key.valid, 0u);
  }
  // Connections of what is gone hold their places until they have ended.
  EXPECT_EQ(plan.leaving_services.size(), 2u);
  EXPECT_EQ(plan.leaving_backends.size(), 3u);
  const Plan empty = card.apply(none, card.without_connections({}));
  for (const layout::Service& service : empty.images.services) EXPECT_EQ(service.valid, 0u);
  for (const layout::Backend& backend : empty.images.backends) EXPECT_EQ(backend.address, 0u);
  EXPECT_TRUE(empty.assignment.services.empty());
  EXPECT_TRUE(empty.assignment.backends.empty());
}

TEST(Plan, SaysWhenARingFindsNoRoomBesideTheLiveOnes) {
  Config config = good_config();
  layout::TableImages live;
  for (std::uint32_t i = 0; i < 512; ++i) {  // every 2,048 slots one is in use
    live.services[500 + i].valid = 1;
    live.services[500 + i].ring_base = i * 2048;
    live.services[500 + i].ring_slots = 1;
  }
  auto plan = make_plan(config, all_reachable(config), live, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, base::Errc::exhausted);
  EXPECT_NE(plan.error().what.find("4093 slots of service 'web'"), std::string::npos)
      << plan.error().what;
  EXPECT_NE(plan.error().what.find("largest piece 2046"), std::string::npos) << plan.error().what;
}

TEST(Plan, FitsAfterRoomWasMadeInAScatteredMemory) {
  const Config config =
      good_config(replaced(kGoodConfig, "    mode: dnat", "    mode: dnat\n    ring_slots: 65537"));
  Card card;
  const Inputs inputs = all_reachable(config);
  for (std::uint32_t i = 0; i < 100; ++i) {  // every 10,000 slots two are in use
    layout::Service& service = card.live.services[500 + i];
    service.valid = 1;
    service.ring_base = 7 + i * 10000;
    service.ring_slots = 2;
    card.live.ring[service.ring_base].slot = static_cast<std::uint16_t>(0x8000 + i);
    card.live.ring[service.ring_base + 1].slot = 0x8fff;
  }
  ASSERT_FALSE(make_plan(config, inputs, card.live, {}));
  const auto roomy = make_room(card.live, 65537);
  ASSERT_TRUE(roomy);
  unsigned moved = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const layout::Service& before = card.live.services[500 + i];
    const layout::Service& after = roomy->services[500 + i];
    moved += before.ring_base != after.ring_base ? 1 : 0;
    EXPECT_EQ(after.ring_slots, 2u);
    EXPECT_EQ(roomy->ring[after.ring_base].slot, 0x8000 + i);
    EXPECT_EQ(roomy->ring[before.ring_base].slot, 0x8000 + i) << "in use until the commit";
  }
  EXPECT_EQ(moved, 1u) << "no more than needed";
  card.live = *roomy;
  EXPECT_TRUE(make_plan(config, inputs, card.live, {}));
  EXPECT_FALSE(make_room(card.live, 65537)) << "there is room";
  EXPECT_FALSE(make_room(card.live, layout::kRingSlots)) << "there cannot be";
}

Config large_config() {
  std::string text =
      "version: 1\nports: [{name: p, address: 10.255.0.2/8}]\nring_slots: 509\n"
      "services:\n";
  for (int i = 0; i < 1024; ++i) {
    text += "- name: s" + std::to_string(i) + "\n  vip: 192.0." + std::to_string(i / 250) + "." +
            std::to_string(i % 250 + 1) +
            "\n  port: 80\n  mode: dnat\n  clients_via: 10.255.0.1\n  backends:\n";
    for (int k = 0; k < 4; ++k) {
      text += "  - {name: b" + std::to_string(k) + ", address: 10." + std::to_string(i / 250) +
              "." + std::to_string(i % 250) + "." + std::to_string(k + 1) + ", port: 8080}\n";
    }
  }
  return good_config(text);
}

TEST(Plan, HoldsTheCardsFullCapacityAndRebuildsAllOfIt) {
  const Config config = large_config();
  Card card;
  Inputs inputs = all_reachable(config);
  card.apply(config, inputs);
  for (const ServiceConfig& service : config.services) {  // one backend of each goes down
    inputs.backends[id_of(service, service.backends[1])].up = false;
  }
  card.apply(config, inputs);
  inputs.backends.clear();
  const Plan plan = card.apply(config, inputs);
  std::set<std::uint16_t> backends;
  for (const ServiceView& service : plan.services) {
    for (const BackendView& backend : service.backends) backends.insert(backend.index);
  }
  EXPECT_EQ(backends.size(), 4096u);
  // Each key is found: ask the path for some services and ways back.
  for (std::size_t i = 0; i < config.services.size(); i += 97) {
    const ServiceConfig& service = config.services[i];
    const Where in = where(plan.images, {ip("198.51.100.7"), 99, service.vip, 80});
    EXPECT_EQ(in.service, plan.services[i].index);
    const Where back =
        where(plan.images, {service.backends[3].address, 8080, ip("198.51.100.7"), 99});
    EXPECT_EQ(back.backend, plan.services[i].backends[3].index);
    EXPECT_EQ(back.source, service.vip);
  }
}

TEST(Plan, NeverWritesOverLiveRingsThroughRandomChanges) {
  std::mt19937_64 rng(test_seed());
  const Config base = good_config();
  Card card;
  Config config = base;
  Inputs inputs = all_reachable(base);
  for (int round = 0; round < 60; ++round) {
    const auto& service = base.services[rng() % base.services.size()];
    const auto& backend = service.backends[rng() % service.backends.size()];
    auto& state = inputs.backends[id_of(service, backend)];
    state.up = rng() % 3 != 0;
    state.weight = static_cast<unsigned>(rng() % 4);
    config = base;
    if (rng() % 4 == 0)
      config.services.erase(config.services.begin() + static_cast<long>(rng() % 2));
    for (ServiceConfig& changed : config.services) {
      if (rng() % 4 == 0) changed.ring_slots = 65537;
    }
    const Plan plan = card.apply(config, inputs);
    for (const ServiceView& view : plan.services) {
      unsigned slots = 0;
      for (const BackendView& seen : view.backends) {
        slots += seen.ring_slots;
        EXPECT_EQ(seen.ring_slots != 0, seen.status == BackendStatus::serving) << seen.name;
      }
      EXPECT_EQ(slots, view.ring_slots);
      for (unsigned i = 0; i < view.ring_slots; ++i) {
        const std::uint16_t slot = plan.images.ring[view.ring_base + i].slot;
        ASSERT_NE(slot & layout::kRingSlotValid, 0);
        ASSERT_EQ(plan.images.backends[slot & 0xfff].valid, 1u);
      }
    }
  }
}

}  // namespace
}  // namespace sluice::model
