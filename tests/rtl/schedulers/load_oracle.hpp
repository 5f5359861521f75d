// The loads of backends as they were in every cycle, as the hardware rounds them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <limits>

#include "layout/tables.hpp"

namespace sluice::sched {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// Exponent (of 16) and 32 bits of mantissa.
constexpr std::uint64_t rounded_load(std::uint64_t product) {
  std::uint64_t exponent = 0;
  while (product >> 32 != 0) {
    product >>= 4;
    ++exponent;
  }
  return exponent << 32 | product;
}

class LoadOracle {
 public:
  struct Range {
    std::uint64_t least = kNever;
    std::uint64_t most = 0;
  };

  void set(std::uint32_t backend, const layout::Share& share, std::uint32_t mean) {
    shares_[backend] = share;
    means_[backend] = mean;
  }

  const layout::Share& share(std::uint32_t backend) const { return shares_[backend]; }

  std::uint64_t load(std::uint32_t backend, std::uint64_t active) const {
    const layout::Share& share = shares_[backend];
    if (share.cost == 0) return kNever;
    const std::uint64_t times = share.timed != 0 ? std::max(means_[backend], 1U) : 1;
    return rounded_load((active + 1) * share.cost * times);
  }

  // From this cycle on.
  void note(std::uint64_t cycle, std::uint32_t backend, std::uint64_t active) {
    auto& past = past_[backend];
    past.push_back({cycle, load(backend, active)});
    while (past.size() > 2 && past[1].cycle + kMemory < cycle) past.pop_front();
  }

  // What it was in these cycles.
  Range range(std::uint32_t backend, std::uint64_t first, std::uint64_t last) const {
    Range range;
    const auto& past = past_[backend];
    for (std::size_t i = 0; i < past.size() && past[i].cycle <= last; ++i) {
      if (i + 1 < past.size() && past[i + 1].cycle <= first) continue;
      range.least = std::min(range.least, past[i].load);
      range.most = std::max(range.most, past[i].load);
    }
    return range;
  }

 private:
  static constexpr std::uint64_t kMemory = 400;  // cycles
  struct Point {
    std::uint64_t cycle;
    std::uint64_t load;
  };
  std::array<layout::Share, layout::kBackends> shares_{};
  std::array<std::uint32_t, layout::kBackends> means_{};
  std::array<std::deque<Point>, layout::kBackends> past_;
};

}  // namespace sluice::sched
