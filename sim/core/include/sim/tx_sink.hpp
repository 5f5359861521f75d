// The sending MAC of one port: says when it is ready, gathers beats into frames and judges the
// stream: `keep` dense, full beats before the last, no gap inside a frame (a MAC would underrun),
// nothing taken back while it was not ready.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <string>

#include "sim/stream.hpp"

namespace sluice::sim {

enum class TxReady {
  always,
  mac_100g,     // drains as fast as a 100GbE wire, behind a buffer of a few beats
  random_busy,  // each cycle is refused with a given chance
  never,
};

class TxSink {
 public:
  using ReceivedHook = std::function<void(Frame)>;

  // `busy_permille` and `seed` matter for random_busy only.
  void set_ready(TxReady ready, std::uint32_t busy_permille = 0, std::uint64_t seed = 1);
  // Called with each frame as its last beat moves, in place of keeping it for pop().
  void set_received_hook(ReceivedHook hook) { received_hook_ = std::move(hook); }

  // tready of this cycle.
  bool ready(std::uint64_t cycle);
  // What the pins showed in this cycle, together with the tready of the same cycle.
  void sample(std::uint64_t cycle, bool valid, bool ready, const Beat& beat);

  // The oldest whole frame; false if there is none.
  bool pop(Frame* frame);
  std::size_t frames() const { return frames_.size(); }
  std::uint64_t received_frames() const { return received_frames_; }
  bool inside_frame() const { return !partial_.bytes.empty(); }
  // The first breach of the stream's rules; empty if there was none.
  const std::string& error() const { return error_; }

 private:
  void fail(std::uint64_t cycle, const char* what);

  TxReady ready_ = TxReady::always;
  std::uint32_t busy_permille_ = 0;
  std::mt19937_64 random_{1};
  std::uint64_t wire_free_units_ = 0;  // when the wire has sent all that was taken
  ReceivedHook received_hook_;
  std::deque<Frame> frames_;
  Frame partial_;
  bool stalled_ = false;
  Beat stalled_beat_;
  std::uint64_t received_frames_ = 0;
  std::string error_;
};

}  // namespace sluice::sim
