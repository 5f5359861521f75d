// The time of checks: it goes only as far as the host and the card keep up.
#include "daemon/check_way.hpp"

#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
using TimePoint = CheckWay::TimePoint;

TimePoint at(int ms) { return TimePoint{} + milliseconds(ms); }

class CheckWayTest : public ::testing::Test {
 protected:
  // Keeps up from `from` to `to`, as a host at rest does.
  void keep_up(int from, int to) {
    for (int ms = from; ms <= to; ms += 5) way_.kept_up(at(ms), losses_);
  }

  CheckWay way_{at(0)};
  CheckWay::Losses losses_{};
};

TEST_F(CheckWayTest, while_the_host_keeps_up_the_checks_time_is_the_hosts) {
  keep_up(0, 1000);
  EXPECT_EQ(way_.view(at(1000)).moment.confirmed, at(1000));
  EXPECT_EQ(way_.view(at(1003)).moment.now, at(1003));
  EXPECT_EQ(way_.view(at(1003)).moment.confirmed, at(1000));
  EXPECT_EQ(way_.view(at(1003)).trouble, "");
}

TEST_F(CheckWayTest, on_a_busy_machine_the_checks_time_goes_slower) {
  for (int ms = 0; ms <= 2000; ms += 200) way_.kept_up(at(ms), {});
  EXPECT_EQ(way_.view(at(2000)).moment.confirmed, at(0) + 10 * CheckWay::kCredit);
  EXPECT_EQ(way_.view(at(2000)).breaks, 0u) << "what was under way is late, not lost";
}

TEST_F(CheckWayTest, without_a_card_the_checks_time_stands_still_and_what_was_under_way_is_lost) {
  keep_up(0, 100);
  way_.broke("no card is attached");
  way_.broke("no card is attached");
  const auto broken = way_.view(at(8000));
  EXPECT_EQ(broken.moment.now, at(100));
  EXPECT_EQ(broken.moment.confirmed, at(100));
  EXPECT_EQ(broken.breaks, 1u) << "it broke once";
  EXPECT_EQ(broken.trouble, "no card is attached");
  keep_up(8100, 8200);
  EXPECT_EQ(way_.view(at(8200)).moment.confirmed, at(200));
  EXPECT_EQ(way_.view(at(8200)).trouble, "");
}

TEST_F(CheckWayTest, a_host_that_was_stopped_or_met_a_card_that_hung_begins_anew) {
  keep_up(0, 100);
  EXPECT_EQ(way_.view(at(5000)).moment.now, at(100) + CheckWay::kCredit);
  EXPECT_NE(way_.view(at(5000)).trouble, "");
  way_.kept_up(at(5000), {});
  EXPECT_EQ(way_.view(at(5000)).breaks, 1u);
  EXPECT_EQ(way_.view(at(5000)).moment.confirmed, at(100) + CheckWay::kCredit);
  EXPECT_EQ(way_.view(at(5000)).trouble, "");
}

TEST_F(CheckWayTest, the_checks_time_never_goes_back) {
  TimePoint last = at(0);
  const auto look = [&](int ms) {
    const auto moment = way_.view(at(ms)).moment;
    EXPECT_GE(moment.now, last);
    EXPECT_LE(moment.confirmed, moment.now);
    last = moment.now;
  };
  for (int ms = 0; ms < 3000; ms += 7) {
    if (ms % 70 == 0) way_.kept_up(at(ms - 3), {});
    if (ms % 490 == 0) way_.broke("again");
    look(ms);
  }
}

TEST_F(CheckWayTest, losses_are_told) {
  way_.kept_up(at(0), {7, 0});
  EXPECT_EQ(way_.view(at(0)).losses, (CheckWay::Losses{7, 0}));
  way_.kept_up(at(5), {7, 1});
  EXPECT_EQ(way_.view(at(5)).losses, (CheckWay::Losses{7, 1}));
}

TEST(Backlog, an_empty_queue_is_clear_until_the_turn_that_found_it_empty) {
  Backlog backlog(32);
  backlog.turn(at(10), true);
  backlog.turn(at(11), true);
  backlog.turn(at(12), false);
  EXPECT_EQ(backlog.clear_until(), at(12));
}

TEST(Backlog, under_a_load_that_never_ends_it_is_clear_of_what_waited_a_queue_before) {
  Backlog backlog(32);
  backlog.turn(at(0), false);
  for (int i = 1; i <= 32; ++i) backlog.turn(at(i), true);
  EXPECT_EQ(backlog.clear_until(), at(0));
  backlog.turn(at(33), true);
  EXPECT_EQ(backlog.clear_until(), at(1));
}

}  // namespace
}  // namespace sluice::daemon
