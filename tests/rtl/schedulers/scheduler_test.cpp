// The scheduler alone, against its oracles.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "scenarios.hpp"

namespace sluice::sched {
namespace {

std::uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 31'337;
  std::cout << "seed " << seed << " (SLUICE_SEED=" << seed << " replays)\n";
  return seed;
}

TEST(Scheduler, turns_are_those_of_smooth_weighted_round_robin) {
  EXPECT_EQ(turns_are_smooth(seed(), 60'000), "");
}

TEST(Scheduler, turns_follow_lists_that_grow_shrink_and_move) {
  EXPECT_EQ(turns_follow_new_lists(seed(), 60'000), "");
}

TEST(Scheduler, counts_are_exact_once_their_events_have_come) {
  EXPECT_EQ(counts_are_exact(seed(), 10'000), "");
}

TEST(Scheduler, what_begins_nothing_or_is_not_stored_follows_the_ring) {
  EXPECT_EQ(the_rest_follows_the_ring(seed(), 20'000), "");
}

TEST(Scheduler, least_is_that_of_the_counts_22_requests_ago) {
  EXPECT_EQ(least_is_the_least(seed(), 60'000, Changes::unreserved), "");
}

TEST(Scheduler, least_sees_changes_that_lost_their_cycle_8_cycles_later) {
  EXPECT_EQ(least_is_the_least(seed(), 60'000, Changes::any), "");
}

TEST(Scheduler, least_sees_removals_within_64_cycles) {
  EXPECT_EQ(least_is_the_least(seed(), 60'000, Changes::with_removals), "");
}

TEST(Scheduler, a_pair_is_that_of_the_counts_14_requests_ago) {
  EXPECT_EQ(pair_takes_the_lesser(seed(), 60'000, Changes::unreserved), "");
}

TEST(Scheduler, a_pair_sees_removals_within_64_cycles) {
  EXPECT_EQ(pair_takes_the_lesser(seed(), 60'000, Changes::with_removals), "");
}

TEST(Scheduler, a_burst_on_64_idle_backends_reaches_each_once) {
  EXPECT_EQ(equal_loads_take_turns(seed()), "");
}

TEST(Scheduler, a_backend_without_a_cost_is_not_chosen_24_cycles_later) {
  EXPECT_EQ(cost_zero_is_not_chosen(seed()), "");
}

TEST(Scheduler, response_times_are_exact_means) { EXPECT_EQ(means_are_exact(seed(), 50'000), ""); }

TEST(Scheduler, the_host_reads_what_it_wrote) { EXPECT_EQ(host_reads_what_it_wrote(seed()), ""); }

}  // namespace
}  // namespace sluice::sched
