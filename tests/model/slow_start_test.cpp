// The steps of slow start.
#include "model/slow_start.hpp"

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

using std::chrono::milliseconds;

TEST(SlowStart, BeginsWithASixteenthAndEndsWithAll) {
  const milliseconds time(30000);
  EXPECT_EQ(slow_start_step(milliseconds(0), time), 1u);
  EXPECT_EQ(slow_start_step(milliseconds(1999), time), 1u);
  EXPECT_EQ(slow_start_step(milliseconds(2000), time), 2u);
  EXPECT_EQ(slow_start_step(milliseconds(15000), time), 8u);
  EXPECT_EQ(slow_start_step(milliseconds(29999), time), 15u);
  EXPECT_EQ(slow_start_step(milliseconds(30000), time), 16u);
  EXPECT_EQ(slow_start_step(milliseconds(9000000), time), 16u);
}

TEST(SlowStart, OfNoTimeIsNone) {
  EXPECT_EQ(slow_start_step(milliseconds(0), milliseconds(0)), 16u);
  EXPECT_FALSE(until_next_step(milliseconds(0), milliseconds(0)));
}

TEST(SlowStart, BeginsAgainWhenTheClockWasSetBack) {
  EXPECT_EQ(slow_start_step(milliseconds(-5), milliseconds(30000)), 1u);
  EXPECT_EQ(until_next_step(milliseconds(-5), milliseconds(30000)), milliseconds(2000));
}

TEST(SlowStart, HasItsStepsWhenItSaysSo) {
  for (const milliseconds time : {milliseconds(30000), milliseconds(7), milliseconds(15),
                                  milliseconds(1), milliseconds(12347)}) {
    milliseconds since(0);
    unsigned step = slow_start_step(since, time);
    while (const auto next = until_next_step(since, time)) {
      ASSERT_GT(next->count(), 0);
      EXPECT_EQ(slow_start_step(since + *next - milliseconds(1), time), step);
      since += *next;
      EXPECT_GT(slow_start_step(since, time), step);
      step = slow_start_step(since, time);
    }
    EXPECT_EQ(step, kSlowStartSteps);
    EXPECT_EQ(since, time);
  }
}

}  // namespace
}  // namespace sluice::model
