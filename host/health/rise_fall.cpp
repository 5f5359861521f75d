#include "health/rise_fall.hpp"

namespace sluice::health {

bool RiseFall::record(bool good) {
  if (good == up_) {
    streak_ = 0;
    return false;
  }
  ++streak_;
  const std::uint32_t needed = good ? rise_ : fall_;
  if (streak_ < needed) return false;
  up_ = good;
  streak_ = 0;
  return true;
}

void RiseFall::set_thresholds(std::uint32_t rise, std::uint32_t fall) {
  rise_ = rise;
  fall_ = fall;
}

}  // namespace sluice::health
