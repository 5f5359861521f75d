// Ingress alone: windows, payload, roll-back, and streams no MAC should make.
#include <Vingress.h>
#include <gtest/gtest.h>

#include <memory>

#include "beat.hpp"
#include "layout/reasons.hpp"
#include "packet_gen/random.hpp"
#include "random_start.hpp"

namespace sluice::rtl_test {
namespace {

struct Window {
  Bytes bytes;  // 128
  std::uint32_t frame_bytes = 0;
  std::uint32_t payload_beats = 0;
};

Bytes random_frame(std::size_t bytes, std::uint64_t seed) {
  packet_gen::Random random(seed);
  Bytes frame(bytes);
  for (std::uint8_t& byte : frame) byte = random.byte();
  return frame;
}

class Ingress : public testing::Test {
 protected:
  Ingress() {
    top_.rst_i = 1;
    top_.rx_tvalid_i = 0;
    top_.window_ready_i = 1;
    for (int i = 0; i < 3; ++i) step();
    top_.rst_i = 0;
  }
  ~Ingress() override { top_.final(); }

  void step() {
    top_.clk_i = 0;
    top_.eval();
    // The reader takes a window's payload as soon as the window shows.
    top_.payload_pop_i = take_payload_ && top_.payload_valid_o;
    top_.verdict_taken_i = return_verdicts_ && top_.window_valid_o && top_.window_ready_i;
    top_.eval();
    if (!top_.rst_i) sample();
    top_.clk_i = 1;
    top_.eval();
  }

  void sample() {
    if (top_.window_valid_o && top_.window_ready_i) {
      Window window;
      append_beat(&window.bytes, top_.window_o.data(), 128);
      window.frame_bytes = top_.window_o[32] & 0x3fff;
      window.payload_beats = top_.window_o[32] >> 14;
      windows_.push_back(window);
    }
    if (top_.payload_pop_i) append_beat(&payload_, top_.payload_o.data(), 64);
    if (top_.rx_valid_o) {
      ++rx_packets_;
      rx_bytes_ += top_.rx_bytes_o;
    }
    if ((top_.reason_event_o & 64) != 0) ++reasons_[top_.reason_event_o & 63];
  }

  void beat(const Bytes& frame, std::size_t index, bool last, std::uint64_t keep, bool error) {
    std::uint32_t unused_keep[2];
    put_beat(top_.rx_tdata_i.data(), unused_keep, frame, index);
    top_.rx_tvalid_i = 1;
    top_.rx_tkeep_i = keep;
    top_.rx_tlast_i = last;
    top_.rx_tuser_i = error;
    step();
    top_.rx_tvalid_i = 0;
  }

  void send(const Bytes& frame, bool error = false, int idle_cycles = 0) {
    const std::size_t beats = beats_of(frame.size());
    for (std::size_t i = 0; i < beats; ++i) {
      const bool last = i + 1 == beats;
      const std::size_t bytes = last ? frame.size() - i * 64 : 64;
      beat(frame, i, last, bytes == 64 ? ~0ull : (1ull << bytes) - 1, last && error);
      for (int k = 0; k < idle_cycles; ++k) step();
    }
  }

  void settle() {
    for (int i = 0; i < 400; ++i) step();
  }

  void expect_window(const Window& window, const Bytes& frame) {
    ASSERT_EQ(window.frame_bytes, frame.size());
    EXPECT_EQ(window.payload_beats, frame.size() <= 128 ? 0 : beats_of(frame.size() - 128));
    Bytes first = frame;
    first.resize(128, 0);
    EXPECT_EQ(window.bytes, first) << frame.size() << " bytes";
  }

  VerilatedContext context_;
  Vingress top_{random_start(&context_, packet_gen::test_seed(78))};
  bool take_payload_ = true;
  bool return_verdicts_ = true;
  std::vector<Window> windows_;
  Bytes payload_;
  std::uint64_t rx_packets_ = 0, rx_bytes_ = 0;
  std::array<std::uint64_t, 64> reasons_{};
};

TEST_F(Ingress, CutsTheWindowAndKeepsThePayloadOfEveryLength) {
  std::vector<std::size_t> lengths;
  for (std::size_t bytes = 1; bytes <= 300; ++bytes) lengths.push_back(bytes);
  for (std::size_t bytes : {9000u, 9020u, 9215u, 9216u}) lengths.push_back(bytes);
  std::uint64_t total = 0;
  for (const std::size_t bytes : lengths) {
    const Bytes frame = random_frame(bytes, bytes);
    windows_.clear();
    payload_.clear();
    send(frame, false, static_cast<int>(bytes % 3));
    settle();
    total += bytes;
    ASSERT_EQ(windows_.size(), 1u);
    expect_window(windows_[0], frame);
    Bytes rest(frame.begin() + static_cast<long>(std::min<std::size_t>(128, bytes)), frame.end());
    rest.resize(beats_of(rest.size()) * 64, 0);  // nothing but zeros beyond the end
    EXPECT_EQ(payload_, rest) << bytes << " bytes";
  }
  EXPECT_EQ(rx_packets_, lengths.size());
  EXPECT_EQ(rx_bytes_, total);
}

TEST_F(Ingress, TakesAFrameEachCycle) {
  for (std::uint64_t i = 0; i < 500; ++i) send(random_frame(1 + i % 64, i));
  settle();
  ASSERT_EQ(windows_.size(), 500u);
  for (std::uint64_t i = 0; i < 500; ++i) expect_window(windows_[i], random_frame(1 + i % 64, i));
}

TEST_F(Ingress, RollsBackThePayloadOfFramesWithErrorsAndKeepsTheOthers) {
  Bytes expected;
  std::size_t good = 0;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Bytes frame = random_frame(100 + 64 * (i % 9), i);
    const bool error = i % 3 == 1;
    send(frame, error);
    if (error || frame.size() <= 128) {
      good += error ? 0 : 1;
      continue;
    }
    ++good;
    expected.insert(expected.end(), frame.begin() + 128, frame.end());
    expected.resize(beats_of(expected.size()) * 64, 0);
  }
  settle();
  EXPECT_EQ(windows_.size(), good);
  EXPECT_EQ(payload_, expected);
  EXPECT_EQ(reasons_[layout::kReason_rx_error], 20u);
  EXPECT_EQ(rx_packets_, 60u);
}

TEST_F(Ingress, DropsOversizeFramesAlsoEndlessOnesAndRecovers) {
  send(random_frame(9217, 1));
  const Bytes endless = random_frame(64, 2);
  for (int i = 0; i < 3000; ++i) beat(endless, 0, false, ~0ull, false);
  EXPECT_EQ(rx_packets_, 1u);
  EXPECT_EQ(top_.receiving_o, 1);
  beat(endless, 0, true, ~0ull, false);
  const Bytes frame = random_frame(9216, 3);
  send(frame);
  settle();
  EXPECT_EQ(reasons_[layout::kReason_oversize], 2u);
  EXPECT_EQ(rx_packets_, 3u);
  ASSERT_EQ(windows_.size(), 1u);
  expect_window(windows_[0], frame);
  EXPECT_EQ(payload_, Bytes(frame.begin() + 128, frame.end()));
  EXPECT_EQ(top_.receiving_o, 0);
}

TEST_F(Ingress, TreatsMalformedKeepAsAnErrorAndStaysInStep) {
  const Bytes frame = random_frame(256, 4);
  const std::uint64_t bad_last[] = {0, 2, 0x5, 0xff00ff, 0xfffffffffffffffe, 0x8000000000000000};
  std::uint64_t bad = 0;
  for (const std::uint64_t keep : bad_last) {
    for (std::size_t beats = 1; beats <= 4; ++beats) {
      for (std::size_t i = 0; i < beats; ++i) {
        beat(frame, i, i + 1 == beats, i + 1 == beats ? keep : ~0ull, false);
      }
      ++bad;
      for (std::size_t i = 0; i < beats; ++i) {  // or in the middle
        beat(frame, i, i + 1 == beats, i == beats / 2 && beats > 1 ? keep : ~0ull, beats == 1);
      }
      ++bad;
    }
  }
  beat(frame, 0, false, 0xffffffff, false);  // a short beat that is not the last one
  beat(frame, 1, true, ~0ull, false);
  ++bad;
  send(frame);
  settle();
  EXPECT_EQ(reasons_[layout::kReason_rx_error], bad);
  EXPECT_EQ(rx_packets_, bad + 1);
  ASSERT_EQ(windows_.size(), 1u);
  expect_window(windows_[0], frame);
  EXPECT_EQ(payload_, Bytes(frame.begin() + 128, frame.end()));
}

TEST_F(Ingress, DropsWholeFramesWhenThePayloadFindsNoRoom) {
  take_payload_ = false;
  for (std::uint64_t i = 0; i < 10; ++i) send(random_frame(9216, i));
  settle();
  // 512 beats and the output register: three payloads of 142 beats; small frames still fit.
  EXPECT_EQ(windows_.size(), 3u);
  EXPECT_EQ(reasons_[layout::kReason_ingress_full], 7u);
  send(random_frame(128 + 64 * 87, 10));  // exactly the room that is left: 513 - 426 = 87 beats
  send(random_frame(129, 11));
  send(random_frame(128, 12));
  settle();
  EXPECT_EQ(windows_.size(), 5u);
  EXPECT_EQ(reasons_[layout::kReason_ingress_full], 8u);
  take_payload_ = true;
  settle();
  settle();
  Bytes expected;
  for (std::uint64_t i : {0u, 1u, 2u, 10u}) {
    const Bytes frame = random_frame(i == 10 ? 128 + 64 * 87 : 9216, i);
    expected.insert(expected.end(), frame.begin() + 128, frame.end());
  }
  EXPECT_EQ(payload_, expected);
  send(random_frame(9216, 13));
  settle();
  EXPECT_EQ(windows_.size(), 6u);
}

TEST_F(Ingress, DropsFramesWhenTheHeaderPathIsBusyOrVerdictsAreOutstanding) {
  top_.window_ready_i = 0;
  for (std::uint64_t i = 0; i < 100; ++i) send(random_frame(64, i));
  top_.window_ready_i = 1;
  settle();
  EXPECT_EQ(windows_.size(), 33u);  // 32 and the output register
  EXPECT_EQ(reasons_[layout::kReason_ingress_full], 67u);

  return_verdicts_ = false;
  for (std::uint64_t i = 0; i < 300; ++i) send(random_frame(64, i));
  settle();
  EXPECT_EQ(windows_.size(), 33u + 256u);
  EXPECT_EQ(reasons_[layout::kReason_ingress_full], 67u + 44u);
}

TEST_F(Ingress, SurvivesRandomPinsWithoutLosingStep) {
  const std::uint64_t seed = packet_gen::test_seed(77);
  std::printf("seed %llu (SLUICE_SEED=%llu replays)\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  packet_gen::Random random(seed);
  const Bytes noise = random_frame(64, seed);
  std::uint64_t lasts = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool last = random.one_in(1 + random.below(200));
    const std::uint64_t keep = random.one_in(3) ? random.next() : ~0ull;
    beat(noise, 0, last, keep, random.one_in(2));
    lasts += last ? 1 : 0;
    if (random.one_in(5)) step();
  }
  beat(noise, 0, true, ~0ull, true);
  settle();
  EXPECT_EQ(rx_packets_, lasts + 1);
  std::uint64_t dropped = 0;
  for (const std::uint64_t count : reasons_) dropped += count;
  EXPECT_EQ(windows_.size() + dropped, rx_packets_);
  std::size_t payload_beats = 0;
  for (const Window& window : windows_) payload_beats += window.payload_beats;
  EXPECT_EQ(payload_.size(), payload_beats * 64);
  const Bytes frame = random_frame(500, 5);
  windows_.clear();
  send(frame);
  settle();
  ASSERT_EQ(windows_.size(), 1u);
  expect_window(windows_[0], frame);
}

// A reset in the middle of a frame: its bytes must not be taken for a frame of its own.
TEST_F(Ingress, TakesWhatAResetLeftOfAFrameForAnError) {
  for (const std::size_t cut : {1u, 2u, 4u, 5u}) {
    const Bytes frame = random_frame(6 * 64, cut);
    for (std::size_t i = 0; i < 6; ++i) {
      top_.rst_i = i == cut || (cut == 2 && i == 3);
      beat(frame, i, i == 5, ~0ull, false);
    }
    top_.rst_i = 0;
    settle();
    EXPECT_TRUE(windows_.empty()) << cut;
    // A reset as the last beat comes leaves nothing.
    EXPECT_EQ(reasons_[layout::kReason_rx_error], cut == 5 ? 0u : 1u) << cut;
    EXPECT_EQ(rx_packets_, cut == 5 ? 0u : 1u) << cut;
    const Bytes next = random_frame(300, 9);
    send(next);
    settle();
    ASSERT_EQ(windows_.size(), 1u) << cut;
    expect_window(windows_[0], next);
    windows_.clear();
    reasons_ = {};
    rx_packets_ = 0;
  }
}

// A frame that begins in a reset and goes on after it, and a reset while the wire is silent.
TEST_F(Ingress, TakesTheFirstWholeFrameAfterAReset) {
  top_.rst_i = 1;
  for (int i = 0; i < 5; ++i) step();
  send(random_frame(70, 1));
  top_.rst_i = 0;
  send(random_frame(70, 2));
  settle();
  ASSERT_EQ(windows_.size(), 1u);
  expect_window(windows_[0], random_frame(70, 2));
  EXPECT_EQ(rx_packets_, 1u);
}

// The assertions are on: a reader that breaks the contract ends the simulation.
TEST(IngressDeathTest, AnAssertionEndsTheTestWhenPayloadIsTakenThatIsNotThere) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        VerilatedContext context;
        Vingress top{&context};
        for (int i = 0; i < 8; ++i) {
          top.rst_i = i < 2;
          top.payload_pop_i = i == 6;
          top.clk_i = 0;
          top.eval();
          top.clk_i = 1;
          top.eval();
        }
      },
      "");
}

}  // namespace
}  // namespace sluice::rtl_test
