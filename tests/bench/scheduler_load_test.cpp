// What ./run bench schedulers measures, on fewer backends and connections.
#include "scheduler_load.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace sluice::bench {

// The name of a test says which one it is.
static std::ostream& operator<<(std::ostream& out, const SchedulerCase& which) {
  return out << which.scheduler;
}

namespace {

class SchedulerLoads : public testing::TestWithParam<SchedulerCase> {};

TEST_P(SchedulerLoads, are_spread_as_the_textbook_does) {
  SchedulerLoad load;
  load.backends = 8;
  load.connections = 60'000;
  load.mean_lifetime_cycles = 40'000;
  const SchedulerResult result = run_scheduler(GetParam(), load);
  EXPECT_EQ(result.error, "");
  EXPECT_GT(result.alive, 10'000U);
  // Those that do not look at loads differ by what their hashes and random numbers do.
  const double most = GetParam().compares_loads ? 1.01 : 1.05;
  EXPECT_LT(result.max_over_mean, most * result.textbook_max_over_mean)
      << result.max_over_mean << ", textbook " << result.textbook_max_over_mean;
}

INSTANTIATE_TEST_SUITE_P(Scheduler, SchedulerLoads, testing::ValuesIn(scheduler_cases()),
                         [](const auto& each) { return each.param.scheduler; });

}  // namespace
}  // namespace sluice::bench
