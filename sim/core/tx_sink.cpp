#include "sim/tx_sink.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

namespace sluice::sim {

namespace {

constexpr std::uint64_t kMacBufferUnits = 8 * layout::kBeatBytes * kWireUnitsPerByte;

}  // namespace

void TxSink::set_ready(TxReady ready, std::uint32_t busy_permille, std::uint64_t seed) {
  ready_ = ready;
  busy_permille_ = busy_permille;
  random_.seed(seed);
}

bool TxSink::ready(std::uint64_t cycle) {
  switch (ready_) {
    case TxReady::always:
      return true;
    case TxReady::mac_100g:
      return wire_free_units_ <= cycle * kWireUnitsPerCycle + kMacBufferUnits;
    case TxReady::random_busy:
      return random_() % 1000 >= busy_permille_;
    case TxReady::never:
      return false;
  }
  std::abort();
}

void TxSink::fail(std::uint64_t cycle, const char* what) {
  if (error_.empty()) error_ = "cycle " + std::to_string(cycle) + ": TX stream: " + what;
}

void TxSink::sample(std::uint64_t cycle, bool valid, bool ready, const Beat& beat) {
  if (stalled_ && (!valid || !(beat == stalled_beat_))) {
    fail(cycle, "a beat changed or vanished while tready was low");
  }
  stalled_ = valid && !ready;
  if (stalled_) stalled_beat_ = beat;
  // A MAC that has begun a frame cannot wait for its next beat.
  if (!valid && ready && inside_frame()) fail(cycle, "a gap inside a frame");
  if (!valid || !ready) return;

  const int bytes = std::popcount(beat.keep);
  if (bytes == 0 || (bytes < 64 && beat.keep != (1ull << bytes) - 1)) {
    fail(cycle, "tkeep is empty or has holes");
  }
  if (!beat.last && bytes != 64) fail(cycle, "a beat before the last is not full");
  if (partial_.bytes.empty()) partial_.first_cycle = cycle;
  partial_.bytes.insert(partial_.bytes.end(), beat.data.begin(), beat.data.begin() + bytes);
  const std::uint64_t wire_bytes =
      static_cast<std::uint64_t>(bytes) + (beat.last ? kWireOverheadBytes : 0);
  wire_free_units_ =
      std::max(wire_free_units_, cycle * kWireUnitsPerCycle) + wire_bytes * kWireUnitsPerByte;
  if (!beat.last) return;

  partial_.last_cycle = cycle;
  ++received_frames_;
  Frame whole = std::exchange(partial_, Frame{});
  if (received_hook_) {
    received_hook_(std::move(whole));
  } else {
    frames_.push_back(std::move(whole));
  }
}

bool TxSink::pop(Frame* frame) {
  if (frames_.empty()) return false;
  *frame = std::move(frames_.front());
  frames_.pop_front();
  return true;
}

}  // namespace sluice::sim
