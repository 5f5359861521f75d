#include "health/rise_fall.hpp"

#include <gtest/gtest.h>

namespace sluice::health {
namespace {

TEST(RiseFall, a_verified_backend_falls_after_exactly_fall_failures_in_a_row) {
  RiseFall belief(2, 3, true, true);
  EXPECT_FALSE(belief.record(false));
  EXPECT_FALSE(belief.record(false));
  EXPECT_TRUE(belief.up());
  EXPECT_TRUE(belief.record(false));
  EXPECT_FALSE(belief.up());
}

TEST(RiseFall, one_good_check_between_failures_starts_the_count_again) {
  RiseFall belief(2, 3, true, true);
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
  RiseFall belief(3, 2, false, true);
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(false));
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(true));
  EXPECT_TRUE(belief.record(true));
  EXPECT_TRUE(belief.up());
}

TEST(RiseFall, the_very_first_check_takes_a_never_checked_backend_down_at_once) {
  RiseFall belief(2, 3, true, false);
  EXPECT_TRUE(belief.record(false));
  EXPECT_FALSE(belief.up());
  EXPECT_TRUE(belief.verified());
}

TEST(RiseFall, after_a_good_first_check_the_full_number_of_failures_is_needed) {
  RiseFall belief(2, 2, true, false);
  EXPECT_FALSE(belief.record(true));
  EXPECT_FALSE(belief.record(false));
  EXPECT_TRUE(belief.record(false));
}

TEST(RiseFall, a_backend_known_down_needs_rise_even_at_its_first_check_here) {
  RiseFall belief(2, 3, false, true);
  EXPECT_FALSE(belief.record(true));
  EXPECT_TRUE(belief.record(true));
}

TEST(RiseFall, new_thresholds_keep_the_belief) {
  RiseFall belief(2, 5, true, true);
  belief.record(false);
  belief.set_thresholds(1, 2);
  EXPECT_TRUE(belief.up());
  EXPECT_TRUE(belief.record(false));
}

}  // namespace
}  // namespace sluice::health
