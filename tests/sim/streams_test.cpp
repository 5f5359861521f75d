// The MACs of the simulated card: what they put on the pins and what they accept from them.
#include <gtest/gtest.h>

#include "sim/rx_source.hpp"
#include "sim/tx_sink.hpp"

namespace sluice::sim {
namespace {

Frame frame_of(std::size_t bytes, bool error = false) {
  Frame frame;
  frame.error = error;
  for (std::size_t i = 0; i < bytes; ++i) frame.bytes.push_back(static_cast<std::uint8_t>(i));
  return frame;
}

Beat full_beat() {
  Beat beat;
  beat.keep = ~0ull;
  return beat;
}

TEST(RxSource, cuts_a_frame_into_full_beats_and_a_rest) {
  RxSource source;
  source.push(frame_of(65));
  Beat beat;
  ASSERT_TRUE(source.next(0, &beat));
  EXPECT_EQ(beat.keep, ~0ull);
  EXPECT_FALSE(beat.last);
  ASSERT_TRUE(source.next(1, &beat));
  EXPECT_EQ(beat.keep, 1u);
  EXPECT_EQ(beat.data[0], 64);
  EXPECT_TRUE(beat.last);
  EXPECT_TRUE(source.empty());
  EXPECT_FALSE(source.next(2, &beat));
}

TEST(RxSource, flags_an_error_with_the_last_beat_only) {
  RxSource source;
  source.push(frame_of(128, true));
  Beat beat;
  ASSERT_TRUE(source.next(0, &beat));
  EXPECT_FALSE(beat.error);
  ASSERT_TRUE(source.next(1, &beat));
  EXPECT_TRUE(beat.error);
}

// 100 Gbit/s are 12.5 bytes/ns, a cycle is 1/0.322265625 ns.
TEST(RxSource, carries_at_the_macs_pace_what_a_100g_wire_carries) {
  for (const std::uint32_t bytes : {60u, 64u, 65u, 69u, 1514u, 9000u}) {
    RxSource source;
    source.set_pace(RxPace::mac_100g);
    constexpr std::uint32_t kFrames = 1000;
    std::uint64_t last_cycle = 0;
    std::uint64_t first_cycle = 0;
    source.set_sent_hook([&](const Frame& frame) {
      if (first_cycle == 0) first_cycle = frame.last_cycle;
      last_cycle = frame.last_cycle;
    });
    for (std::uint32_t i = 0; i < kFrames; ++i) source.push(frame_of(bytes));
    Beat beat;
    for (std::uint64_t cycle = 1; !source.empty(); ++cycle) source.next(cycle, &beat);
    const double expected_cycles = (kFrames - 1) * (bytes + 24) / 12.5 * 0.322265625;
    EXPECT_NEAR(static_cast<double>(last_cycle - first_cycle), expected_cycles, 2.0) << bytes;
  }
}

TEST(RxSource, paces_by_the_slot_of_a_frame_that_grows_on_its_way) {
  RxSource source;
  source.set_pace(RxPace::mac_100g);
  std::uint64_t last_cycle = 0;
  source.set_sent_hook([&](const Frame& frame) { last_cycle = frame.last_cycle; });
  for (int i = 0; i < 1001; ++i) {
    Frame frame = frame_of(60);
    frame.slot_bytes = 80;
    source.push(frame);
  }
  Beat beat;
  for (std::uint64_t cycle = 0; !source.empty(); ++cycle) source.next(cycle, &beat);
  EXPECT_NEAR(static_cast<double>(last_cycle), 1000 * 104 * 33 / 1280.0, 4.0);
}

TEST(RxSource, leaves_idle_cycles_as_often_as_asked) {
  RxSource source;
  source.set_pace(RxPace::random_idle, 750, 42);
  source.push(frame_of(64 * 4000));
  Beat beat;
  std::uint64_t cycle = 0;
  for (; !source.empty(); ++cycle) source.next(cycle, &beat);
  EXPECT_NEAR(static_cast<double>(cycle), 16000, 800);
}

TEST(TxSink, gathers_beats_into_frames) {
  TxSink sink;
  Beat beat = full_beat();
  sink.sample(7, true, true, beat);
  EXPECT_TRUE(sink.inside_frame());
  beat.keep = 0x7;
  beat.last = true;
  sink.sample(8, true, true, beat);
  Frame frame;
  ASSERT_TRUE(sink.pop(&frame));
  EXPECT_EQ(frame.bytes.size(), 67u);
  EXPECT_EQ(frame.first_cycle, 7u);
  EXPECT_EQ(frame.last_cycle, 8u);
  EXPECT_EQ(sink.error(), "");
}

TEST(TxSink, takes_nothing_while_it_is_not_ready) {
  TxSink sink;
  Beat beat = full_beat();
  beat.last = true;
  sink.sample(0, true, false, beat);
  EXPECT_EQ(sink.received_frames(), 0u);
  sink.sample(1, true, true, beat);
  EXPECT_EQ(sink.received_frames(), 1u);
  EXPECT_EQ(sink.error(), "");
}

TEST(TxSink, refuses_a_beat_that_changes_while_it_waits) {
  TxSink sink;
  Beat beat = full_beat();
  sink.sample(0, true, false, beat);
  beat.data[5] = 1;
  sink.sample(1, true, true, beat);
  EXPECT_NE(sink.error(), "");
}

TEST(TxSink, refuses_a_beat_that_is_taken_back) {
  TxSink sink;
  sink.sample(0, true, false, full_beat());
  sink.sample(1, false, true, full_beat());
  EXPECT_NE(sink.error(), "");
}

TEST(TxSink, refuses_holes_in_tkeep) {
  TxSink sink;
  Beat beat = full_beat();
  beat.keep = 0x5;
  beat.last = true;
  sink.sample(0, true, true, beat);
  EXPECT_NE(sink.error(), "");
}

TEST(TxSink, refuses_a_short_beat_inside_a_frame) {
  TxSink sink;
  Beat beat = full_beat();
  beat.keep = 0xff;
  sink.sample(0, true, true, beat);
  EXPECT_NE(sink.error(), "");
}

TEST(TxSink, refuses_a_gap_inside_a_frame) {
  TxSink sink;
  sink.sample(0, true, true, full_beat());
  sink.sample(1, false, true, full_beat());
  EXPECT_NE(sink.error(), "");
}

TEST(TxSink, drains_at_the_macs_pace_what_a_100g_wire_carries) {
  TxSink sink;
  sink.set_ready(TxReady::mac_100g);
  Beat beat = full_beat();
  beat.last = true;
  std::uint64_t cycle = 0;
  for (; sink.received_frames() < 10000; ++cycle) sink.sample(cycle, true, sink.ready(cycle), beat);
  EXPECT_NEAR(static_cast<double>(cycle), 10000 * 88 * 33 / 1280.0, 20.0);
}

}  // namespace
}  // namespace sluice::sim
