// When a run of good or bad checks changes what we believe of a backend. Pure: no time, no sockets.
#pragma once

#include <cstdint>

namespace sluice::health {

// Counts consecutive results against the belief. A backend that was never checked is believed up
// (HAProxy's `init-state up`, keepalived without alpha mode), but its very first check, if it
// fails, takes it down at once: nothing ever spoke for it.
class RiseFall {
 public:
  RiseFall(std::uint32_t rise, std::uint32_t fall, bool up, bool verified)
      : rise_(rise), fall_(fall), up_(up), verified_(verified) {}

  // Takes one result; true if the belief changed.
  bool record(bool good);

  // New thresholds for the same backend; the belief stays.
  void set_thresholds(std::uint32_t rise, std::uint32_t fall);

  bool up() const { return up_; }
  bool verified() const { return verified_; }       // at least one check has finished
  std::uint32_t streak() const { return streak_; }  // consecutive results against the belief

 private:
  std::uint32_t rise_;
  std::uint32_t fall_;
  std::uint32_t streak_ = 0;
  bool up_;
  bool verified_;
};

}  // namespace sluice::health
