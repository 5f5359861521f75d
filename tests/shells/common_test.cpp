// What shells share, between two clocks of random ratio: frames stay whole and in order, none is
// lost that is not counted, and no counter is seen that was never there.
#include <gtest/gtest.h>

#include "common_bench.hpp"

namespace sluice::shells_test {
namespace {

constexpr std::size_t kDepthBytes = 16 * 64;

// `got` is `sent` without `missing` frames, each of them whole.
::testing::AssertionResult is_sent_without(const std::vector<Frame>& sent,
                                           const std::vector<Frame>& got, std::uint64_t missing) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    while (at < sent.size() && !(sent[at] == got[i])) ++at;
    if (at == sent.size()) {
      return ::testing::AssertionFailure()
             << "frame " << i << " of " << got[i].bytes.size() << " bytes was never sent, or late";
    }
    ++at;
  }
  if (got.size() + missing != sent.size()) {
    return ::testing::AssertionFailure() << sent.size() << " sent, " << got.size() << " arrived, "
                                         << missing << " counted as lost";
  }
  return ::testing::AssertionSuccess();
}

std::vector<Frame> push_frames(Bench& bench, unsigned stream, unsigned count,
                               std::size_t max_bytes) {
  std::vector<Frame> frames;
  for (unsigned i = 0; i < count; ++i) {
    Frame frame = random_frame(bench.random(), 1 + bench.random()() % max_bytes);
    frame.user = bench.random()() % 4 == 0;
    frames.push_back(frame);
    bench.sources[stream].push(std::move(frame));
  }
  return frames;
}

TEST(FrameFifo, CarriesFramesWholeAndInOrderBetweenAnyTwoClocks) {
  for (unsigned round = 0; round < 12; ++round) {
    Bench bench(seed() + round, round % 3 * 40, round % 4 * 10);
    const std::vector<Frame> sent = push_frames(bench, kWaits, 120, 700);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    EXPECT_EQ(bench.sinks[kWaits].error, "") << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[kWaits].frames, 0)) << "round " << round;
    EXPECT_EQ(bench.dropped[kWaits], 0u);
    ASSERT_EQ(bench.lengths[kWaits].size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(bench.lengths[kWaits][i], sent[i].bytes.size()) << "frame " << i;
    }
  }
}

TEST(FrameFifo, ThatNeverWaitsDropsWholeFramesAndCountsThem) {
  std::uint64_t all = 0;
  for (unsigned round = 0; round < 12; ++round) {
    Bench bench(seed() + 100 + round, 0, 30 + round % 5 * 15);
    const std::vector<Frame> sent = push_frames(bench, kNeverWaits, 300, 600);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    bench.clocks.run(4000 * bench.b_period_ps);  // a slow reader
    EXPECT_EQ(bench.refused, 0u);
    EXPECT_EQ(bench.sinks[kNeverWaits].error, "") << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[kNeverWaits].frames, bench.dropped[kNeverWaits]))
        << "round " << round;
    EXPECT_EQ(bench.dut().dropped_there_o, bench.dropped[kNeverWaits]) << "round " << round;
    all += bench.dropped[kNeverWaits];
  }
  EXPECT_GT(all, 100u) << "nothing overflowed: the test shows nothing";
}

// Cycles of clock a until the sources are empty.
std::uint64_t cycles_to_send(Bench& bench) {
  std::uint64_t cycles = 0;
  bench.before_a = [&cycles] { ++cycles; };
  EXPECT_TRUE(bench.drain()) << "the sender is still held up";
  bench.before_a = [] {};
  return cycles - 400 * std::max(bench.a_period_ps, bench.b_period_ps) / bench.a_period_ps;
}

std::uint64_t beats_of(const std::vector<Frame>& frames) {
  std::uint64_t beats = 0;
  for (const Frame& frame : frames) beats += (frame.bytes.size() + 63) / 64;
  return beats;
}

// A dead receiver costs its sender PATIENCE cycles, once: also when frames do not fill the FIFO to
// the last beat, so that each one that is dropped makes room again.
TEST(FrameFifo, LetsADeadReceiverHoldUpNobodyForLong) {
  constexpr std::uint64_t kPatience = 40;  // of common_bench
  for (unsigned round = 0; round < 12; ++round) {
    Bench bench(seed() + 200 + round, 0, 0);
    bench.sinks[kWaits].stop(true);
    const std::size_t fixed_beats = round < 6 ? 0 : round - 3;  // 3 to 8, of 16; else random
    std::vector<Frame> sent;
    for (unsigned i = 0; i < 200; ++i) {
      const std::size_t bytes = fixed_beats > 0 ? 64 * fixed_beats : 1 + bench.random()() % 400;
      sent.push_back(random_frame(bench.random(), bytes));
      bench.sources[kWaits].push(sent.back());
    }
    // The reader fetches one beat before it stops; that much late it may begin the wait anew.
    const std::uint64_t one_fetch = 8 * (bench.b_period_ps / bench.a_period_ps + 1);
    EXPECT_LE(cycles_to_send(bench), beats_of(sent) + kPatience + one_fetch) << "round " << round;
    EXPECT_GT(bench.dropped[kWaits], 150u);
    // The link comes back: what is inside is whole, and from then on nothing is lost.
    bench.sinks[kWaits].stop(false);
    bench.clocks.run(200 * bench.b_period_ps + 200 * bench.a_period_ps);
    const std::uint64_t lost = bench.dropped[kWaits];
    std::vector<Frame> all = sent;
    for (const Frame& frame : push_frames(bench, kWaits, 50, 400)) all.push_back(frame);
    ASSERT_TRUE(bench.drain());
    EXPECT_EQ(bench.dropped[kWaits], lost);
    EXPECT_EQ(bench.sinks[kWaits].error, "");
    EXPECT_TRUE(is_sent_without(all, bench.sinks[kWaits].frames, lost));
  }
}

TEST(FrameFifo, IsPatientAgainAfterAFrameThatItCanNeverHold) {
  for (unsigned round = 0; round < 6; ++round) {
    Bench bench(seed() + 350 + round, 0, 0);
    std::vector<Frame> sent{random_frame(bench.random(), 2 * kDepthBytes)};
    bench.sources[kWaits].push(sent.back());
    for (const Frame& frame : push_frames(bench, kWaits, 60, 700)) sent.push_back(frame);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    EXPECT_EQ(bench.dropped[kWaits], 1u) << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[kWaits].frames, 1)) << "round " << round;
  }
}

TEST(FrameFifo, DropsAFrameThatItCanNeverHold) {
  for (const unsigned stream : {kWaits, kNeverWaits}) {
    Bench bench(seed() + 300, 10, 10);
    std::vector<Frame> sent;
    for (const std::size_t bytes : {std::size_t{64}, kDepthBytes + 1, std::size_t{65}, kDepthBytes,
                                    3 * kDepthBytes, std::size_t{1}}) {
      sent.push_back(random_frame(bench.random(), bytes));
      bench.sources[stream].push(sent.back());
      ASSERT_TRUE(bench.drain()) << bytes << " bytes";
    }
    EXPECT_EQ(bench.dropped[stream], 2u);
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[stream].frames, 2));
    EXPECT_EQ(bench.sinks[stream].error, "");
  }
}

TEST(FrameFifo, SendsNoPartOfAFrameThatAResetCut) {
  for (unsigned round = 0; round < 40; ++round) {
    const unsigned stream = round % 2;
    const bool sender_too = round % 4 < 2;
    Bench bench(seed() + 400 + round, 20, 20);
    const std::vector<Frame> sent = push_frames(bench, stream, 40, 900);
    bench.clocks.run((50 + bench.random()() % 100) * bench.a_period_ps);
    bench.reset(sender_too);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    const std::vector<Frame>& got = bench.sinks[stream].frames;
    ASSERT_GT(got.size(), 2u) << "round " << round;
    EXPECT_EQ(bench.sinks[stream].error, "") << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, got, sent.size() - got.size())) << "round " << round;
    EXPECT_TRUE(stream == kNeverWaits || got.back() == sent.back()) << "round " << round;
  }
}

// The counter as seen with clock b may be late, but must have been there, and must not go back.
// Returns how often it was not so.
unsigned wrong_sightings(std::uint64_t seed_value, bool gray) {
  Bench bench(seed_value, 0, 0);
  std::deque<std::uint8_t> recent(8, std::uint8_t{0});
  unsigned wrong = 0;
  std::uint8_t last = bench.dut().gray_there_o;
  bench.before_b = [&] {
    const std::uint8_t now = bench.dut().counter_o;
    const std::uint8_t seen = gray ? bench.dut().gray_there_o : bench.dut().binary_there_o;
    const auto behind = static_cast<std::uint8_t>(now - seen);
    const auto moved = static_cast<std::uint8_t>(seen - last);
    last = seen;
    // 5 cycles of b are at most 25 of a.
    if (behind > 40 || moved > 127) ++wrong;
  };
  bench.clocks.run(4000 * bench.b_period_ps);
  return wrong;
}

TEST(GrayCross, ShowsOnlyValuesThatWereThereWhereABinaryCounterDoesNot) {
  unsigned binary_wrong = 0;
  for (unsigned round = 0; round < 6; ++round) {
    EXPECT_EQ(wrong_sightings(seed() + 600 + round, true), 0u) << "round " << round;
    binary_wrong += wrong_sightings(seed() + 600 + round, false);
  }
  EXPECT_GT(binary_wrong, 0u) << "the simulated sampling finds no wrong crossing";
}

TEST(ResetSync, BeginsWithoutAClockAndEndsWithIt) {
  Bench bench(seed() + 700, 0, 0);
  Vcommon_bench& dut = bench.dut();
  EXPECT_EQ(dut.b_rst_o, 0);
  dut.rst_i = 1;
  dut.eval();
  EXPECT_EQ(dut.b_rst_o, 1) << "no clock has come";
  dut.rst_i = 0;
  dut.eval();
  unsigned cycles = 0;
  while (dut.b_rst_o != 0 && cycles < 20) {
    dut.b_clk_i = 1;
    dut.eval();
    dut.b_clk_i = 0;
    dut.eval();
    ++cycles;
  }
  EXPECT_EQ(cycles, 4u);
}

TEST(TickDivider, TicksOnceAPeriod) {
  Bench bench(seed() + 800, 0, 0);
  unsigned cycle = 0;
  std::vector<unsigned> ticks;
  bench.before_b = [&] {
    if (bench.dut().tick_o != 0) ticks.push_back(cycle);
    ++cycle;
  };
  bench.clocks.run(500 * bench.b_period_ps);
  ASSERT_GE(ticks.size(), 99u);
  for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_EQ(ticks[i] - ticks[i - 1], 5u);
}

}  // namespace
}  // namespace sluice::shells_test
