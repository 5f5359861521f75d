// Egress and splicer alone: every header length with payload, against bytes joined in C++.
#include <Vegress.h>
#include <gtest/gtest.h>

#include <bit>
#include <deque>
#include <memory>

#include "beat.hpp"
#include "packet_gen/random.hpp"
#include "random_start.hpp"

namespace sluice::rtl_test {
namespace {

constexpr std::uint32_t kHeaderBits = 1216;
constexpr std::uint32_t kRecordBits = kHeaderBits + 8 + 14 + 8 + 8;
constexpr std::uint32_t kQueueItems = 512;

void put_bits(std::uint32_t* words, std::uint32_t low, std::uint32_t width, std::uint32_t value) {
  for (std::uint32_t i = 0; i < width; ++i) {
    const std::uint32_t bit = low + i;
    words[bit / 32] &= ~(1u << (bit % 32));
    words[bit / 32] |= ((value >> i) & 1u) << (bit % 32);
  }
}

struct Frame {
  Bytes header;
  Bytes payload;
};

enum class Ready { always, half, bursts };

class Egress : public testing::Test {
 protected:
  Egress() {
    top_.rst_i = 1;
    for (int i = 0; i < 3; ++i) step();
    top_.rst_i = 0;
  }
  ~Egress() override { top_.final(); }

  // One cycle of a dispatch: a header record with its first payload beat, then beat by beat.
  void drive_queue(std::uint32_t queue) {
    const auto bit = static_cast<std::uint8_t>(1u << queue);
    auto& frames = queues_[queue];
    if (frames.empty()) return;
    const Frame& frame = frames.front();
    const std::size_t beats = beats_of(frame.payload.size());
    const std::size_t beat = next_beat_[queue];
    if (beat == 0) {
      if (headers_free_[queue] == 0 || payload_free_[queue] < beats) return;
      --headers_free_[queue];
      payload_free_[queue] -= static_cast<std::uint32_t>(beats);
      put_record(queue, frame);
      top_.header_push_i = static_cast<std::uint8_t>(top_.header_push_i | bit);
    }
    if (beats != 0) {
      std::uint32_t unused_keep[2];
      put_beat(top_.payload_i.data() + queue * kBeatWords, unused_keep, frame.payload, beat);
      top_.payload_push_i = static_cast<std::uint8_t>(top_.payload_push_i | bit);
    }
    if (beat + 1 < beats) {
      ++next_beat_[queue];
    } else {
      next_beat_[queue] = 0;
      frames.pop_front();
    }
  }

  void put_record(std::uint32_t queue, const Frame& frame) {
    const auto total = static_cast<std::uint32_t>(frame.header.size() + frame.payload.size());
    const std::uint32_t base = queue * kRecordBits;
    std::uint32_t* words = top_.header_i.data();
    for (std::uint32_t i = 0; i < kHeaderBits / 8; ++i) {  // beyond the header: anything
      put_bits(words, base + 8 * i, 8, i < frame.header.size() ? frame.header[i] : 0xcc);
    }
    put_bits(words, base + 1216, 8, static_cast<std::uint32_t>(frame.header.size()));
    put_bits(words, base + 1224, 14, total);
    put_bits(words, base + 1238, 8, static_cast<std::uint32_t>(beats_of(total)));
    put_bits(words, base + 1246, 8, static_cast<std::uint32_t>(beats_of(frame.payload.size())));
  }

  bool ready() {
    switch (ready_) {
      case Ready::always:
        return true;
      case Ready::half:
        return random_.one_in(2);
      default:
        return cycle_ / 7 % 3 != 0;
    }
  }

  void step() {
    top_.header_push_i = 0;
    top_.payload_push_i = 0;
    if (!top_.rst_i && fill_) {
      drive_queue(0);
      drive_queue(1);
    }
    top_.inject_valid_i = !inject_.empty();
    if (!inject_.empty()) {
      std::uint32_t unused_keep[2];
      const Bytes& frame = inject_.front();
      put_beat(top_.inject_data_i.data(), unused_keep, frame, inject_beat_);
      top_.inject_frame_bytes_i = static_cast<std::uint16_t>(frame.size());
      top_.inject_last_i = inject_beat_ + 1 == beats_of(frame.size());
    }
    top_.tx_tready_i = drain_ && ready();
    top_.clk_i = 0;
    top_.eval();
    if (!top_.rst_i) sample();
    top_.clk_i = 1;
    top_.eval();
    ++cycle_;
  }

  void sample() {
    for (std::uint32_t queue = 0; queue < 2; ++queue) {
      headers_free_[queue] += (top_.header_freed_o >> queue) & 1u;
      payload_free_[queue] += (top_.payload_freed_o >> queue) & 1u;
    }
    if (top_.inject_valid_i && top_.inject_ready_o) {
      ++inject_beat_;
      if (top_.inject_last_i) {
        inject_.pop_front();
        inject_beat_ = 0;
      }
    }
    if (top_.tx_valid_o) event_bytes_ += top_.tx_bytes_o;
    if (!top_.tx_tvalid_o || !top_.tx_tready_i) return;
    if (beats_out_++ == 0) first_cycle_ = cycle_;
    last_cycle_ = cycle_;
    check_zeros_beyond_end();
    append_beat(&frame_, top_.tx_tdata_o.data(),
                static_cast<std::size_t>(std::popcount(top_.tx_tkeep_o)));
    if (!top_.tx_tlast_o) return;
    sent_.push_back(std::move(frame_));
    frame_.clear();
  }

  void check_zeros_beyond_end() {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(top_.tx_tdata_o.data());
    for (std::uint32_t i = 0; i < 64; ++i) {
      if ((top_.tx_tkeep_o >> i & 1u) == 0) {
        ASSERT_EQ(bytes[i], 0) << "beyond the frame's end";
      }
    }
  }

  void run_until_sent(std::size_t frames) {
    for (int i = 0; i < 400'000 && sent_.size() < frames; ++i) step();
    for (int i = 0; i < 20; ++i) step();
    ASSERT_EQ(sent_.size(), frames);
  }

  Bytes random_bytes(std::size_t count) {
    Bytes bytes(count);
    for (std::uint8_t& byte : bytes) byte = random_.byte();
    return bytes;
  }

  VerilatedContext context_;
  Vegress top_{random_start(&context_, packet_gen::test_seed(21))};
  packet_gen::Random random_{packet_gen::test_seed(21)};
  std::array<std::deque<Frame>, 2> queues_;
  std::array<std::size_t, 2> next_beat_{};
  std::array<std::uint32_t, 2> headers_free_{kQueueItems, kQueueItems};
  std::array<std::uint32_t, 2> payload_free_{kQueueItems, kQueueItems};
  std::deque<Bytes> inject_;
  std::size_t inject_beat_ = 0;
  Ready ready_ = Ready::always;
  bool fill_ = true;
  bool drain_ = true;
  Bytes frame_;
  std::vector<Bytes> sent_;
  std::uint64_t cycle_ = 0, first_cycle_ = 0, last_cycle_ = 0, beats_out_ = 0, event_bytes_ = 0;
};

Bytes joined(const Frame& frame) {
  Bytes bytes = frame.header;
  bytes.insert(bytes.end(), frame.payload.begin(), frame.payload.end());
  return bytes;
}

class EgressReady : public Egress, public testing::WithParamInterface<Ready> {};

TEST_P(EgressReady, JoinsEveryHeaderLengthWithPayloadOfAnyLength) {
  ready_ = GetParam();
  std::vector<Bytes> expected;
  std::uint64_t bytes = 0;
  for (std::size_t header = 14; header <= 152; ++header) {
    for (std::size_t payload : {0u, 1u, 2u, 40u, 63u, 64u, 65u, 127u, 128u, 129u, 300u}) {
      const Frame frame{random_bytes(header), random_bytes(payload)};
      expected.push_back(joined(frame));
      bytes += header + payload;
      queues_[0].push_back(frame);
    }
  }
  run_until_sent(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(sent_[i], expected[i]) << "frame " << i;
  }
  EXPECT_EQ(event_bytes_, bytes);
}

std::string ready_name(const testing::TestParamInfo<Ready>& test) {
  return test.param == Ready::always ? "Always" : test.param == Ready::half ? "Half" : "Bursts";
}

INSTANTIATE_TEST_SUITE_P(Tready, EgressReady,
                         testing::Values(Ready::always, Ready::half, Ready::bursts), ready_name);

TEST_F(Egress, SendsQueuedFramesOfBothSourcesWithoutABubble) {
  drain_ = false;
  std::uint64_t beats = 0;
  constexpr std::size_t kFrames = 60;
  for (std::size_t i = 0; i < kFrames; ++i) {
    const Frame frame{random_bytes(60 + i), random_bytes(i % 4 * 70)};
    beats += beats_of(frame.header.size() + frame.payload.size());
    queues_[i % 2].push_back(frame);
  }
  for (int i = 0; i < 400; ++i) step();
  drain_ = true;
  run_until_sent(kFrames);
  EXPECT_EQ(beats_out_, beats);
  EXPECT_EQ(last_cycle_ - first_cycle_ + 1, beats);
}

TEST_F(Egress, TakesFramesInTurnsFromAllSources) {
  drain_ = false;
  for (int i = 0; i < 20; ++i) {
    for (std::uint8_t queue = 0; queue < 2; ++queue) {
      Frame frame{random_bytes(100), random_bytes(200)};
      frame.header[0] = queue;
      queues_[queue].push_back(frame);
    }
    Bytes inject = random_bytes(300);
    inject[0] = 2;
    inject_.push_back(inject);
  }
  for (int i = 0; i < 200; ++i) step();
  drain_ = true;
  run_until_sent(60);
  for (std::size_t i = 0; i + 2 < 54; ++i) {  // of three in a row each source has its turn
    const int sources = (1 << sent_[i][0]) | (1 << sent_[i + 1][0]) | (1 << sent_[i + 2][0]);
    EXPECT_EQ(sources, 7) << "frame " << i;
  }
}

TEST_F(Egress, SendsFramesFromTheHostUnchanged) {
  ready_ = Ready::half;
  std::vector<Bytes> expected;
  for (std::size_t bytes = 60; bytes <= 2044; bytes += 31) {
    expected.push_back(random_bytes(bytes));
    inject_.push_back(expected.back());
  }
  run_until_sent(expected.size());
  EXPECT_EQ(sent_, expected);
}

}  // namespace
}  // namespace sluice::rtl_test
