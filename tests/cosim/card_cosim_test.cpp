// The whole simulated card against the native packet path: frames in, frames out, byte for byte,
// every counter, under every mix of idle and back-pressure.
#include <gtest/gtest.h>

#include <cstring>
#include <tuple>

#include "card/table_loader.hpp"
#include "card_traffic.hpp"
#include "replay.hpp"

namespace sluice::cosim {
namespace {

constexpr const char* kProgram = "card_cosim_test";
constexpr std::uint64_t kPacketsOfAPattern = 7'000;  // 16 patterns: more than 100,000 packets

packet_gen::TableOptions small_tables() {
  packet_gen::TableOptions options;
  options.max_ring_slots = 61;
  return options;
}

constexpr RxPattern kRxPatterns[] = {
    {"back_to_back", sim::RxPace::back_to_back, 0},
    {"mac_100g", sim::RxPace::mac_100g, 0},
    {"idle_30", sim::RxPace::random_idle, 300},
    {"idle_80", sim::RxPace::random_idle, 800},
};
constexpr TxPattern kTxPatterns[] = {
    {"always", sim::TxReady::always, 0},
    {"mac_100g", sim::TxReady::mac_100g, 0},
    {"busy_30", sim::TxReady::random_busy, 300},
    {"busy_80", sim::TxReady::random_busy, 800},
};

class CardPatterns : public testing::TestWithParam<std::tuple<RxPattern, TxPattern>> {};

TEST_P(CardPatterns, forwards_drops_and_counts_as_the_native_path_says) {
  CardRun run;
  run.packets = kPacketsOfAPattern;
  std::tie(run.rx, run.tx) = GetParam();
  run.seed = announced_seed(7001 + run.rx.idle_permille + 7 * run.tx.busy_permille);
  run.error_frames = true;
  run.tables = small_tables();
  const CardOutcome outcome = run_card(run);
  ASSERT_EQ(outcome.difference, "") << replay(run.seed, kProgram);
  EXPECT_GT(outcome.forwarded, outcome.packets / 10);
  std::cout << outcome.packets << " packets, " << outcome.forwarded << " forwarded, "
            << outcome.lost << " lost in queues, " << outcome.cycles << " cycles\n";
}

INSTANTIATE_TEST_SUITE_P(IdleByBackPressure, CardPatterns,
                         testing::Combine(testing::ValuesIn(kRxPatterns),
                                          testing::ValuesIn(kTxPatterns)),
                         [](const auto& pattern) {
                           return std::string("rx_") + std::get<0>(pattern.param).name + "_tx_" +
                                  std::get<1>(pattern.param).name;
                         });

TEST(CardCosim, meets_every_reason_to_drop) {
  CardRun run;
  run.seed = announced_seed(7100);
  run.packets = 8'000;
  run.error_frames = true;
  run.tables = small_tables();
  run.tx = {"busy_80", sim::TxReady::random_busy, 800};
  const CardOutcome outcome = run_card(run);
  ASSERT_EQ(outcome.difference, "") << replay(run.seed, kProgram);
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    // Bursts of the shortest frames, floods of one class of punts and bad sends of the host have
    // tests of their own.
    if (info[i].kind == layout::ReasonKind::punt) continue;
    if (info[i].code == layout::kReason_ingress_full) continue;
    if (info[i].code == layout::kReason_punt_full_asked) continue;
    if (info[i].code == layout::kReason_untracked) continue;
    if (info[i].code == layout::kReason_inject_bad) continue;
    EXPECT_GT(outcome.reasons[info[i].code], 0u) << info[i].name;
  }
}

TEST(CardCosim, loses_no_frame_that_two_full_wires_bring_and_take) {
  for (const std::uint32_t bytes : {60u, 65u, 69u, 128u, 1514u, 9000u}) {
    CardRun run;
    run.seed = announced_seed(7200);
    run.packets = bytes > 1000 ? 1'000 : 4'000;
    run.rx = {"mac_100g", sim::RxPace::mac_100g, 0};
    run.tables = small_tables();
    run.tables.faults = false;
    run.generator.only_forwarded = true;
    run.generator.fixed_frame_bytes = bytes;
    const CardOutcome outcome = run_card(run);
    ASSERT_EQ(outcome.difference, "") << replay(run.seed, kProgram);
    EXPECT_EQ(outcome.reasons[layout::kReason_ingress_full], 0u) << bytes;
  }
}

TEST(CardCosim, drops_and_counts_whole_frames_when_bursts_exceed_the_header_path) {
  CardRun run;
  run.seed = announced_seed(7300);
  run.packets = 12'000;  // two frames a cycle, the header path takes one
  run.ingress_loss = true;
  run.tables = small_tables();
  run.tables.faults = false;
  run.generator.only_forwarded = true;
  run.generator.fixed_frame_bytes = 60;
  const CardOutcome outcome = run_card(run);
  ASSERT_EQ(outcome.difference, "") << replay(run.seed, kProgram);
  EXPECT_GT(outcome.reasons[layout::kReason_ingress_full], 0u);
  EXPECT_EQ(outcome.reasons[layout::kReason_ingress_full] +
                outcome.reasons[layout::kReason_egress_full] + outcome.forwarded,
            outcome.packets);
}

// A frame of every length that is near a beat's or the window's end, and the longest ones.
TEST(CardCosim, forwards_every_length) {
  const std::uint64_t seed = announced_seed(7400);
  for (const std::uint32_t bytes :
       {54u,  59u,  60u,  61u,  62u,  63u,   64u,   65u,   66u,   67u,   68u,   69u,   70u,
        107u, 108u, 109u, 126u, 127u, 128u,  129u,  130u,  147u,  148u,  149u,  191u,  192u,
        193u, 255u, 256u, 257u, 511u, 1499u, 1500u, 1513u, 1514u, 1515u, 4096u, 9195u, 9196u}) {
    CardRun run;
    run.seed = seed;
    run.packets = 60;
    run.rx = {"idle_80", sim::RxPace::random_idle, 800};  // both ports may lead to one
    run.tables.services = 12;
    run.tables.max_ring_slots = 7;
    run.tables.faults = false;
    run.generator.only_forwarded = true;
    run.generator.fixed_frame_bytes = bytes;
    const CardOutcome outcome = run_card(run);
    ASSERT_EQ(outcome.difference, "") << bytes << replay(run.seed, kProgram);
    EXPECT_EQ(outcome.forwarded, outcome.packets) << bytes;
  }
}

}  // namespace
}  // namespace sluice::cosim
