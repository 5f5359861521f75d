#include "health/rise_fall.hpp"

namespace sluice::health {

bool RiseFall::record(bool good) {
  const bool first = !verified_;
  verified_ = true;
  if (good == up_) {
    streak_ = 0;
    return false;
  }
  ++streak_;
  const std::uint32_t needed = good ? rise_ : fall_;
  if (streak_ < needed && !(first && !good)) return false;
  up_ = good;
  streak_ = 0;
  return true;
}

void RiseFall::set_thresholds(std::uint32_t rise, std::uint32_t fall) {
  rise_ = rise;
  fall_ = fall;
}

}  // namespace sluice::health
