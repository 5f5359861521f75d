#include "ring_memory.hpp"

#include <algorithm>

namespace sluice::model {

RingMemory::RingMemory(std::span<const layout::Service> live) : free_{{0, layout::kRingSlots}} {
  for (const layout::Service& service : live) {
    if (service.valid == 0 || service.ring_slots == 0) continue;
    const std::uint32_t end =
        std::min(service.ring_base + service.ring_slots, 1u * layout::kRingSlots);
    occupy(service.ring_base & ~1u, (end + 1) & ~1u);
  }
}

void RingMemory::occupy(std::uint32_t first, std::uint32_t end) {
  auto hole = free_.upper_bound(first);
  if (hole != free_.begin()) --hole;
  while (hole != free_.end() && hole->first < end) {
    const auto [from, to] = *hole;
    if (to <= first) {
      ++hole;
      continue;
    }
    hole = free_.erase(hole);
    if (from < first) free_.emplace(from, first);
    if (to > end) hole = free_.emplace(end, to).first;
  }
}

std::optional<std::uint32_t> RingMemory::take(std::uint32_t slots) {
  const std::uint32_t room = (slots + 1) & ~1u;
  for (const auto& [from, to] : free_) {
    if (to - from < room) continue;
    const std::uint32_t first = from;
    occupy(first, first + room);
    return first;
  }
  return std::nullopt;
}

std::uint32_t RingMemory::free_slots() const {
  std::uint32_t sum = 0;
  for (const auto& [from, to] : free_) sum += to - from;
  return sum;
}

std::uint32_t RingMemory::largest_free() const {
  std::uint32_t largest = 0;
  for (const auto& [from, to] : free_) largest = std::max(largest, to - from);
  return largest;
}

}  // namespace sluice::model
