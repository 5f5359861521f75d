// Connection table and schedulers: how evenly load spreads, and how evenly a textbook would do it.
//
// usage: bench_schedulers [--json FILE]; SLUICE_SCHEDULER=NAME: that row only.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "report.hpp"
#include "scheduler_load.hpp"

namespace {

std::uint32_t build_id() {
  std::ifstream file(SLUICE_BUILD_ID_FILE);
  std::string text;
  file >> text;
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 16));
}

// What a scheduler that compares loads may miss its textbook form by.
constexpr double kMostRatio = 1.01;

}  // namespace

int main(int argc, char** argv) {
  using namespace sluice::bench;
  const std::string json_file = json_option(argc, argv);
  Report report("schedulers", build_id());
  report.note("The greatest load over weight by the mean one, averaged over the second half.");
  const char* only = std::getenv("SLUICE_SCHEDULER");
  bool exact = true;
  bool measured = false;
  for (const SchedulerCase& which : scheduler_cases()) {
    if (only != nullptr && which.scheduler != only) continue;
    measured = true;
    const SchedulerLoad load;
    const SchedulerResult result = run_scheduler(which, load);
    std::fprintf(stderr, "%s: %.4f, textbook %.4f %s\n", which.scheduler.c_str(),
                 result.max_over_mean, result.textbook_max_over_mean, result.error.c_str());
    exact = exact && result.error.empty();
    const double ratio = result.max_over_mean / result.textbook_max_over_mean;
    if (which.compares_loads && ratio > kMostRatio) {
      std::fprintf(stderr, "%s: more than %.2f times its textbook form\n", which.scheduler.c_str(),
                   kMostRatio);
      exact = false;
    }
    report.add({{"scheduler", which.scheduler},
                {"max_over_mean", result.max_over_mean},
                {"textbook_max_over_mean", result.textbook_max_over_mean},
                {"ratio", ratio},
                {"connections", static_cast<std::int64_t>(load.connections)},
                {"alive", static_cast<std::int64_t>(result.alive)},
                {"openings_per_cycle", result.openings_per_cycle}});
  }
  if (!measured) {
    std::fprintf(stderr, "SLUICE_SCHEDULER=%s: there is no such row\n", only);
    return 1;
  }
  return report.write(json_file) && exact ? 0 : 1;
}
