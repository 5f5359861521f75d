// Checks whose way breaks, in a namespace of its own. The clocks are the test's.
#include "daemon/health_watch.hpp"

#include <gtest/gtest.h>

#include "fake_card.hpp"
#include "net/tap.hpp"
#include "own_network.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
using TimePoint = health::TimePoint;

TimePoint at(int ms) { return TimePoint{} + milliseconds(ms); }

// Nobody answers behind the device: every check that counts fails.
class HealthWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::enter_own_network();
    auto tap = net::Tap::open("sl-hole");
    ASSERT_TRUE(tap.ok()) << tap.error().message();
    tap_.emplace(std::move(*tap));
    test::run("ip addr add 10.2.0.1/24 dev sl-hole && ip link set sl-hole up");
    for (const char* host : {"11", "12", "13"}) {
      test::run(std::string("ip neigh add 10.2.0.") + host +
                " lladdr 02:00:00:00:00:02 dev sl-hole nud permanent");
    }
    auto made = HealthWatch::create(
        "sl-hole", way_, [this](const auto&, const auto& state) { downs_ += state.up ? 0 : 1; },
        [this](const auto&) { ++silences_; }, [this](const auto&) { return believed_up_; });
    ASSERT_TRUE(made.ok());
    watch_ = std::move(*made);
    const auto read = model::read_config(
        test::with_change(test::kConfigText, "interval: 60s, timeout: 1s, rise: 2, fall: 3",
                          "interval: 500ms, timeout: 400ms, rise: 2, fall: 2"),
        "test.yaml");
    ASSERT_TRUE(read.config.has_value());
    watch_->configure(*read.config, at(0));
  }

  // Runs the checks from `from` to `to`; the way keeps up if it is `good`.
  void run(int from, int to, bool good) {
    for (int ms = from; ms <= to; ms += 5) {
      if (good) way_.kept_up(at(ms), losses_);
      watch_->run(at(ms));
    }
  }

  std::optional<net::Tap> tap_;
  CheckWay way_{at(0)};
  std::unique_ptr<HealthWatch> watch_;
  CheckWay::Losses losses_{};
  bool believed_up_ = true;
  int downs_ = 0;
  int silences_ = 0;
};

TEST_F(HealthWatchTest, backends_that_never_answer_go_down_while_the_way_is_good) {
  run(0, 1600, true);
  EXPECT_EQ(downs_, 3);
  EXPECT_GE(silences_, 6);
}

TEST_F(HealthWatchTest, a_cut_of_eight_seconds_takes_nobody_down) {
  run(0, 700, true);
  const int before = silences_;
  run(705, 2000, false);  // accesses hang
  way_.broke("the card does not answer");
  run(2005, 8705, false);
  EXPECT_EQ(silences_, before) << "no check may end while its way is broken";
  EXPECT_EQ(watch_->trouble(), "the card does not answer");
  run(8710, 9500, true);
  EXPECT_EQ(downs_, 0) << "one failed check of before the cut and one of after it are not two";
  EXPECT_EQ(watch_->trouble(), "");
  run(9505, 10600, true);
  EXPECT_EQ(downs_, 3) << "checks do go on";
}

TEST_F(HealthWatchTest, after_a_break_checks_begin_from_what_was_last_known) {
  run(0, 1600, true);
  ASSERT_EQ(downs_, 3);
  way_.broke("no card is attached");  // and the downs were never committed
  run(1605, 1700, true);
  const auto state = watch_->state({{{0x0a090001}, 80, model::Protocol::tcp}, {0x0a02000b}, 80});
  ASSERT_TRUE(state.has_value());
  EXPECT_TRUE(state->up);
  EXPECT_EQ(state->streak, 0u);
}

TEST_F(HealthWatchTest, a_mailbox_that_loses_frames_of_the_backends_port_takes_nobody_down) {
  for (int ms = 0; ms <= 3000; ms += 50) {
    ++losses_[1];
    run(ms, ms + 45, true);
  }
  EXPECT_EQ(downs_, 0);
  EXPECT_GT(silences_, 6) << "next hops are asked for all the same";
}

TEST_F(HealthWatchTest, a_flood_at_the_clients_port_hides_no_dead_backend) {
  for (int ms = 0; ms <= 1600; ms += 50) {
    ++losses_[0];
    run(ms, ms + 45, true);
  }
  EXPECT_EQ(downs_, 3);
}

TEST_F(HealthWatchTest, backends_behind_a_port_without_a_link_are_not_checked) {
  watch_->set_links_down(2);
  run(0, 3000, true);
  EXPECT_EQ(silences_, 0);
  watch_->set_links_down(0);
  run(3005, 4600, true);
  EXPECT_EQ(downs_, 3);
}

TEST_F(HealthWatchTest, a_link_of_the_other_port_does_not_matter) {
  watch_->set_links_down(1);
  run(0, 1600, true);
  EXPECT_EQ(downs_, 3);
}

TEST_F(HealthWatchTest, on_a_machine_ten_times_too_slow_a_check_waits_ten_times_as_long) {
  for (int ms = 0; ms <= 5000; ms += 200) {
    way_.kept_up(at(ms), {});
    watch_->run(at(ms));
  }
  EXPECT_EQ(downs_, 0);
}

}  // namespace
}  // namespace sluice::daemon
