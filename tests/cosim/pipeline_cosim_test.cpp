// The compiled packet path against its native build: a million packets and more, every bit.
#include "pipeline_cosim.hpp"

#include <gtest/gtest.h>

#include "layout/reasons.hpp"
#include "packet_gen/connection_map.hpp"
#include "replay.hpp"

namespace sluice::cosim {
namespace {

constexpr const char* kProgram = "pipeline_cosim_test";

class PipelineCosim : public testing::Test {
 protected:
  void compare(PipelineRun run, std::uint64_t rounds) {
    const std::uint64_t seed = announced_seed(20260101);
    std::uint64_t compared = 0;
    run.tables.random_slots = true;
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

  void compare_connected(PipelineRun run);

  PipelineModel model_;
  std::uint64_t answered_ = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(packet_gen::Kind::count)> kinds_{};
  std::array<std::uint64_t, layout::kReasons> reasons_{};
};

// Time goes on with the requests, so that model and reference meet the same.
class TickingMap : public packet_gen::ConnectionMap {
 public:
  using ConnectionMap::ConnectionMap;
  path::Known ask(const path::ConnectionRequest& request, const layout::Service& service,
                  std::uint8_t epoch, std::uint16_t proposal) override {
    if (++asked_ % 2000 == 0) set_now(now() + 1);
    set_full(asked_ % 16 == 0);
    const path::Known known = ConnectionMap::ask(request, service, epoch, proposal);
    hits += known.hit ? 1 : 0;
    taken += known.taken ? 1 : 0;
    resets += known.resets ? 1 : 0;
    return known;
  }
  std::uint64_t hits = 0, taken = 0, resets = 0;

 private:
  std::uint64_t asked_ = 0;
};

// The map answers for rtl/conn_table.sv, with its delay; a backend is gone at random.
void PipelineCosim::compare_connected(PipelineRun run) {
  const std::uint64_t seed = announced_seed(20260101);
  run.seed = seed;
  const auto valid = [](std::uint8_t, std::uint16_t backend) {
    return static_cast<std::uint8_t>((backend % 8 != 0 ? layout::kBackendServes : 0) |
                                     (backend % 5 == 0 ? layout::kBackendLeaving : 0));
  };
  TickingMap of_model(valid);
  TickingMap of_reference(valid);
  model_.set_connections(&of_model);
  const auto native = [&](const packet_gen::Tables& tables, const path::PacketIn& in) {
    path::PacketOut out{};
    path::pipeline(in, tables.config, tables.service_keys0, tables.service_keys1,
                   tables.return_keys0, tables.return_keys1, tables.services, tables.vips0,
                   tables.vips1, tables.ring, tables.backends, of_reference, out);
    return out;
  };
  const PipelineOutcome outcome = compare_pipeline(model_, run, native);
  model_.set_connections(nullptr);
  ASSERT_EQ(outcome.difference, "") << replay(seed, kProgram);
  for (std::size_t i = 0; i < kinds_.size(); ++i) kinds_[i] += outcome.kinds_seen[i];
  for (std::size_t i = 0; i < reasons_.size(); ++i) reasons_[i] += outcome.reasons_seen[i];
  answered_ += outcome.answered;
  EXPECT_GT(of_reference.hits, run.packets / 20);
  EXPECT_GT(of_reference.taken, run.packets / 50);
  EXPECT_GT(of_reference.resets, 0u);
}

TEST_F(PipelineCosim, agrees_with_connections_that_are_remembered) {
  PipelineRun run;
  run.packets = 100'000;
  run.tables.services = 24;
  run.generator.clients = 40;
  compare_connected(run);
  EXPECT_GT(reasons_[layout::kReason_untracked], 0u);
  EXPECT_GT(answered_, 0u);
  run.bubble_permille = 300;
  compare_connected(run);
}

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
  run.tables.services = 24;
  run.generator.clients = 40;
  compare_connected(run);
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
