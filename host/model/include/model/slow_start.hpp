// How much of its part a backend gets that has just come into service.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace sluice::model {

// Parts are counted in sixteenths of a weight.
inline constexpr unsigned kSlowStartSteps = 16;

// Sixteenths after `since` in service: from 1 at once to all at the end of `slow_start`, in equal
// steps. A `since` below zero (a clock was set back) counts as zero.
constexpr unsigned slow_start_step(std::chrono::milliseconds since,
                                   std::chrono::milliseconds slow_start) {
  if (since >= slow_start) return kSlowStartSteps;
  const auto elapsed = std::max(since, std::chrono::milliseconds(0)).count();
  return 1 + static_cast<unsigned>(elapsed * (kSlowStartSteps - 1) / slow_start.count());
}

// How long until the step after that one; nothing once it has all.
constexpr std::optional<std::chrono::milliseconds> until_next_step(
    std::chrono::milliseconds since, std::chrono::milliseconds slow_start) {
  const unsigned step = slow_start_step(since, slow_start);
  if (step == kSlowStartSteps) return std::nullopt;
  const auto last = kSlowStartSteps - 1;
  const auto begins = (slow_start.count() * step + last - 1) / last;  // rounded up
  return std::chrono::milliseconds(begins) - std::max(since, std::chrono::milliseconds(0));
}

}  // namespace sluice::model
