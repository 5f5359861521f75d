// Makes one commit of the changes that come close together. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace sluice::daemon {

// The window opens with the first change and does not move with later ones, so that a steady
// stream of changes is still committed.
class Coalescer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Coalescer(std::chrono::milliseconds window) : window_(window) {}

  void note_change(TimePoint now) {
    if (!deadline_) deadline_ = now + window_;
  }
  // Not before `at`: after a failed commit.
  void retry_at(TimePoint at) { deadline_ = at; }
  void done() { deadline_.reset(); }

  bool due(TimePoint now) const { return deadline_ && *deadline_ <= now; }
  std::optional<TimePoint> deadline() const { return deadline_; }

 private:
  std::chrono::milliseconds window_;
  std::optional<TimePoint> deadline_;
};

}  // namespace sluice::daemon
