// Every hazard fault planted into the connection table is caught by a short run of the stress.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "stress.hpp"

namespace {
int g_fault = 0;
}  // namespace
extern "C" int planted_fault() { return g_fault; }

namespace sluice::conn {
namespace {

constexpr int kFaults = 38;  // of plant_hazards.py

std::uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : 20'501;
}

// A full table, one of few keys, and one whose epoch wraps; the first difference of them.
std::string difference(int fault) {
  g_fault = fault;
  const Stress runs[] = {
      {.seed = seed(), .operations = 30'000, .keys = 300},
      {.seed = seed() + 1,
       .operations = 60'000,
       .keys = TableDriver::kSlots * 2,
       .epoch_cycles = 3 * TableDriver::kSlots,
       .new_share = 0.4},
      {.seed = seed() + 2,
       .operations = 60'000,
       .keys = TableDriver::kSlots,
       .epoch_cycles = 64,
       .first_epoch = (1U << layout::kConnectionEpochBits) - 200,
       .most_timeout = 40},
      {.seed = seed() + 3, .operations = 200'000, .keys = TableDriver::kSlots, .new_share = 0.3},
  };
  std::string found;
  for (const Stress& run : runs) {
    if (found.empty()) found = run_stress(run).difference;
  }
  g_fault = 0;
  return found;
}

TEST(PlantedHazard, of_number_0_is_none) {
  std::cout << "seed " << seed() << " (SLUICE_SEED=" << seed() << " replays)\n";
  EXPECT_EQ(difference(0), "");
}

class PlantedHazards : public testing::TestWithParam<int> {};

TEST_P(PlantedHazards, is_caught) {
  std::cout << "seed " << seed() << " (SLUICE_SEED=" << seed() << " replays)\n";
  const std::string found = difference(GetParam());
  EXPECT_NE(found, "") << "fault " << GetParam() << " of plant_hazards.py goes unseen";
  std::cout << found << "\n";
}

INSTANTIATE_TEST_SUITE_P(Fault, PlantedHazards, testing::Range(1, kFaults + 1));

}  // namespace
}  // namespace sluice::conn
