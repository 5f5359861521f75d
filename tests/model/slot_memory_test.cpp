#include "slot_memory.hpp"

#include "support.hpp"

namespace sluice::model {
namespace {

layout::Service ring(std::uint32_t base, std::uint32_t slots) {
  layout::Service service{};
  service.valid = 1;
  service.ring_base = base;
  service.ring_slots = slots;
  return service;
}

TEST(SlotMemory, HandsOutTheFirstPlaceThatFits) {
  const std::vector<layout::Service> live = {ring(10, 5), ring(100, 7)};
  SlotMemory memory = SlotMemory::of_rings(live);
  EXPECT_EQ(memory.take(11), 16u) << "10 slots before the first ring do not do";
  EXPECT_EQ(memory.take(9), 0u);
  EXPECT_EQ(memory.take(200), 108u);
}

TEST(SlotMemory, NeverLetsTwoRingsShareAWord) {
  const std::vector<layout::Service> live = {ring(3, 2)};  // slots 3 and 4: words 1 and 2
  SlotMemory memory = SlotMemory::of_rings(live);
  EXPECT_EQ(memory.take(1), 0u);
  EXPECT_EQ(memory.take(1), 6u);
  EXPECT_EQ(memory.take(3), 8u);
  EXPECT_EQ(memory.take(1), 12u);
}

TEST(SlotMemory, EndsWhereTheMemoryEnds) {
  SlotMemory memory = SlotMemory::of_rings({});
  EXPECT_EQ(memory.free_slots(), layout::kRingSlots);
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(memory.take(layout::kMaxRingSlots));
  EXPECT_FALSE(memory.take(layout::kMaxRingSlots + 0x1000));
  EXPECT_EQ(memory.free_slots(), memory.largest_free());
  ASSERT_TRUE(memory.take(memory.largest_free()));
  EXPECT_FALSE(memory.take(1));
  EXPECT_EQ(memory.free_slots(), 0u);
}

TEST(SlotMemory, IgnoresServicesWithoutARing) {
  std::vector<layout::Service> live = {ring(0, 5), ring(50, 0)};
  live[0].valid = 0;
  SlotMemory memory = SlotMemory::of_rings(live);
  EXPECT_EQ(memory.free_slots(), layout::kRingSlots);
}

TEST(SlotMemory, NeverHandsOutASlotTwice) {
  std::mt19937_64 rng(test_seed());
  for (int round = 0; round < 20; ++round) {
    std::vector<bool> used(layout::kRingSlots);
    std::vector<layout::Service> live;
    for (std::uint32_t at = 0; at + 70000 < layout::kRingSlots;) {
      at += static_cast<std::uint32_t>(rng() % 5000);
      const auto slots = static_cast<std::uint32_t>(1 + rng() % 9000);
      if (at + slots > layout::kRingSlots) break;
      live.push_back(ring(at, slots));
      for (std::uint32_t i = 0; i < slots; ++i) used[at + i] = true;
      at += slots;
    }
    SlotMemory memory = SlotMemory::of_rings(live);
    for (int i = 0; i < 200; ++i) {
      const auto slots = static_cast<std::uint32_t>(1 + rng() % 6000);
      const auto base = memory.take(slots);
      if (!base) continue;
      ASSERT_LE(*base + slots, layout::kRingSlots);
      for (std::uint32_t k = 0; k < slots; ++k) {
        ASSERT_FALSE(used[*base + k]) << "slot " << *base + k;
        used[*base + k] = true;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::model
