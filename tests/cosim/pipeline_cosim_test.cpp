// The compiled packet path against its native build: a million packets and more, every bit.
#include "pipeline_cosim.hpp"

#include <gtest/gtest.h>

#include "layout/reasons.hpp"
#include "replay.hpp"

namespace sluice::cosim {
namespace {

constexpr const char* kProgram = "pipeline_cosim_test";

class PipelineCosim : public testing::Test {
 protected:
  void compare(PipelineRun run, std::uint64_t rounds) {
    const std::uint64_t seed = announced_seed(20260101);
    std::uint64_t compared = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      run.seed = seed + 1000 * round;
      const PipelineOutcome outcome = compare_pipeline(model_, run, packet_gen::run_path);
      ASSERT_EQ(outcome.difference, "") << replay(seed, kProgram);
      compared += outcome.compared;
      for (std::size_t i = 0; i < kinds_.size(); ++i) kinds_[i] += outcome.kinds_seen[i];
      for (std::size_t i = 0; i < reasons_.size(); ++i) reasons_[i] += outcome.reasons_seen[i];
    }
    EXPECT_EQ(compared, rounds * run.packets);
  }

  PipelineModel model_;
  std::array<std::uint64_t, static_cast<std::size_t>(packet_gen::Kind::count)> kinds_{};
  std::array<std::uint64_t, layout::kReasons> reasons_{};
};

// Both epochs are in the pipeline at once all the time; every round has other tables.
TEST_F(PipelineCosim, agrees_on_a_packet_every_cycle) {
  PipelineRun run;
  run.packets = 60'000;
  compare(run, 10);
}

TEST_F(PipelineCosim, agrees_with_random_bubbles) {
  for (const std::uint32_t permille : {100u, 500u, 900u}) {
    PipelineRun run;
    run.packets = 20'000;
    run.bubble_permille = permille;
    compare(run, 2);
  }
}

TEST_F(PipelineCosim, agrees_on_packets_that_are_forwarded) {
  PipelineRun run;
  run.packets = 60'000;
  run.tables.faults = false;
  run.generator.only_forwarded = true;
  compare(run, 4);
  EXPECT_EQ(reasons_[layout::kReasonNone], 240'000u);
}

TEST_F(PipelineCosim, agrees_with_full_tables) {
  PipelineRun run;
  run.packets = 50'000;
  run.tables.services = layout::kServices;
  run.tables.max_backends = 4;
  run.tables.max_ring_slots = 251;
  compare(run, 2);
}

TEST_F(PipelineCosim, meets_every_kind_of_packet_and_every_reason_of_the_path) {
  PipelineRun run;
  run.packets = 50'000;
  compare(run, 2);
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    EXPECT_GT(kinds_[i], 0u) << packet_gen::name_of(static_cast<packet_gen::Kind>(i));
  }
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string stage = info[i].stage;
    if (stage != "parse" && stage != "classify" && stage != "schedule" && stage != "rewrite") {
      continue;
    }
    EXPECT_GT(reasons_[info[i].code], 0u) << info[i].name;
  }
}

}  // namespace
}  // namespace sluice::cosim
