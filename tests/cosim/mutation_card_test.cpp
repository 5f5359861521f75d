// Every fault planted into the card's RTL, written by hand or generated, is caught by a short run
// of the card's cosimulation, be it by an assertion, a frame or a counter.
#include <gtest/gtest.h>

#include "card_traffic.hpp"
#include "replay.hpp"

namespace {
int g_fault = 0;
}  // namespace
extern "C" int planted_fault() { return g_fault; }

namespace sluice::cosim {
namespace {

CardOutcome short_run(std::uint64_t seed, int fault) {
  CardRun run;
  run.seed = seed;
  run.packets = 5'000;
  run.tables.services = 24;
  run.tables.max_ring_slots = 31;
  run.error_frames = true;
  // The ports fall behind, so that queues overflow too.
  run.tx = {"busy_90", sim::TxReady::random_busy, 900};
  g_fault = fault;
  const CardOutcome outcome = run_card(run);
  g_fault = 0;
  return outcome;
}

TEST(MutationCard, agrees_without_a_fault) {
  const std::uint64_t seed = announced_seed(9101);
  EXPECT_EQ(short_run(seed, 0).difference, "") << replay(seed, "mutation_card_test");
}

class PlantedInRtl : public testing::TestWithParam<int> {};

TEST_P(PlantedInRtl, is_caught) {
  const std::uint64_t seed = announced_seed(9102);
  const CardOutcome outcome = short_run(seed, GetParam());
  EXPECT_NE(outcome.difference, "") << "fault " << GetParam() << " of plant_faults.py goes unseen"
                                    << replay(seed, "mutation_card_test");
  std::cout << outcome.difference.substr(0, outcome.difference.find('\n')) << "\n";
}

INSTANTIATE_TEST_SUITE_P(Fault, PlantedInRtl, testing::Range(6, 15));

}  // namespace
}  // namespace sluice::cosim
