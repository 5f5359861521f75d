#include "slot_memory.hpp"

#include <algorithm>

namespace sluice::model {

bool has_ring(const layout::Service& service) {
  return service.valid != 0 && service.ring_slots != 0;
}

bool has_turns(const layout::Service& service) {
  return has_ring(service) && service.scheduler == layout::kScheduler_turns;
}

SlotMemory SlotMemory::of_rings(std::span<const layout::Service> live) {
  SlotMemory memory(layout::kRingSlots);
  for (const layout::Service& service : live) {
    if (has_ring(service)) memory.occupy_words(service.ring_base, service.ring_slots);
  }
  return memory;
}

SlotMemory SlotMemory::of_turns(std::span<const layout::Service> live) {
  SlotMemory memory(layout::kTurns);
  for (const layout::Service& service : live) {
    if (has_turns(service)) memory.occupy_words(service.turns_base, service.turns_last + 1u);
  }
  return memory;
}

void SlotMemory::occupy_words(std::uint32_t first, std::uint32_t count) {
  const std::uint32_t end = std::min(first + count, slots_);
  occupy(first & ~1u, (end + 1) & ~1u);
}

void SlotMemory::occupy(std::uint32_t first, std::uint32_t end) {
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

std::optional<std::uint32_t> SlotMemory::take(std::uint32_t slots) {
  const std::uint32_t room = (slots + 1) & ~1u;
  for (const auto& [from, to] : free_) {
    if (to - from < room) continue;
    const std::uint32_t first = from;
    occupy(first, first + room);
    return first;
  }
  return std::nullopt;
}

std::uint32_t SlotMemory::free_slots() const {
  std::uint32_t sum = 0;
  for (const auto& [from, to] : free_) sum += to - from;
  return sum;
}

std::uint32_t SlotMemory::largest_free() const {
  std::uint32_t largest = 0;
  for (const auto& [from, to] : free_) largest = std::max(largest, to - from);
  return largest;
}

}  // namespace sluice::model
