// A configuration that has no room beside what it replaces: the daemon commits twice by itself.
#include <gtest/gtest.h>

#include "daemon/tables.hpp"
#include "driver/connections.hpp"
#include "fake_card.hpp"
#include "full_tables.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
using TimePoint = Coalescer::TimePoint;

model::Config config_of(const std::string& text) {
  const auto read = model::read_config(text, "test.yaml");
  EXPECT_TRUE(read.config.has_value()) << model::as_error(read.problems).message();
  return read.config.value_or(model::Config{});
}

class TwoStepsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::map<base::Ipv4, base::Mac> neighbors;
    for (const auto& hop : model::next_hops(before_)) {
      neighbors[hop.address] = base::Mac{0x020000000000ull | hop.address.value};
    }
    auto device = driver::Device::open(card_.board());
    ASSERT_TRUE(device.ok()) << device.error().message();
    ASSERT_TRUE(tables_.attach(std::make_shared<driver::Device>(std::move(*device)), wall_).ok());
    ASSERT_TRUE(driver::Connections(tables_.device()->board()).start().ok());
    tables_.set_neighbors(neighbors, TimePoint{});
    ASSERT_TRUE(tables_.load(before_, 1, wall_).ok());
    for (std::uint16_t i = 0; i < layout::kServices; ++i) connect(i);
  }

  // A client's connection to the first backend of a service.
  void connect(std::uint16_t place) {
    const auto& service = tables_.services()[place];
    driver::Connection entry;
    entry.key = {0x0a010000u + place, 4000, service.index};
    entry.backend = service.backends[0].index;
    entry.state = layout::kConnection_established;
    entry.epochs_left = 900;
    card_.with([&](auto& fake) { ASSERT_TRUE(fake.connections.insert(entry, 0)); });
  }
  std::vector<driver::Connection> entries() {
    return card_.with([](auto& fake) { return fake.connections.entries(0); });
  }
  std::uint64_t accesses() {
    return card_.with([](auto& fake) { return fake.accesses(); });
  }

  const model::Config before_ = config_of(test::full_config(0));
  const model::Config after_ = config_of(test::full_config(1));
  const WallTime wall_{std::chrono::hours(1)};
  test::FakeCard card_;
  Tables tables_{milliseconds(30)};
};

TEST_F(TwoStepsTest, every_service_of_full_tables_is_replaced_by_one_load) {
  ASSERT_EQ(card_.commits(), 1u);
  ASSERT_EQ(entries().size(), layout::kServices);
  const auto report = tables_.load(after_, 2, wall_);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->committed);
  EXPECT_EQ(card_.commits(), 3u);
  EXPECT_EQ(tables_.config(), after_);
  ASSERT_EQ(tables_.services().size(), layout::kServices);
  for (const auto& service : tables_.services()) {
    ASSERT_EQ(service.ring_slots, 509u);
    ASSERT_EQ(service.turns, 64u);
    ASSERT_TRUE(service.leaving.empty());
  }
  EXPECT_TRUE(entries().empty()) << "the next owners inherit connections";
  EXPECT_FALSE(tables_.needs_upkeep()) << "a place is still held";
  // And once more, back again.
  ASSERT_TRUE(tables_.load(before_, 3, wall_).ok());
  EXPECT_EQ(card_.commits(), 5u);
}

TEST_F(TwoStepsTest, connections_of_services_that_stay_go_on) {
  constexpr unsigned kStay = 100;
  const auto views = tables_.services();
  const auto report = tables_.load(config_of(test::full_config(1, kStay)), 2, wall_);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(card_.commits(), 3u);
  const auto left = entries();
  ASSERT_EQ(left.size(), kStay);
  for (unsigned i = 0; i < kStay; ++i) {
    ASSERT_EQ(tables_.services()[i].index, views[i].index);
    ASSERT_EQ(tables_.services()[i].backends[0].index, views[i].backends[0].index);
    ASSERT_EQ(left[i].key.client, 0x0a010000u + i);
    ASSERT_EQ(left[i].key.service, views[i].index);
  }
}

TEST_F(TwoStepsTest, what_ran_comes_back_when_the_second_step_fails) {
  const std::uint64_t start = accesses();
  ASSERT_TRUE(tables_.load(after_, 2, wall_).ok());
  const std::uint64_t cost = accesses() - start;
  const std::uint32_t commits = card_.commits();
  // The same way back takes as long; what fails is a write of its second step.
  card_.with([&](auto& fake) { fake.faults.fail_access = fake.accesses() + cost - cost / 8; });
  ASSERT_FALSE(tables_.load(before_, 3, wall_).ok());
  EXPECT_EQ(card_.commits(), commits + 2) << "out with the old, and back with it";
  EXPECT_EQ(tables_.config(), after_);
  EXPECT_EQ(tables_.config_id(), 2u);
  ASSERT_EQ(tables_.services().size(), layout::kServices);
  const auto live = card_.live();
  for (const auto& service : tables_.services()) {
    ASSERT_EQ(live.services[service.index].vip, service.id.vip.value);
    ASSERT_EQ(live.services[service.index].ring_slots, 509u);
  }
  card_.with([](auto& fake) { fake.faults.fail_access.reset(); });
  EXPECT_TRUE(tables_.load(before_, 3, wall_).ok());
}

TEST_F(TwoStepsTest, what_has_no_room_in_two_steps_either_changes_nothing) {
  model::Config moved = before_;
  for (auto& backend : moved.services[7].backends) backend.port = 99;
  const auto done = tables_.load(moved, 2, wall_);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, base::Errc::exhausted);
  EXPECT_EQ(card_.commits(), 1u);
  EXPECT_EQ(entries().size(), layout::kServices);
}

}  // namespace
}  // namespace sluice::daemon
