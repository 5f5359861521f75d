// Frames into and out of Verilated AXI-Streams, and clocks that have nothing to do with each other.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sluice::shells_test {

inline std::uint64_t seed() {
  static const std::uint64_t kSeed = [] {
    const char* text = std::getenv("SLUICE_SEED");
    const std::uint64_t value =
        text != nullptr ? std::strtoull(text, nullptr, 0) : std::uint64_t{std::random_device{}()};
    std::printf("SLUICE_SEED=%llu\n", static_cast<unsigned long long>(value));
    return value;
  }();
  return kSeed;
}

struct Frame {
  std::vector<std::uint8_t> bytes;
  bool user = false;  // tuser at tlast
  bool operator==(const Frame&) const = default;
};

struct Beat {
  std::array<std::uint32_t, 16> data{};
  std::uint64_t keep = 0;
  bool last = false;
  bool user = false;
};

inline Frame random_frame(std::mt19937_64& random, std::size_t bytes) {
  Frame frame;
  frame.bytes.resize(bytes);
  for (std::uint8_t& byte : frame.bytes) byte = static_cast<std::uint8_t>(random());
  return frame;
}

// Offers the beats of frames. `gap` of 100 cycles have none, at random.
class Source {
 public:
  Source(std::uint64_t seed, unsigned gap) : random_(seed), gap_(gap) {}

  void push(Frame frame) { frames_.push_back(std::move(frame)); }
  std::size_t waiting() const { return frames_.size(); }
  bool idle() const { return frames_.empty(); }
  // Begins anew: the frame under way is not finished.
  void forget_frame() {
    if (at_ > 0) frames_.pop_front();
    at_ = 0;
    offered_ = false;
  }

  // What stands on the wires in the next cycle; call once a cycle.
  std::optional<Beat> next() {
    if (frames_.empty()) return std::nullopt;
    if (!offered_ && random_() % 100 < gap_) return std::nullopt;
    offered_ = true;
    const Frame& frame = frames_.front();
    Beat beat;
    const std::size_t left = std::min<std::size_t>(64, frame.bytes.size() - at_);
    for (std::size_t i = 0; i < left; ++i) {
      beat.data[i / 4] |= std::uint32_t{frame.bytes[at_ + i]} << (8 * (i % 4));
    }
    beat.keep = left == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    beat.last = at_ + left == frame.bytes.size();
    beat.user = beat.last && frame.user;
    return beat;
  }

  // The beat that next() gave was accepted.
  void taken() {
    offered_ = false;
    at_ += 64;
    if (at_ < frames_.front().bytes.size()) return;
    frames_.pop_front();
    at_ = 0;
    ++sent_;
  }
  std::uint64_t sent() const { return sent_; }

 private:
  std::mt19937_64 random_;
  unsigned gap_;
  std::deque<Frame> frames_;
  std::size_t at_ = 0;
  bool offered_ = false;
  std::uint64_t sent_ = 0;
};

// Collects frames. Not ready in `busy` of 100 cycles; stopped: never.
class Sink {
 public:
  Sink(std::uint64_t seed, unsigned busy) : random_(seed), busy_(busy) {}

  void stop(bool stopped) { stopped_ = stopped; }
  bool ready() { return !stopped_ && random_() % 100 >= busy_; }

  // One cycle of the stream; `beat` is empty when tvalid is low.
  void cycle(const std::optional<Beat>& beat, bool ready) {
    if (!beat) {
      if (!frame_.bytes.empty() && always_ready_) fail("a gap inside a frame");
      return;
    }
    if (!ready) always_ready_ = false;
    if (!ready) return;
    if (frame_.bytes.empty()) always_ready_ = true;
    unsigned bytes = 0;
    while (bytes < 64 && (beat->keep >> bytes & 1) != 0) ++bytes;
    if (bytes == 0 || (bytes < 64 && beat->keep >> bytes != 0)) fail("tkeep has a hole");
    if (!beat->last && bytes != 64) fail("a beat before the last is not full");
    for (unsigned i = 0; i < bytes; ++i) {
      frame_.bytes.push_back(static_cast<std::uint8_t>(beat->data[i / 4] >> (8 * (i % 4))));
    }
    if (!beat->last) return;
    frame_.user = beat->user;
    frames.push_back(std::move(frame_));
    frame_ = {};
  }

  void forget_frame() { frame_ = {}; }

  std::vector<Frame> frames;
  std::string error;

 private:
  void fail(const char* what) {
    if (error.empty()) error = what;
  }

  std::mt19937_64 random_;
  unsigned busy_;
  bool stopped_ = false;
  bool always_ready_ = true;  // since the frame's first beat was taken
  Frame frame_;
};

// Calls rising edges of several clocks in the order of time.
class Clocks {
 public:
  // `edge` raises and lowers the clock and does what its domain does in a cycle.
  void add(std::uint64_t period_ps, std::uint64_t first_ps, std::function<void()> edge) {
    clocks_.push_back({period_ps, first_ps, std::move(edge)});
  }
  void set_period(std::size_t index, std::uint64_t period_ps) {
    clocks_[index].period_ps = period_ps;
  }

  void run(std::uint64_t duration_ps) {
    const std::uint64_t end_ps = now_ps_ + duration_ps;
    run_until(end_ps, [] { return false; });
    now_ps_ = end_ps;
  }

  // True when `done` came true before `bound_ps` more had passed.
  bool run_to(std::uint64_t bound_ps, const std::function<bool()>& done) {
    return run_until(now_ps_ + bound_ps, done);
  }

 private:
  struct Clock {
    std::uint64_t period_ps;
    std::uint64_t next_ps;
    std::function<void()> edge;
  };

  bool run_until(std::uint64_t end_ps, const std::function<bool()>& done) {
    while (true) {
      if (done()) return true;
      auto first =
          std::min_element(clocks_.begin(), clocks_.end(),
                           [](const Clock& a, const Clock& b) { return a.next_ps < b.next_ps; });
      if (first->next_ps > end_ps) return false;
      now_ps_ = first->next_ps;
      first->next_ps += first->period_ps;
      first->edge();
    }
  }

  std::vector<Clock> clocks_;
  std::uint64_t now_ps_ = 0;
};

}  // namespace sluice::shells_test
