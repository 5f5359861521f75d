#include "health/rise_fall.hpp"

#include <gtest/gtest.h>

namespace sluice::health {
namespace {

TEST(RiseFall, an_up_backend_falls_after_exactly_fall_failures_in_a_row) {
  RiseFall belief(2, 3, true);
  EXPECT_FALSE(belief.record(false));
  EXPECT_FALSE(belief.record(false));
  EXPECT_TRUE(belief.up());
  EXPECT_TRUE(belief.record(false));
  EXPECT_FALSE(belief.up());
}

TEST(RiseFall, one_good_check_between_failures_starts_the_count_again) {
  RiseFall belief(2, 3, true);
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(belief.record(false));
    EXPECT_FALSE(belief.record(false));
    EXPECT_EQ(belief.streak(), 2u);
    EXPECT_FALSE(belief.record(true));
    EXPECT_EQ(belief.streak(), 0u);
  }
  EXPECT_TRUE(belief.up());
}

TEST(RiseFall, a_down_backend_rises_after_exactly_rise_good_checks) {
  RiseFall belief(3, 2, false);
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(false));
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(true));
  EXPECT_TRUE(belief.record(true));
  EXPECT_TRUE(belief.up());
}

TEST(RiseFall, new_thresholds_keep_the_belief) {
  RiseFall belief(2, 5, true);
  belief.record(false);
  belief.set_thresholds(1, 2);
  EXPECT_TRUE(belief.up());
  EXPECT_TRUE(belief.record(false));
}

}  // namespace
}  // namespace sluice::health
