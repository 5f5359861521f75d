#include "sim/rx_source.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sluice::sim {

void RxSource::set_pace(RxPace pace, std::uint32_t idle_permille, std::uint64_t seed) {
  pace_ = pace;
  idle_permille_ = idle_permille;
  random_.seed(seed);
}

void RxSource::push(Frame frame) {
  if (frame.bytes.empty()) std::abort();
  frames_.push_back(std::move(frame));
}

void RxSource::begin_slot(std::uint64_t earliest_units) {
  const Frame& frame = frames_.front();
  slot_begun_ = true;
  slot_begin_units_ = std::max(earliest_units, slot_free_units_);
  const std::uint64_t slot_bytes =
      std::max<std::uint64_t>(frame.slot_bytes, frame.bytes.size()) + kWireOverheadBytes;
  slot_free_units_ = slot_begin_units_ + slot_bytes * kWireUnitsPerByte;
}

bool RxSource::wire_has_delivered(std::uint64_t cycle) {
  const std::uint64_t now_units = cycle * kWireUnitsPerCycle;
  if (!slot_begun_) begin_slot(now_units);
  const std::uint64_t end_of_beat =
      std::min<std::uint64_t>(frames_.front().bytes.size(), offset_ + layout::kBeatBytes);
  return now_units >= slot_begin_units_ + (kWirePreambleBytes + end_of_beat) * kWireUnitsPerByte;
}

bool RxSource::may_send(std::uint64_t cycle) {
  switch (pace_) {
    case RxPace::back_to_back:
      return true;
    case RxPace::mac_100g:
      return wire_has_delivered(cycle);
    case RxPace::random_idle:
      return random_() % 1000 >= idle_permille_;
  }
  std::abort();
}

bool RxSource::next(std::uint64_t cycle, Beat* beat) {
  if (frames_.empty() || !may_send(cycle)) return false;
  Frame& frame = frames_.front();
  if (offset_ == 0) frame.first_cycle = cycle;
  const std::size_t bytes = std::min<std::size_t>(layout::kBeatBytes, frame.bytes.size() - offset_);
  std::memcpy(beat->data.data(), frame.bytes.data() + offset_, bytes);
  offset_ += bytes;
  beat->keep = bytes == 64 ? ~0ull : (1ull << bytes) - 1;
  beat->last = offset_ == frame.bytes.size();
  beat->error = beat->last && frame.error;
  if (beat->last) {
    frame.last_cycle = cycle;
    if (sent_hook_) sent_hook_(frame);
    frames_.pop_front();
    offset_ = 0;
    ++sent_frames_;
    // A frame that already waits follows at once on the wire, whenever its beats are asked for.
    slot_begun_ = false;
    if (!frames_.empty()) begin_slot(0);
  }
  return true;
}

}  // namespace sluice::sim
