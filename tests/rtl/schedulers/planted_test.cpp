// Every fault planted into the scheduler is caught by a short run of one of the scenarios.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <iostream>

#include "scenarios.hpp"

namespace {
int g_fault = 0;
}  // namespace
extern "C" int planted_fault() { return g_fault; }

namespace sluice::sched {
namespace {

constexpr int kFaults = 31;  // of plant_faults.py

std::uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : 20'502;
}

// The first difference.
std::string difference(int fault) {
  g_fault = fault;
  const std::function<std::string()> runs[] = {
      [] { return counts_are_exact(seed(), 3'000); },
      [] { return turns_are_smooth(seed(), 10'000); },
      [] { return turns_follow_new_lists(seed(), 10'000); },
      [] { return equal_loads_take_turns(seed()); },
      [] { return means_are_exact(seed(), 10'000); },
      [] { return pair_takes_the_lesser(seed(), 20'000, Changes::unreserved); },
      [] { return least_is_the_least(seed(), 20'000, Changes::unreserved); },
      [] { return least_is_the_least(seed(), 20'000, Changes::any); },
      [] { return least_is_the_least(seed(), 20'000, Changes::with_removals); },
      [] { return cost_zero_is_not_chosen(seed()); },
  };
  std::string found;
  for (const auto& run : runs) {
    if (found.empty()) found = run();
  }
  g_fault = 0;
  return found;
}

TEST(PlantedFault, of_number_0_is_none) {
  std::cout << "seed " << seed() << " (SLUICE_SEED=" << seed() << " replays)\n";
  EXPECT_EQ(difference(0), "");
}

class PlantedFaults : public testing::TestWithParam<int> {};

TEST_P(PlantedFaults, is_caught) {
  std::cout << "seed " << seed() << " (SLUICE_SEED=" << seed() << " replays)\n";
  const std::string found = difference(GetParam());
  EXPECT_NE(found, "") << "fault " << GetParam() << " of plant_faults.py goes unseen";
  std::cout << found << "\n";
}

INSTANTIATE_TEST_SUITE_P(Fault, PlantedFaults, testing::Range(1, kFaults + 1));

}  // namespace
}  // namespace sluice::sched
