// The connection table under traffic made of hazards, every answer and count against an oracle.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "stress.hpp"

namespace sluice::conn {
namespace {

std::uint64_t seed() {
  static const std::uint64_t kSeed = [] {
    const char* given = std::getenv("SLUICE_SEED");
    const std::uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 0) : 20'401;
    std::cout << "seed " << chosen << " (SLUICE_SEED=" << chosen << " replays)\n";
    return chosen;
  }();
  return kSeed;
}

Outcome agree(const Stress& stress) {
  Outcome outcome = run_stress(stress);
  std::cout << outcome.summary << "\n";
  EXPECT_EQ(outcome.difference, "") << "replay: SLUICE_SEED=" << seed();
  return outcome;
}

TEST(ConnectionTable, agrees_with_the_oracle_when_few_keys_come_in_bursts) {
  const Outcome outcome = agree({.seed = seed(), .operations = 150'000, .keys = 300});
  EXPECT_GT(outcome.renewed, 100U);
  EXPECT_GT(outcome.resets, 100U);
  EXPECT_GT(outcome.ignored_gone, 100U);
}

TEST(ConnectionTable, agrees_with_the_oracle_when_it_is_full) {
  const Outcome outcome = agree({.seed = seed() + 1,
                                 .operations = 150'000,
                                 .keys = TableDriver::kSlots * 2,
                                 .epoch_cycles = 3 * TableDriver::kSlots,
                                 .new_share = 0.4});
  EXPECT_GT(outcome.reclaimed, 1000U);
  EXPECT_GT(outcome.not_stored, 100U);
  EXPECT_GT(outcome.counters.spilled, 100U);
  EXPECT_GT(outcome.counters.moved, 100U);
  EXPECT_GT(outcome.counters.swapped, 100U);
  EXPECT_GT(outcome.counters.aborted, 100U);
  EXPECT_GT(outcome.sweeps, 1000U);
  EXPECT_GT(outcome.evictions, 100U);
}

TEST(ConnectionTable, agrees_with_the_oracle_when_the_epoch_wraps) {
  agree({.seed = seed() + 2,
         .operations = 60'000,
         .keys = TableDriver::kSlots / 2,
         .epoch_cycles = 64,
         .first_epoch = (1U << layout::kConnectionEpochBits) - 200,
         .most_timeout = 40});
}

}  // namespace
}  // namespace sluice::conn
