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

TEST(Scheduler, counts_are_exact_once_their_events_have_come) {
  EXPECT_EQ(counts_are_exact(seed(), 20'000), "");
}

TEST(Scheduler, what_begins_nothing_or_is_not_stored_follows_the_ring) {
  EXPECT_EQ(the_rest_follows_the_ring(seed(), 20'000), "");
}

TEST(Scheduler, the_host_reads_what_it_wrote) { EXPECT_EQ(host_reads_what_it_wrote(seed()), ""); }

}  // namespace
}  // namespace sluice::sched
