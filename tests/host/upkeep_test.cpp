// What goes on between changes: backends that leave, slow start, response times, under fake clocks.
#include <gtest/gtest.h>

#include "daemon/state_file.hpp"
#include "daemon/tables.hpp"
#include "fake_card.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = Coalescer::TimePoint;
using test::kConfigText;
using test::with_change;

model::Config config_of(const std::string& text) {
  const auto read = model::read_config(text, "test.yaml");
  EXPECT_TRUE(read.config.has_value()) << model::as_error(read.problems).message();
  return *read.config;
}

const std::string kWithoutB1 =
    with_change(kConfigText, "      - {name: b1, address: 10.2.0.11}\n", "");
const std::string kSlow =
    with_change(kConfigText, "    mode: dnat\n", "    mode: dnat\n    slow_start: 30s\n");

class UpkeepTest : public ::testing::Test {
 protected:
  void start(const std::string& text) {
    attach(tables_);
    load(text);
  }
  void load(const std::string& text) {
    config_ = config_of(text);
    const auto done = tables_.load(config_, ++id_, wall_);
    ASSERT_TRUE(done.ok()) << done.error().message();
  }
  void attach(Tables& tables) {
    driver::DeviceOptions quick;
    quick.timeout = milliseconds(20);
    auto device = driver::Device::open(card_.board(), quick);
    ASSERT_TRUE(device.ok()) << device.error().message();
    ASSERT_TRUE(tables.attach(std::make_shared<driver::Device>(std::move(*device)), wall_).ok());
  }

  // Upkeep and what it makes due, `after` the last one.
  void pass(seconds after) {
    now_ += after;
    wall_ += after;
    ASSERT_TRUE(tables_.upkeep(now_, wall_).ok());
    now_ += milliseconds(30);
    ASSERT_TRUE(tables_.commit_due(now_, wall_).ok());
  }
  void set_up(std::size_t place, bool up) {
    const auto id = model::id_of(config_.services[0], config_.services[0].backends[place]);
    tables_.set_health(id, {up, "test"}, now_);
    now_ += milliseconds(30);
    ASSERT_TRUE(tables_.commit_due(now_, wall_).ok());
  }
  void set_connections(std::uint16_t backend, std::uint32_t count) {
    card_.with([&](auto& fake) {
      fake.set_counter(layout::kTable_backend_connections, backend, 0, count);
    });
  }
  const model::ServiceView& service() const { return tables_.services()[0]; }

  test::FakeCard card_;
  Tables tables_{milliseconds(30)};
  model::Config config_;
  std::uint64_t id_ = 0;
  TimePoint now_{};
  WallTime wall_{std::chrono::hours(1)};
};

TEST_F(UpkeepTest, a_backend_that_was_taken_out_is_gone_when_its_last_connection_is) {
  start(kConfigText);
  EXPECT_FALSE(tables_.needs_upkeep());
  const std::uint16_t index = service().backends[0].index;
  set_connections(index, 2);
  load(kWithoutB1);
  ASSERT_TRUE(tables_.needs_upkeep());
  ASSERT_EQ(service().leaving.size(), 1u);
  const auto commits = card_.commits();
  pass(seconds(1));
  EXPECT_EQ(service().leaving.size(), 1u);
  EXPECT_EQ(card_.commits(), commits) << "nothing has changed";
  EXPECT_NE(card_.live().backends[index].address, 0u);
  set_connections(index, 0);
  pass(seconds(1));
  pass(seconds(9));
  EXPECT_EQ(service().leaving.size(), 1u) << "the card may remember one that is over";
  set_connections(index, 1);
  pass(seconds(1));
  set_connections(index, 0);
  pass(seconds(1));
  pass(seconds(9));
  EXPECT_EQ(service().leaving.size(), 1u) << "and bring it to life again";
  pass(seconds(1));
  EXPECT_TRUE(service().leaving.empty());
  EXPECT_EQ(card_.live().backends[index].address, 0u);
  EXPECT_FALSE(tables_.needs_upkeep());
}

TEST_F(UpkeepTest, a_backend_that_leaves_is_never_gone_by_a_count_from_before) {
  start(kConfigText);
  const std::uint16_t index = service().backends[0].index;
  load(kWithoutB1);
  ASSERT_TRUE(tables_.upkeep(now_, wall_).ok());  // none: due
  load(kConfigText);                              // back, and out again
  set_connections(index, 1);
  load(kWithoutB1);
  EXPECT_EQ(service().leaving.size(), 1u);
  EXPECT_NE(card_.live().backends[index].address, 0u);
}

TEST_F(UpkeepTest, what_is_leaving_is_checked_and_its_next_hop_watched_until_it_is_gone) {
  start(kConfigText);
  const std::uint16_t index = service().backends[0].index;
  const model::BackendConfig b1 = config_.services[0].backends[0];
  const model::BackendId id = service().backends[0].id;
  EXPECT_EQ(tables_.watched(), tables_.config());
  set_connections(index, 2);
  load(kWithoutB1);
  model::Config watched = tables_.config();
  watched.services[0].backends.push_back(b1);
  EXPECT_EQ(tables_.watched(), watched);
  EXPECT_EQ(card_.live().backends[index].valid, 3u);
  tables_.set_health(id, {false, "refused"}, now_);
  pass(seconds(1));
  EXPECT_EQ(card_.live().backends[index].valid, 2u);
  load(kWithoutB1);
  EXPECT_EQ(card_.live().backends[index].valid, 2u) << "a load forgets no check of it";
  tables_.set_health(id, {true, "ok"}, now_);
  pass(seconds(1));
  EXPECT_EQ(card_.live().backends[index].valid, 3u);
  set_connections(index, 0);
  pass(seconds(1));
  pass(seconds(10));
  EXPECT_EQ(tables_.watched(), tables_.config());
}

TEST_F(UpkeepTest, what_is_leaving_is_not_watched_by_a_way_that_is_no_more) {
  start(kConfigText);
  set_connections(service().backends[0].index, 2);
  load(kWithoutB1);
  model::Config changed = tables_.config();
  changed.ports[1].address = {{0x0a040001}, 24};
  ASSERT_TRUE(tables_.load(changed, ++id_, wall_).ok());
  ASSERT_EQ(service().leaving.size(), 1u);
  EXPECT_EQ(tables_.watched(), tables_.config());
  changed.ports.pop_back();
  ASSERT_TRUE(tables_.load(changed, ++id_, wall_).ok());
  EXPECT_EQ(tables_.watched(), tables_.config());
}

TEST_F(UpkeepTest, what_is_leaving_is_counted_and_shown_with_its_age) {
  start(kConfigText);
  const std::uint16_t index = service().backends[0].index;
  set_connections(index, 7);
  wall_ += seconds(60);
  load(kWithoutB1);
  EXPECT_EQ(tables_.since(service().leaving[0].id), wall_);
  const auto loads = tables_.loads();
  ASSERT_TRUE(loads.ok());
  EXPECT_EQ(loads->backends[index].active, 7u);
}

TEST_F(UpkeepTest, a_successor_without_a_memory_lets_go_on_what_is_leaving) {
  start(kConfigText);
  const std::uint16_t index = service().backends[0].index;
  set_connections(index, 1);
  load(kWithoutB1);
  Tables successor{milliseconds(30)};
  attach(successor);
  const auto done = successor.load(config_, id_, wall_);
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(done->committed);
  ASSERT_EQ(successor.services()[0].leaving.size(), 1u);
  EXPECT_EQ(successor.services()[0].leaving[0].index, index);
}

TEST_F(UpkeepTest, a_card_that_cannot_count_keeps_what_is_leaving) {
  start(kConfigText);
  load(kWithoutB1);
  card_.with([](auto& fake) { fake.faults.fail_access = fake.accesses() + 1; });
  EXPECT_FALSE(tables_.upkeep(now_, wall_).ok());
  EXPECT_EQ(service().leaving.size(), 1u);
  EXPECT_TRUE(tables_.needs_upkeep());
}

TEST_F(UpkeepTest, a_backend_that_comes_back_gets_its_part_in_sixteen_steps) {
  start(kSlow);
  EXPECT_EQ(service().backends[0].slow_start, 16u) << "the service came with it";
  EXPECT_FALSE(tables_.needs_upkeep());
  set_up(0, false);
  set_up(0, true);
  EXPECT_EQ(service().backends[0].slow_start, 1u);
  EXPECT_EQ(service().backends[1].slow_start, 16u);
  const unsigned first = service().backends[0].ring_slots;
  const auto commits = card_.commits();
  for (unsigned second = 1; second <= 30; ++second) {
    ASSERT_TRUE(tables_.needs_upkeep()) << second;
    pass(seconds(1));
    EXPECT_EQ(service().backends[0].slow_start, 1 + second / 2) << second;
  }
  EXPECT_EQ(card_.commits() - commits, 15u);
  EXPECT_FALSE(tables_.needs_upkeep());
  EXPECT_NEAR(service().backends[0].ring_slots, 4093 / 3, 2);
  EXPECT_NEAR(first, 4093.0 / 33, 3);
}

TEST_F(UpkeepTest, a_backend_that_is_added_starts_slowly_and_one_that_goes_down_stops_to) {
  start(with_change(kSlow, "      - {name: b1, address: 10.2.0.11}\n", ""));
  load(kSlow);
  EXPECT_EQ(service().backends[0].slow_start, 1u);
  pass(seconds(15));
  EXPECT_EQ(service().backends[0].slow_start, 8u);
  set_up(0, false);
  EXPECT_FALSE(tables_.needs_upkeep());
  set_up(0, true);
  EXPECT_EQ(service().backends[0].slow_start, 1u) << "from the beginning";
}

TEST_F(UpkeepTest, a_slow_start_goes_on_after_a_restart) {
  start(kSlow);
  set_up(0, false);
  set_up(0, true);
  pass(seconds(15));
  SavedState state{"", "", 1, 1, tables_.memory()};
  const auto saved = from_json(to_json(state));
  ASSERT_TRUE(saved.ok());
  Tables successor{milliseconds(30)};
  attach(successor);
  successor.restore(saved->memory);
  ASSERT_TRUE(successor.load(config_, 1, wall_ + seconds(2)).ok());
  EXPECT_EQ(successor.services()[0].backends[0].slow_start, 9u);
}

TEST_F(UpkeepTest, a_clock_that_is_set_back_makes_a_slow_start_begin_again_at_worst) {
  start(kSlow);
  set_up(0, false);
  set_up(0, true);
  pass(seconds(15));
  wall_ -= std::chrono::hours(1);
  pass(seconds(1));
  EXPECT_EQ(service().backends[0].slow_start, 1u);
  pass(seconds(30));
  EXPECT_EQ(service().backends[0].slow_start, 16u);
}

TEST_F(UpkeepTest, response_times_of_checks_reach_the_card_once) {
  start(with_change(kConfigText, "    mode: dnat\n",
                    "    mode: dsr\n    scheduler: least_response_time\n"));
  const model::BackendView backend = service().backends[1];
  card_.with([&](auto& fake) {
    EXPECT_EQ(fake.images(0).response_times[backend.index].mean, 10 * 1024u)
        << "what nobody measured";
  });
  ASSERT_TRUE(tables_.set_response_time(backend, microseconds(1000)).ok());
  EXPECT_EQ(card_.live().response_times[backend.index].mean, 1024u);
  const auto accesses = card_.with([](auto& fake) { return fake.accesses(); });
  ASSERT_TRUE(tables_.set_response_time(backend, microseconds(1000)).ok());
  EXPECT_EQ(card_.with([](auto& fake) { return fake.accesses(); }), accesses);
  ASSERT_TRUE(tables_.set_response_time(backend, seconds(100)).ok());
  EXPECT_EQ(card_.live().response_times[backend.index].mean, (1u << 20) - 1) << "1 s at most";
  EXPECT_EQ(tables_.loads()->response_times[backend.index].mean, (1u << 20) - 1);
}

TEST_F(UpkeepTest, a_backend_whose_response_time_is_not_known_begins_as_the_slowest) {
  const std::string text = with_change(kConfigText, "    mode: dnat\n",
                                       "    mode: dnat\n    scheduler: least_response_time\n");
  start(with_change(text, "      - {name: b1, address: 10.2.0.11}\n", ""));
  auto& device = *tables_.device();
  ASSERT_TRUE(device.set_response_time(service().backends[0].index, 500).ok());  // as the card
  ASSERT_TRUE(device.set_response_time(service().backends[1].index, 900).ok());
  load(text);
  ASSERT_EQ(service().backends[0].name, "b1");
  EXPECT_EQ(card_.live().response_times[service().backends[0].index].mean, 900u);
  EXPECT_EQ(card_.live().response_times[service().backends[1].index].mean, 500u);
}

TEST_F(UpkeepTest, nobody_looks_the_fastest_because_nothing_is_known_of_it) {
  const std::string timed = with_change(kConfigText, "    mode: dnat\n",
                                        "    mode: dnat\n    scheduler: least_response_time\n");
  constexpr std::uint32_t kTenMs = 10 * 1024;
  const auto means = [&] {
    std::vector<std::uint32_t> result;
    for (const auto& backend : service().backends) {
      result.push_back(card_.live().response_times[backend.index].mean);
    }
    return result;
  };
  start(timed);
  const std::vector<std::uint32_t> alike(service().backends.size(), kTenMs);
  EXPECT_EQ(means(), alike);
  ASSERT_TRUE(tables_.device()->set_response_time(service().backends[0].index, 500).ok());
  set_up(1, false);
  set_up(1, true);
  EXPECT_EQ(means()[0], 500u) << "what the card measured stays";
  load(kConfigText);
  load(timed);
  EXPECT_EQ(means(), alike) << "another scheduler cared for nobody's time";

  Tables successor{milliseconds(30)};
  ASSERT_TRUE(tables_.device()->set_response_time(service().backends[0].index, 500).ok());
  successor.restore(tables_.memory(), tables_.config());
  attach(successor);
  ASSERT_TRUE(successor.load(config_, id_, wall_).ok());
  EXPECT_EQ(means()[0], 500u) << "a daemon that begins again changes nothing";
}

TEST_F(UpkeepTest, a_backend_taken_out_by_a_restart_is_watched_too) {
  start(kConfigText);
  const model::BackendConfig b1 = config_.services[0].backends[0];
  const std::uint16_t index = service().backends[0].index;
  set_connections(index, 2);
  Tables successor{milliseconds(30)};
  successor.restore(tables_.memory(), tables_.config());
  attach(successor);
  ASSERT_TRUE(successor.load(config_of(kWithoutB1), id_ + 1, wall_).ok());
  ASSERT_EQ(successor.services()[0].leaving.size(), 1u);
  EXPECT_EQ(successor.watched().services[0].backends.back(), b1);
  successor.set_health(successor.services()[0].leaving[0].id, {false, "refused"}, now_);
  ASSERT_TRUE(successor.commit_due(now_ + seconds(1), wall_).ok());
  EXPECT_EQ(card_.live().backends[index].valid, 2u);
}

}  // namespace
}  // namespace sluice::daemon
