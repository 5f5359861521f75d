// How much of what nobody asked for reaches the host's stack. Pure but for what it remembers.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "net/punt_filter.hpp"

namespace sluice::net {

// One each `interval` on average, `burst` at once.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  constexpr TokenBucket(TimePoint::duration interval, unsigned burst)
      : interval_(interval), burst_(burst) {}

  bool take(TimePoint now) {
    const TimePoint full = std::max(full_at_, now) + interval_;
    if (full > now + burst_ * interval_) return false;
    full_at_ = full;
    return true;
  }

 private:
  TimePoint::duration interval_;
  unsigned burst_;
  TimePoint full_at_{};  // when it will hold `burst_` again
};

// A second; echo a port.
inline constexpr unsigned kEchoRate = 200;
inline constexpr unsigned kEchoBurst = 100;
inline constexpr unsigned kOtherRate = 1000;
inline constexpr unsigned kOtherBurst = 200;
inline constexpr unsigned kRefuseRate = 200;
inline constexpr unsigned kRefuseBurst = 50;

class PuntLimits {
 public:
  // The ruling, or `limited` if there were too many of its kind.
  PuntRuling apply(PuntRuling ruling, unsigned port, TokenBucket::TimePoint now) {
    switch (ruling) {
      case PuntRuling::echo:
        return echo_[port % echo_.size()].take(now) ? ruling : PuntRuling::limited;
      case PuntRuling::other:
        return other_.take(now) ? ruling : PuntRuling::limited;
      case PuntRuling::refuse:
        return refuse_.take(now) ? ruling : PuntRuling::limited;
      default:
        return ruling;
    }
  }

 private:
  static constexpr TokenBucket bucket(unsigned rate, unsigned burst) {
    return {std::chrono::nanoseconds(std::chrono::seconds(1)) / rate, burst};
  }
  std::array<TokenBucket, 2> echo_{bucket(kEchoRate, kEchoBurst), bucket(kEchoRate, kEchoBurst)};
  TokenBucket other_ = bucket(kOtherRate, kOtherBurst);
  TokenBucket refuse_ = bucket(kRefuseRate, kRefuseBurst);
};

}  // namespace sluice::net
