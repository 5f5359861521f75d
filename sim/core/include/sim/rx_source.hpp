// The receiving MAC of one port: turns queued frames into beats, never waits for the card.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <random>

#include "sim/stream.hpp"

namespace sluice::sim {

enum class RxPace {
  back_to_back,  // a beat every cycle while frames wait
  mac_100g,      // beats appear when the last of their bytes has come off a full 100GbE wire
  random_idle,   // each cycle is idle with a given chance, also inside a frame
};

class RxSource {
 public:
  using SentHook = std::function<void(const Frame&)>;

  // `idle_permille` and `seed` matter for random_idle only.
  void set_pace(RxPace pace, std::uint32_t idle_permille = 0, std::uint64_t seed = 1);
  // Called with each frame as its last beat moves; first_cycle and last_cycle are set.
  void set_sent_hook(SentHook hook) { sent_hook_ = std::move(hook); }

  // A frame has at least one byte.
  void push(Frame frame);

  // The beat of this cycle, or false for an idle one.
  bool next(std::uint64_t cycle, Beat* beat);

  std::size_t queued_frames() const { return frames_.size(); }
  std::uint64_t sent_frames() const { return sent_frames_; }
  // No beat of a begun or waiting frame is left.
  bool empty() const { return frames_.empty(); }

 private:
  bool may_send(std::uint64_t cycle);
  void begin_slot(std::uint64_t earliest_units);
  bool wire_has_delivered(std::uint64_t cycle);

  RxPace pace_ = RxPace::back_to_back;
  std::uint32_t idle_permille_ = 0;
  std::mt19937_64 random_{1};
  SentHook sent_hook_;
  std::deque<Frame> frames_;
  std::size_t offset_ = 0;              // bytes of the first frame already on the pins
  std::uint64_t slot_begin_units_ = 0;  // when the wire began the first frame
  bool slot_begun_ = false;
  std::uint64_t slot_free_units_ = 0;  // when the wire can begin the next frame
  std::uint64_t sent_frames_ = 0;
};

}  // namespace sluice::sim
