#include <algorithm>
#include <numeric>

#include "model/plan.hpp"
#include "slot_memory.hpp"

namespace sluice::model {
namespace {

// A live ring with the room it takes: whole words of two slots.
struct Ring {
  std::uint16_t service;
  std::uint32_t first;
  std::uint32_t end;

  std::uint32_t overlap(std::uint32_t from, std::uint32_t to) const {
    return first < to && end > from ? end - first : 0;
  }
};

std::vector<Ring> live_rings(const layout::TableImages& live) {
  std::vector<Ring> rings;
  for (std::uint16_t i = 0; i < layout::kServices; ++i) {
    const layout::Service& service = live.services[i];
    if (!has_ring(service)) continue;
    const std::uint32_t end = service.ring_base + service.ring_slots;
    if (end > layout::kRingSlots) continue;
    rings.push_back({i, service.ring_base & ~1u, (end + 1) & ~1u});
  }
  return rings;
}

// Moves the rings in [from, from + room) to other free places.
std::optional<layout::TableImages> clear_window(const layout::TableImages& live,
                                                const std::vector<Ring>& rings, std::uint32_t from,
                                                std::uint32_t room) {
  SlotMemory memory = SlotMemory::of_rings(live.services);
  memory.occupy(from, from + room);
  layout::TableImages images = live;
  for (const Ring& ring : rings) {
    if (ring.overlap(from, from + room) == 0) continue;
    layout::Service& service = images.services[ring.service];
    const auto base = memory.take(service.ring_slots);
    if (!base) return std::nullopt;
    std::copy_n(live.ring.begin() + service.ring_base, service.ring_slots,
                images.ring.begin() + *base);
    service.ring_base = *base;
  }
  return images;
}

}  // namespace

std::optional<layout::TableImages> make_room(const layout::TableImages& live, std::uint32_t slots) {
  const std::uint32_t room = (slots + 1) & ~1u;
  if (room > layout::kRingSlots || SlotMemory::of_rings(live.services).largest_free() >= room) {
    return std::nullopt;
  }
  const std::vector<Ring> rings = live_rings(live);
  // Windows that begin where a ring ends (or the memory begins), those with least to move first.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> windows;  // slots to move, first slot
  const auto add_window = [&](std::uint32_t from) {
    if (from + room > layout::kRingSlots) return;
    const std::uint32_t to_move = std::accumulate(
        rings.begin(), rings.end(), 0u,
        [&](std::uint32_t sum, const Ring& ring) { return sum + ring.overlap(from, from + room); });
    windows.emplace_back(to_move, from);
  };
  add_window(0);
  for (const Ring& ring : rings) add_window(ring.end);
  std::sort(windows.begin(), windows.end());
  for (const auto& [to_move, from] : windows) {
    if (auto images = clear_window(live, rings, from, room)) return images;
  }
  return std::nullopt;
}

}  // namespace sluice::model
