// When a run of good or bad checks changes what we believe of a backend. Pure: no time, no sockets.
#pragma once

#include <cstdint>

namespace sluice::health {

// Counts consecutive results against the belief. A backend that was never checked is believed up
// until its first `fall` checks have failed.
class RiseFall {
 public:
  RiseFall(std::uint32_t rise, std::uint32_t fall, bool up) : rise_(rise), fall_(fall), up_(up) {}

  // Takes one result; true if the belief changed.
  bool record(bool good);

  // New thresholds for the same backend; the belief stays.
  void set_thresholds(std::uint32_t rise, std::uint32_t fall);

  bool up() const { return up_; }
  std::uint32_t streak() const { return streak_; }  // consecutive results against the belief

 private:
  std::uint32_t rise_;
  std::uint32_t fall_;
  std::uint32_t streak_ = 0;
  bool up_;
};

}  // namespace sluice::health
