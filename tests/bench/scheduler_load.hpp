// Connections with long-tailed lifetimes on the connection table with its schedulers, and the same
// ones on the textbook's algorithm.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::bench {

struct SchedulerCase {
  std::string scheduler;
  std::uint8_t kind = 0;  // layout::SchedulerKind
  bool weighted = true;   // else all weights are 1
  bool compares_loads = false;
};
const std::vector<SchedulerCase>& scheduler_cases();

struct SchedulerLoad {
  std::uint64_t seed = 1;
  std::uint32_t backends = 64;  // half of them have twice the weight of the others
  std::uint64_t connections = 1'000'000;
  double mean_lifetime_cycles = 400'000;
};

// Load over weight, the greatest of all backends by their mean: averaged over the second half of
// the openings, every 1,024 cycles.
struct SchedulerResult {
  double max_over_mean = 0;
  double textbook_max_over_mean = 0;
  std::uint64_t alive = 0;  // at the end
  double openings_per_cycle = 0;
  std::string error;  // counts that are not exact, connections that were not stored
};
SchedulerResult run_scheduler(const SchedulerCase& which, const SchedulerLoad& load);

}  // namespace sluice::bench
