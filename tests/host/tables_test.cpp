// The card's tables under a fake clock: coalescing, all-or-nothing, counters, restart.
#include "daemon/tables.hpp"

#include <gtest/gtest.h>

#include "fake_card.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
using TimePoint = Coalescer::TimePoint;
using test::kConfigText;
using test::with_change;

model::Config config_of(const std::string& text) {
  const auto read = model::read_config(text, "test.yaml");
  EXPECT_TRUE(read.config.has_value()) << model::as_error(read.problems).message();
  return *read.config;
}

class TablesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    attach(tables_);
    ASSERT_TRUE(tables_.load(config_, 1, wall_).ok());
  }

  void attach(Tables& tables) {
    driver::DeviceOptions quick;
    quick.timeout = milliseconds(20);
    auto device = driver::Device::open(card_.board(), quick);
    ASSERT_TRUE(device.ok()) << device.error().message();
    const auto done = tables.attach(std::make_shared<driver::Device>(std::move(*device)), wall_);
    ASSERT_TRUE(done.ok()) << done.error().message();
  }

  model::BackendId backend(std::size_t place) const {
    return model::id_of(config_.services[0], config_.services[0].backends[place]);
  }
  const model::BackendView& view(std::size_t place) const {
    return tables_.services()[0].backends[place];
  }
  TimePoint at(int ms) const { return TimePoint{} + milliseconds(ms); }

  test::FakeCard card_;
  Tables tables_{milliseconds(30)};
  const model::Config config_ = config_of(kConfigText);
  const WallTime wall_{std::chrono::hours(1)};
};

TEST_F(TablesTest, loading_puts_every_backend_into_the_ring_with_one_commit) {
  EXPECT_EQ(card_.commits(), 1u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(view(i).status, model::BackendStatus::serving);
    EXPECT_GT(view(i).ring_slots, 0u);
  }
}

TEST_F(TablesTest, changes_within_the_window_become_one_commit) {
  tables_.set_health(backend(0), {false, "refused"}, at(0));
  tables_.set_health(backend(1), {false, "timeout"}, at(20));
  EXPECT_EQ(tables_.deadline(), at(30));
  EXPECT_FALSE(tables_.commit_due(at(29), wall_)->committed);
  EXPECT_TRUE(tables_.commit_due(at(30), wall_)->committed);
  EXPECT_EQ(card_.commits(), 2u);
  EXPECT_EQ(view(0).status, model::BackendStatus::down);
  EXPECT_EQ(view(1).status, model::BackendStatus::down);
  EXPECT_EQ(view(2).ring_slots, tables_.services()[0].ring_slots);
  EXPECT_FALSE(tables_.deadline().has_value());
}

TEST_F(TablesTest, a_steady_stream_of_changes_does_not_put_the_commit_off) {
  for (int ms = 0; ms < 30; ms += 5) {
    tables_.set_health(backend(0), {ms % 10 == 5, "flapping"}, at(ms));
    EXPECT_EQ(tables_.deadline(), at(30));
  }
}

TEST_F(TablesTest, a_backend_that_comes_back_gets_its_old_slots) {
  const auto before = card_.live();
  tables_.set_health(backend(0), {false, "refused"}, at(0));
  ASSERT_TRUE(tables_.commit_due(at(30), wall_)->committed);
  tables_.set_health(backend(0), {true, "accepted"}, at(100));
  ASSERT_TRUE(tables_.commit_due(at(130), wall_)->committed);
  const auto after = card_.live();
  const auto& old_service = before.services[tables_.services()[0].index];
  const auto& new_service = after.services[tables_.services()[0].index];
  ASSERT_EQ(old_service.ring_slots, new_service.ring_slots);
  for (std::uint32_t i = 0; i < old_service.ring_slots; ++i) {
    ASSERT_EQ(before.ring[old_service.ring_base + i].slot,
              after.ring[new_service.ring_base + i].slot);
  }
}

TEST_F(TablesTest, a_change_back_within_the_window_commits_nothing) {
  tables_.set_health(backend(0), {false, "refused"}, at(0));
  tables_.set_health(backend(0), {true, "accepted"}, at(10));
  EXPECT_FALSE(tables_.commit_due(at(30), wall_)->committed);
  EXPECT_EQ(card_.commits(), 1u);
}

TEST_F(TablesTest, a_learned_next_hop_brings_a_resolving_backend_into_the_ring) {
  const auto config = config_of(
      with_change(kConfigText, "  - {address: 10.2.0.12, mac: \"02:00:00:00:02:12\"}\n", ""));
  ASSERT_TRUE(tables_.load(config, 2, wall_).ok());
  EXPECT_EQ(view(1).status, model::BackendStatus::no_next_hop);
  tables_.set_neighbors({{*base::Ipv4::parse("10.2.0.12"), {0x020000000299}}}, at(0));
  ASSERT_TRUE(tables_.commit_due(at(30), wall_)->committed);
  EXPECT_EQ(view(1).status, model::BackendStatus::serving);
  EXPECT_EQ(view(1).mac.value, 0x020000000299u);
}

TEST_F(TablesTest, a_backend_that_is_no_longer_checked_is_up) {
  tables_.set_health(backend(0), {false, "refused"}, at(0));
  ASSERT_TRUE(tables_.commit_due(at(30), wall_).ok());
  const auto unchecked = config_of(with_change(
      kConfigText, "check: {interval: 60s, timeout: 1s, rise: 2, fall: 3}", "check: none"));
  ASSERT_TRUE(tables_.load(unchecked, 2, wall_).ok());
  EXPECT_EQ(view(0).status, model::BackendStatus::serving);
}

TEST_F(TablesTest, a_failing_load_leaves_the_configuration_and_the_live_bank_as_they_were) {
  const auto changed = config_of(with_change(kConfigText, "port: 80", "port: 8080"));
  const auto before = card_.live();
  const std::uint64_t accesses = card_.with([](auto& fake) { return fake.accesses(); });
  for (std::uint64_t failing = accesses; failing < accesses + 40; failing += 7) {
    card_.with([&](auto& fake) { fake.faults.fail_access = failing; });
    const auto done = tables_.load(changed, 2, wall_);
    ASSERT_FALSE(done.ok()) << "access " << failing;
    EXPECT_EQ(tables_.config(), config_);
    EXPECT_EQ(tables_.config_id(), 1u);
    EXPECT_EQ(card_.commits(), 1u);
    const auto after = card_.live();
    for (std::size_t i = 0; i < before.service_keys0.size(); ++i) {
      ASSERT_TRUE(layout::same_record(before.service_keys0[i], after.service_keys0[i]));
    }
  }
  card_.with([](auto& fake) { fake.faults.fail_access.reset(); });
  EXPECT_TRUE(tables_.load(changed, 2, wall_)->committed);
}

TEST_F(TablesTest, a_card_that_cannot_be_marked_runs_the_new_configuration_all_the_same) {
  const auto changed = config_of(with_change(kConfigText, "port: 80", "port: 8080"));
  card_.with([](auto& fake) { fake.faults.lose_answer_of = layout::kReg_config_id_lo; });
  const auto done = tables_.load(changed, 2, wall_);
  ASSERT_TRUE(done.ok()) << done.error().message();
  EXPECT_TRUE(done->committed);
  EXPECT_EQ(tables_.config(), changed);
  EXPECT_EQ(tables_.config_id(), 2u);
}

TEST_F(TablesTest, a_failed_commit_is_tried_again_a_second_later) {
  tables_.set_health(backend(0), {false, "refused"}, at(0));
  card_.with([](auto& fake) { fake.faults.fail_access = fake.accesses() + 2; });
  EXPECT_FALSE(tables_.commit_due(at(30), wall_).ok());
  EXPECT_EQ(tables_.deadline(), at(1030));
  EXPECT_TRUE(tables_.commit_due(at(1030), wall_)->committed);
  EXPECT_EQ(view(0).status, model::BackendStatus::down);
}

TEST_F(TablesTest, without_a_card_next_hops_wait_and_loads_are_refused) {
  const auto config = config_of(
      with_change(kConfigText, "  - {address: 10.2.0.12, mac: \"02:00:00:00:02:12\"}\n", ""));
  ASSERT_TRUE(tables_.load(config, 2, wall_).ok());
  tables_.detach();
  tables_.set_neighbors({{*base::Ipv4::parse("10.2.0.12"), {0x020000000299}}}, at(0));
  EXPECT_FALSE(tables_.deadline().has_value());
  EXPECT_EQ(tables_.load(config, 2, wall_).error().code, base::Errc::link_down);
  attach(tables_);
  EXPECT_EQ(view(1).mac.value, 0x020000000299u);
}

TEST_F(TablesTest, what_checks_said_before_the_card_was_lost_and_nobody_committed_is_forgotten) {
  tables_.set_health(backend(2), {false, "refused"}, at(0));
  ASSERT_TRUE(tables_.commit_due(at(30), wall_)->committed);
  for (const std::size_t place : {0, 1}) {
    tables_.set_health(backend(place), {false, "timeout"}, at(100));
  }
  tables_.detach();
  attach(tables_);
  EXPECT_EQ(view(0).status, model::BackendStatus::serving);
  EXPECT_EQ(view(1).status, model::BackendStatus::serving);
  EXPECT_EQ(view(2).status, model::BackendStatus::down);
  EXPECT_TRUE(tables_.health(backend(0)).up);
  EXPECT_EQ(card_.commits(), 2u);
}

TEST_F(TablesTest, a_service_in_panic_keeps_its_backends_and_a_successor_leaves_it_so) {
  const auto service = model::id_of(config_.services[0]);
  for (const std::size_t place : {0, 1, 2}) {
    tables_.set_health(backend(place), {false, "timeout"}, at(0));
  }
  tables_.set_panic(service, true, at(0));
  EXPECT_FALSE(tables_.commit_due(at(30), wall_)->committed) << "the card knows of no trouble";
  EXPECT_TRUE(tables_.services()[0].panic);
  Tables successor{milliseconds(30)};
  attach(successor);
  successor.restore(tables_.memory());
  EXPECT_FALSE(successor.load(config_, 1, wall_)->committed);
  EXPECT_TRUE(successor.services()[0].panic);
  successor.set_panic(service, false, at(100));
  EXPECT_TRUE(successor.commit_due(at(130), wall_)->committed);
  EXPECT_EQ(successor.services()[0].ring_slots, 0u);
}

TEST_F(TablesTest, a_successor_with_the_memory_commits_nothing) {
  tables_.set_health(backend(2), {false, "timeout"}, at(0));
  ASSERT_TRUE(tables_.commit_due(at(30), wall_)->committed);
  Tables successor{milliseconds(30)};
  attach(successor);
  successor.restore(tables_.memory());
  const auto done = successor.load(config_, 1, wall_ + std::chrono::hours(2));
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(done->committed);
  EXPECT_EQ(card_.commits(), 2u);
  EXPECT_EQ(successor.health(backend(2)).reason, "timeout");
  EXPECT_EQ(successor.since(backend(2)), tables_.since(backend(2)));
}

TEST_F(TablesTest, a_successor_without_the_memory_finds_the_indexes_on_the_card) {
  Tables successor{milliseconds(30)};
  attach(successor);
  const auto done = successor.load(config_, 1, wall_);
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(done->committed);
  EXPECT_EQ(successor.memory().assignment.backends, tables_.memory().assignment.backends);
}

TEST_F(TablesTest, a_reset_card_gets_everything_again) {
  test::FakeCard fresh;
  auto device = driver::Device::open(fresh.board());
  ASSERT_TRUE(device.ok());
  const auto done = tables_.attach(std::make_shared<driver::Device>(std::move(*device)), wall_);
  ASSERT_TRUE(done.ok()) << done.error().message();
  EXPECT_TRUE(done->committed);
  EXPECT_EQ(fresh.with([](auto& fake) { return *fake.read(layout::kReg_config_id_lo); }), 1u);
}

TEST_F(TablesTest, counters_of_an_index_start_from_zero_for_its_new_owner) {
  const std::uint16_t index = view(0).index;
  card_.with([&](auto& fake) {
    for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
      fake.set_counter(layout::kTable_backend_counters, i, 0, 1000 + i);
    }
  });
  EXPECT_EQ(tables_.counters()->backends[index].in_packets, 1000u + index);
  const auto replaced =
      config_of(with_change(with_change(kConfigText, "- {name: b1, address: 10.2.0.11}",
                                        "- {name: b4, address: 10.2.0.14}"),
                            "10.2.0.11, mac", "10.2.0.14, mac"));
  ASSERT_TRUE(tables_.load(replaced, 2, wall_).ok());
  ASSERT_EQ(view(0).name, "b4");
  EXPECT_EQ(tables_.counters()->backends[view(0).index].in_packets, 0u);
  EXPECT_EQ(tables_.counters()->backends[view(1).index].in_packets, 1000u + view(1).index);
}

TEST_F(TablesTest, counters_of_another_card_are_not_reduced_by_what_the_old_one_counted) {
  const auto replaced =
      config_of(with_change(with_change(kConfigText, "- {name: b1, address: 10.2.0.11}",
                                        "- {name: b4, address: 10.2.0.14}"),
                            "10.2.0.11, mac", "10.2.0.14, mac"));
  const auto count = [](test::FakeCard& card, std::uint32_t packets) {
    card.with([&](auto& fake) {
      for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
        fake.set_counter(layout::kTable_backend_counters, i, 0, packets);
      }
    });
  };
  count(card_, 1000);
  ASSERT_TRUE(tables_.load(replaced, 2, wall_).ok());  // b4 begins at 1,000
  test::FakeCard fresh;
  auto device = driver::Device::open(fresh.board());
  ASSERT_TRUE(device.ok());
  ASSERT_TRUE(tables_.attach(std::make_shared<driver::Device>(std::move(*device)), wall_).ok());
  count(fresh, 1500);
  EXPECT_EQ(tables_.counters()->backends[view(0).index].in_packets, 1500u);
}

TEST(CompareConfigs, counts_what_was_added_removed_and_changed) {
  const auto before = config_of(kConfigText);
  const auto after = config_of(
      with_change(with_change(kConfigText, "- {name: b1, address: 10.2.0.11}",
                              "- {name: b1, address: 10.2.0.11, weight: 3}"),
                  "- {name: b3, address: 10.2.0.13}",
                  "- {name: b4, address: 10.2.0.14}\n      - {name: b5, address: 10.2.0.15}"));
  const ConfigChange change = compare(before, after);
  EXPECT_EQ(change.services_added + change.services_removed + change.services_changed, 0u);
  EXPECT_EQ(change.backends_added, 2u);
  EXPECT_EQ(change.backends_removed, 1u);
  EXPECT_EQ(change.backends_changed, 1u);
}

}  // namespace
}  // namespace sluice::daemon
