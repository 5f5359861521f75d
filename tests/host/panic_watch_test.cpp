// Which services are in panic, by what their checks say and when.
#include "daemon/panic_watch.hpp"

#include <gtest/gtest.h>

#include "fake_card.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
using TimePoint = PanicWatch::TimePoint;

TimePoint at(int ms) { return TimePoint{} + milliseconds(ms); }

class PanicWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto read = model::read_config(
        test::with_change(test::kConfigText, "interval: 60s", "interval: 2s"), "test.yaml");
    ASSERT_TRUE(read.config.has_value());
    service_ = read.config->services[0];  // fall: 3
    for (const auto& backend : service_.backends) states_[model::id_of(service_, backend)] = {};
  }

  health::State& state(std::size_t place) {
    return states_.at(model::id_of(service_, service_.backends[place]));
  }
  void goes_down(std::size_t place, int ms) {
    state(place).up = false;
    state(place).streak = 0;
    watch_.note_change(model::id_of(service_, service_.backends[place]), false, at(ms));
  }
  bool judge(bool before, int ms) {
    return watch_.judge(
        service_, [this](const auto& id) -> std::optional<health::State> { return states_.at(id); },
        before, at(ms));
  }

  PanicWatch watch_;
  model::ServiceConfig service_;
  std::map<model::BackendId, health::State> states_;
};

TEST_F(PanicWatchTest, one_dead_backend_of_three_is_believed) {
  goes_down(0, 0);
  EXPECT_FALSE(judge(false, 0));
}

TEST_F(PanicWatchTest, the_first_of_many_that_fall_together_is_not_believed) {
  state(1).streak = 2;  // its next failed check takes it down
  state(2).streak = 2;
  goes_down(0, 0);
  EXPECT_TRUE(judge(false, 0));
}

TEST_F(PanicWatchTest, two_of_three_within_an_interval_are_too_many) {
  goes_down(0, 0);
  EXPECT_FALSE(judge(false, 0));
  goes_down(1, 2000);
  EXPECT_TRUE(judge(false, 2000));
}

TEST_F(PanicWatchTest, backends_that_die_one_after_another_are_believed) {
  goes_down(0, 0);
  EXPECT_FALSE(judge(false, 0));
  goes_down(1, 5000);
  EXPECT_FALSE(judge(false, 5000));
  goes_down(2, 10000);
  EXPECT_FALSE(judge(false, 10000));
}

TEST_F(PanicWatchTest, it_ends_when_the_share_that_fails_falls_to_the_threshold) {
  for (const std::size_t place : {0, 1, 2}) goes_down(place, 0);
  EXPECT_TRUE(judge(true, 60000)) << "it lasts longer than an interval";
  state(2).up = true;
  EXPECT_TRUE(judge(true, 60000)) << "two of three";
  state(1).up = true;
  EXPECT_FALSE(judge(true, 60000));
}

TEST_F(PanicWatchTest, drained_backends_do_not_count) {
  service_.backends[1].drain = true;
  service_.backends[2].weight = 0;
  goes_down(1, 0);
  goes_down(2, 0);
  EXPECT_FALSE(judge(false, 0));
  goes_down(0, 0);
  EXPECT_TRUE(judge(false, 0)) << "all that are left";
}

TEST_F(PanicWatchTest, the_only_backend_of_a_service_serves_on) {
  service_.backends.resize(1);
  goes_down(0, 0);
  EXPECT_TRUE(judge(false, 0));
}

TEST_F(PanicWatchTest, a_service_may_say_that_it_never_panics) {
  service_.panic_threshold_pct.reset();
  for (const std::size_t place : {0, 1, 2}) goes_down(place, 0);
  EXPECT_FALSE(judge(false, 0));
  EXPECT_FALSE(judge(true, 0));
}

}  // namespace
}  // namespace sluice::daemon
