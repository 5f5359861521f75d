// Frames for the host and from the host.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

using Bytes = std::vector<std::uint8_t>;

struct Frame {
  Bytes bytes;
  std::uint32_t port = 0;
  std::uint32_t reason = 0;
};

Frame random_frame(Bench& bench, std::uint32_t bytes) {
  Frame frame;
  frame.bytes.resize(bytes);
  for (std::uint8_t& byte : frame.bytes) byte = static_cast<std::uint8_t>(bench.random()() | 1);
  frame.port = bench.below(2);
  frame.reason = 32 + bench.below(8);
  return frame;
}

Frame random_frame_of(Bench& bench, bool asked, std::uint32_t bytes) {
  Frame frame = random_frame(bench, bytes);
  frame.reason = asked ? std::uint32_t{kReason_arp} + bench.below(2) : 32 + bench.below(6);
  return frame;
}

bool asked(const Frame& frame) { return is_asked(static_cast<std::uint8_t>(frame.reason)); }

std::uint32_t random_bytes(Bench& bench) {
  static constexpr std::uint32_t kEdges[] = {14, 60, 63, 64, 65, 127, 128, 129, 1984, 1985, 2044};
  if (bench.chance(0.3)) return kEdges[bench.below(11)];
  return 14 + bench.below(kMailboxFrameBytes - 13);
}

// Plays frames into the punt stream, with gaps.
class PuntSource {
 public:
  explicit PuntSource(Bench& bench) : bench_(bench) {}

  void send(Frame frame) { frames_.push_back(std::move(frame)); }
  bool done() const { return frames_.empty(); }

  void drive() {
    Vcontrol_plane& pins = bench_.pins();
    if (taken_) {  // by the edge before
      offset_ += 64;
      if (offset_ >= frames_.front().bytes.size()) {
        frames_.pop_front();
        offset_ = 0;
      }
      pins.punt_valid_i = 0;
    }
    if (!pins.punt_valid_i && !frames_.empty() && bench_.chance(0.7)) put();
  }
  void sample() {
    const unsigned punt_class = !frames_.empty() && asked(frames_.front()) ? 1 : 0;
    taken_ = bench_.pins().punt_valid_i && (bench_.pins().punt_ready_o >> punt_class & 1) != 0;
  }

 private:
  void put() {
    Vcontrol_plane& pins = bench_.pins();
    const Frame& frame = frames_.front();
    pins.punt_valid_i = 1;
    for (std::size_t word = 0; word < 16; ++word) {
      pins.punt_beat_i[word] = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t at = offset_ + 4 * word + i;
        const std::uint32_t byte = at < frame.bytes.size() ? frame.bytes[at] : 0;
        pins.punt_beat_i[word] |= byte << 8 * i;
      }
    }
    const std::uint32_t last = offset_ + 64 >= frame.bytes.size();
    pins.punt_beat_i[16] = last << 23 | frame.port << 22 | frame.reason << 16 |
                           static_cast<std::uint32_t>(frame.bytes.size());
  }

  Bench& bench_;
  std::deque<Frame> frames_;
  std::size_t offset_ = 0;
  bool taken_ = false;
};

// Takes frames off the inject stream, with back-pressure.
class InjectSink {
 public:
  InjectSink(Bench& bench, double ready) : bench_(bench), ready_(ready) {}

  std::deque<Frame> frames;
  void set_ready(double ready) { ready_ = ready; }

  void drive() { bench_.pins().inject_ready_i = bench_.chance(ready_); }
  void sample() {
    Vcontrol_plane& pins = bench_.pins();
    if (!current_.bytes.empty()) {
      ASSERT_TRUE(pins.inject_valid_o) << "a gap inside a frame";
    }
    if (!pins.inject_valid_o || !pins.inject_ready_i) return;
    const std::uint32_t meta = pins.inject_beat_o[16];
    for (std::size_t i = 0; i < 64; ++i) {
      current_.bytes.push_back(static_cast<std::uint8_t>(pins.inject_beat_o[i / 4] >> 8 * (i % 4)));
    }
    if ((meta >> 17 & 1) == 0) return;
    const std::uint32_t length = meta & 0xffff;
    ASSERT_EQ((length + 63) / 64 * 64, current_.bytes.size());
    for (std::size_t i = length; i < current_.bytes.size(); ++i) ASSERT_EQ(current_.bytes[i], 0);
    current_.bytes.resize(length);
    current_.port = meta >> 16 & 1;
    frames.push_back(std::move(current_));
    current_ = {};
  }

 private:
  Bench& bench_;
  double ready_;
  Frame current_;
};

Bytes read_punt_window(Bench& bench, std::uint32_t bytes) {
  Bytes frame;
  for (std::uint32_t i = 0; i < bytes; ++i) {
    static std::uint32_t word = 0;
    if (i % 4 == 0) word = bench.read(kWindow_punt + 4 + i);
    frame.push_back(static_cast<std::uint8_t>(word >> 8 * (i % 4)));
  }
  return frame;
}

std::uint32_t descriptor(const Frame& frame) {
  return 1u << 31 | frame.reason << 24 | frame.port << 16 |
         static_cast<std::uint32_t>(frame.bytes.size());
}

std::uint64_t reason_count(Bench& bench, std::uint32_t code) {
  return bench.read_entry(kTable_reason_counters, code)[0];
}

std::uint32_t port_count(Bench& bench, std::uint32_t port, std::size_t field) {
  return bench.read_entry(kTable_port_counters, port)[2 * field];
}

class Punt : public testing::Test {
 protected:
  Punt() {
    bench.drive = [this] { source.drive(); };
    bench.sample = [this] { source.sample(); };
  }
  // The class that the window shows.
  bool shows_asked() {
    const std::uint32_t word = bench.read(kWindow_punt);
    EXPECT_NE(word, 0u);
    return is_asked(static_cast<std::uint8_t>(word >> 24 & 0x3f));
  }
  void fill(bool with_asked, std::uint32_t frames) {
    for (std::uint32_t i = 0; i < frames; ++i) {
      source.send(random_frame_of(bench, with_asked, 60 + i));
    }
    wait_until_sent();
  }
  void wait_until_sent() {
    for (int i = 0; i < 20'000 && !source.done(); ++i) bench.step();
    ASSERT_TRUE(source.done());
    bench.step(4);
  }
  Bench bench;
  PuntSource source{bench};
};

TEST_F(Punt, ShowsFramesOfAClassInOrderByteForByte) {
  std::array<std::deque<Frame>, 2> expected;  // by class
  std::array<std::uint32_t, 2> counts = {};
  for (int i = 0; i < 40; ++i) {
    const Frame frame = random_frame(bench, random_bytes(bench));
    expected[asked(frame) ? 1 : 0].push_back(frame);
    source.send(frame);
    ++counts[frame.port];
  }
  while (!expected[0].empty() || !expected[1].empty()) {
    for (int i = 0; i < 20'000 && bench.read(kWindow_punt) == 0; ++i) bench.step();
    auto& of_class = expected[shows_asked() ? 1 : 0];
    ASSERT_FALSE(of_class.empty());
    const Frame& frame = of_class.front();
    ASSERT_EQ(bench.read(kWindow_punt), descriptor(frame));
    const auto bytes = static_cast<std::uint32_t>(frame.bytes.size());
    ASSERT_EQ(read_punt_window(bench, bytes), frame.bytes);
    ASSERT_EQ(bench.read(kWindow_punt), descriptor(frame)) << "reading must not change anything";
    ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
    of_class.pop_front();
  }
  EXPECT_EQ(bench.read(kReg_punt_status), 0u);
  bench.snapshot();
  EXPECT_EQ(port_count(bench, 0, 4), counts[0]);
  EXPECT_EQ(port_count(bench, 1, 4), counts[1]);
}

TEST_F(Punt, WindowIsZeroBehindTheFrame) {
  for (const bool with_asked : {false, true}) {
    source.send(random_frame_of(bench, with_asked, 2044));
    fill(with_asked, kPuntSlots / 2 - 1);
    for (std::uint32_t i = 0; i < kPuntSlots / 2; ++i) ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
    source.send(random_frame_of(bench, with_asked, 61));  // into the slot of the long one
    wait_until_sent();
    EXPECT_NE(bench.read(kWindow_punt + 4 + 60), 0u);
    for (std::uint32_t i = 64; i < 2044; i += 4) ASSERT_EQ(bench.read(kWindow_punt + 4 + i), 0u);
    ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
  }
}

TEST_F(Punt, IsEmptyAtFirstAndPoppingDoesNothing) {
  EXPECT_EQ(bench.read(kWindow_punt), 0u);
  EXPECT_EQ(bench.read(kWindow_punt + 4), 0u);
  EXPECT_TRUE(bench.write(kReg_punt_pop, 1));
  EXPECT_EQ(bench.read(kReg_punt_status), 0u);
  const Frame frame = random_frame(bench, 100);
  source.send(frame);
  wait_until_sent();
  EXPECT_EQ(bench.read(kReg_punt_status), 1u);
  EXPECT_EQ(bench.read(kWindow_punt), descriptor(frame));
}

class PuntClass : public Punt, public testing::WithParamInterface<bool> {};

TEST_P(PuntClass, HoldsSixteenFramesThenWaitsAndLeavesTheOtherClassItsSlots) {
  constexpr std::uint32_t kSlots = kPuntSlots / 2;
  const bool full = GetParam();
  std::deque<Frame> frames;
  for (std::uint32_t i = 0; i < kSlots + 3; ++i) {
    frames.push_back(random_frame_of(bench, full, random_bytes(bench)));
    source.send(frames.back());
  }
  bench.step(5000);
  EXPECT_EQ(bench.read(kReg_punt_status), kSlots);
  EXPECT_EQ(bench.pins().punt_ready_o, full ? 1 : 2);
  EXPECT_FALSE(source.done());
  while (!frames.empty()) {
    ASSERT_EQ(bench.read(kWindow_punt), descriptor(frames.front()));
    ASSERT_EQ(read_punt_window(bench, 14),
              Bytes(frames.front().bytes.begin(), frames.front().bytes.begin() + 14));
    ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
    bench.step(200);
    frames.pop_front();
  }
  EXPECT_TRUE(source.done());
  EXPECT_EQ(bench.read(kReg_punt_status), 0u);
  fill(full, kSlots);
  fill(!full, kSlots);
  EXPECT_EQ(bench.read(kReg_punt_status), kPuntSlots);
  EXPECT_EQ(bench.pins().punt_ready_o, 0);
}

INSTANTIATE_TEST_SUITE_P(OfBothClasses, PuntClass, testing::Bool(), [](const auto& test) {
  return test.param ? std::string("Asked") : std::string("Other");
});

TEST_F(Punt, ShowsWhatTheHostAskedForFirstButAnOtherAfterThreeOfThem) {
  fill(false, 5);
  EXPECT_FALSE(shows_asked());  // nothing else was there
  fill(true, 13);
  std::string shown;
  while (bench.read(kReg_punt_status) != 0) {
    shown += shows_asked() ? 'a' : 'o';
    ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
  }
  EXPECT_EQ(shown, "oaaaoaaaoaaaoaaaoa");
  fill(true, 4);
  fill(false, 1);
  shown.clear();
  while (bench.read(kReg_punt_status) != 0) {
    shown += shows_asked() ? 'a' : 'o';
    ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
  }
  EXPECT_EQ(shown, "aaaao") << "the first did not make an other wait";
}

TEST_F(Punt, KeepsTheShownFrameUntilItIsPoppedWhateverArrives) {
  const Frame other = random_frame_of(bench, false, 700);
  source.send(other);
  wait_until_sent();
  const std::uint32_t before = bench.read(kWindow_punt);
  const Bytes half = read_punt_window(bench, 300);
  fill(true, 2);
  EXPECT_EQ(before, descriptor(other));
  EXPECT_EQ(bench.read(kWindow_punt), before);
  EXPECT_EQ(read_punt_window(bench, 700), other.bytes);
  EXPECT_EQ(half, Bytes(other.bytes.begin(), other.bytes.begin() + 300));
  ASSERT_TRUE(bench.write(kReg_punt_pop, 0));
  EXPECT_TRUE(shows_asked());
}

TEST_F(Punt, CountsFramesThatTheHostAskedForAndThatWereLost) {
  EXPECT_EQ(bench.read(kReg_punt_asked_lost), 0u);
  const auto lose = [this](std::uint32_t port) {
    bench.pins().asked_lost_i = static_cast<CData>(1u << port);
    bench.step();
    bench.pins().asked_lost_i = 0;
    bench.step(2);
  };
  for (int i = 0; i < 5; ++i) lose(0);
  for (int i = 0; i < 3; ++i) lose(1);
  EXPECT_EQ(bench.read(kReg_punt_asked_lost), 3u << 16 | 5u);
}

TEST_F(Punt, AssertsThatAFrameFitsItsSlot) {
  bench.drive = nullptr;
  bench.sample = nullptr;
  const auto send_oversize = [this] {
    bench.pins().punt_valid_i = 1;
    bench.pins().punt_beat_i[16] = 2045;
    bench.step(2);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(send_oversize(), "");  // Verilator reports on the standard output
}

TEST_F(Punt, ShowsNoPartOfAFrameAndIsNotIdleMeanwhile) {
  bench.drive = nullptr;
  bench.sample = nullptr;
  bench.pins().punt_valid_i = 1;
  bench.pins().punt_beat_i[16] = 128;  // first of two beats
  bench.step();
  bench.pins().punt_valid_i = 0;
  bench.step(10);
  EXPECT_EQ(bench.read(kReg_punt_status), 0u);
  EXPECT_EQ(bench.read(kWindow_punt), 0u);
  EXPECT_EQ(bench.read(kReg_status) & kStatusIdle, 0u);
  bench.pins().punt_valid_i = 1;
  bench.pins().punt_beat_i[16] = 1u << 23 | 128;
  bench.step();
  bench.pins().punt_valid_i = 0;
  EXPECT_EQ(bench.read(kReg_punt_status), 1u);
  EXPECT_NE(bench.read(kReg_status) & kStatusIdle, 0u);
}

class Inject : public testing::Test {
 protected:
  Inject() {
    bench.drive = [this] { sink.drive(); };
    bench.sample = [this] { sink.sample(); };
  }
  bool send(const Frame& frame) {
    bool good = true;
    for (std::uint32_t i = 0; i < frame.bytes.size(); i += 4) {
      std::uint32_t word = 0;
      for (std::uint32_t k = 0; k < 4 && i + k < frame.bytes.size(); ++k) {
        word |= std::uint32_t{frame.bytes[i + k]} << 8 * k;
      }
      good &= bench.write(kWindow_inject + 4 + i, word);
    }
    return good & bench.write(kReg_inject_send,
                              frame.port << 16 | static_cast<std::uint32_t>(frame.bytes.size()));
  }
  void expect_frame(Frame frame) {
    for (int i = 0; i < 5000 && sink.frames.empty(); ++i) bench.step();
    ASSERT_FALSE(sink.frames.empty());
    frame.bytes.resize(std::max<std::size_t>(frame.bytes.size(), kMinFrameBytes), 0);
    EXPECT_EQ(sink.frames.front().port, frame.port);
    ASSERT_EQ(sink.frames.front().bytes, frame.bytes);
    sink.frames.pop_front();
  }
  Bench bench;
  InjectSink sink{bench, 1.0};
};

TEST_F(Inject, SendsFramesInOrderByteForByte) {
  std::array<std::uint32_t, 2> counts = {};
  for (int i = 0; i < 60; ++i) {
    sink.set_ready(i % 3 == 0 ? 1.0 : 0.4);
    const Frame frame = random_frame(bench, random_bytes(bench));
    ++counts[frame.port];
    ASSERT_TRUE(send(frame));
    expect_frame(frame);
  }
  EXPECT_EQ(bench.read(kReg_inject_status), kInjectSlots);
  bench.snapshot();
  EXPECT_EQ(port_count(bench, 0, 5), counts[0]);
  EXPECT_EQ(port_count(bench, 1, 5), counts[1]);
  EXPECT_EQ(reason_count(bench, kReason_inject_bad), 0u);
}

TEST_F(Inject, HoldsSixteenFramesAndRefusesMore) {
  sink.set_ready(0.0);
  std::deque<Frame> frames;
  for (std::uint32_t i = 0; i < kInjectSlots; ++i) {
    EXPECT_EQ(bench.read(kReg_inject_status), kInjectSlots - i);
    EXPECT_EQ(bench.read(kReg_in_flight), i);
    frames.push_back(random_frame(bench, random_bytes(bench)));
    ASSERT_TRUE(send(frames.back()));
  }
  EXPECT_EQ(bench.read(kReg_inject_status), 0u);
  EXPECT_EQ(bench.read(kReg_status) & kStatusIdle, 0u);
  EXPECT_FALSE(bench.write(kWindow_inject + 4, 0xffffffff));
  EXPECT_FALSE(bench.write(kReg_inject_send, 60));
  EXPECT_FALSE(bench.write(kReg_inject_send, 3));
  sink.set_ready(0.7);
  for (const Frame& frame : frames) expect_frame(frame);
  bench.step(5);
  EXPECT_TRUE(sink.frames.empty());
  EXPECT_NE(bench.read(kReg_status) & kStatusIdle, 0u);
  bench.snapshot();
  EXPECT_EQ(port_count(bench, 0, 5) + port_count(bench, 1, 5), kInjectSlots);
}

TEST_F(Inject, CountsBadSendsAndSendsNothing) {
  const std::vector<std::uint32_t> bad = {
      0, 1, 13, 2045, 0xffff, 2u << 16 | 60, 3u << 16 | 60, 1u << 16 | 13, 0x1000};
  for (const std::uint32_t what : bad) EXPECT_TRUE(bench.write(kReg_inject_send, what)) << what;
  bench.step(200);
  EXPECT_TRUE(sink.frames.empty());
  EXPECT_EQ(bench.read(kReg_inject_status), kInjectSlots);
  bench.snapshot();
  EXPECT_EQ(reason_count(bench, kReason_inject_bad), bad.size());
  EXPECT_EQ(port_count(bench, 0, 5), bad.size() - 1) << "no such port counts at port 0";
  EXPECT_EQ(port_count(bench, 1, 5), 1u);
}

TEST_F(Inject, LetsNoOldBytesOut) {
  for (std::uint32_t i = 0; i < kInjectSlots; ++i) {
    const Frame frame = random_frame(bench, 2044);
    ASSERT_TRUE(send(frame));
    expect_frame(frame);
  }
  for (const std::uint32_t bytes : {14u, 17u, 59u, 60u, 61u, 65u, 66u, 127u, 130u}) {
    const Frame frame = random_frame(bench, bytes);
    ASSERT_TRUE(send(frame));
    expect_frame(frame);  // also that everything behind the end is zero
  }
}

TEST_F(Inject, IgnoresTheFirstWordOfTheWindowAndRefusesReads) {
  ASSERT_TRUE(bench.write(kWindow_inject, 0xffffffff));
  EXPECT_FALSE(bench.try_read(kWindow_inject).has_value());
  EXPECT_FALSE(bench.try_read(kWindow_inject + 4).has_value());
  EXPECT_FALSE(bench.write(kWindow_punt + 4, 0)) << "the punt window is read-only";
  const Frame frame = random_frame(bench, 64);
  ASSERT_TRUE(send(frame));
  expect_frame(frame);
}

TEST_F(Inject, ForgetsFramesAtReset) {
  sink.set_ready(0.0);
  ASSERT_TRUE(send(random_frame(bench, 500)));
  bench.step(20);
  bench.pins().rst_i = 1;
  bench.step(3);
  bench.pins().rst_i = 0;
  sink.set_ready(1.0);
  bench.step(100);
  EXPECT_TRUE(sink.frames.empty());
  EXPECT_EQ(bench.read(kReg_inject_status), kInjectSlots);
}

}  // namespace
}  // namespace sluice::test
