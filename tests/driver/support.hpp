// Shared by the driver's tests: a device on a fake board, and random tables.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "driver/device.hpp"
#include "driver/fake_board.hpp"

namespace sluice::driver {

// The fake outlives a Device that was handed a wrapper of it, as a card outlives a daemon.
class SharedFake : public Board {
 public:
  explicit SharedFake(std::shared_ptr<FakeBoard> fake) : fake_(std::move(fake)) {}
  base::Result<std::uint32_t> read(std::uint32_t offset) override { return fake_->read(offset); }
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    return fake_->write(offset, value);
  }
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override {
    return fake_->read_block(offset, words);
  }
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override {
    return fake_->write_block(offset, words);
  }
  BoardTraffic traffic() const override { return fake_->traffic(); }
  std::string name() const override { return fake_->name(); }

 private:
  std::shared_ptr<FakeBoard> fake_;
};

inline DeviceOptions quick() {
  DeviceOptions options;
  options.timeout = std::chrono::milliseconds(20);
  return options;
}

inline base::Result<Device> open_fake(const std::shared_ptr<FakeBoard>& fake,
                                      DeviceOptions options = quick()) {
  return Device::open(std::make_unique<SharedFake>(fake), options);
}

inline std::uint64_t test_seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  testing::Test::RecordProperty("seed", std::to_string(seed));
  std::printf("seed %llu (SLUICE_SEED=%llu replays)\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  return seed;
}

// Makes `service` take turns outside of those that `live` uses, if there is room at a random place.
inline void give_turns(layout::TableImages& images, const layout::TableImages& live,
                       layout::Service& service, std::mt19937_64& rng) {
  const std::uint32_t count = 1 + static_cast<std::uint32_t>(rng() % 300);
  const std::uint32_t base = static_cast<std::uint32_t>(rng() % (layout::kTurns - count));
  for (const auto& bank : {images.services, live.services}) {
    for (const layout::Service& other : bank) {
      const bool used = other.valid != 0 && other.scheduler == layout::kScheduler_turns;
      if (used && other.turns_base < base + count && base <= other.turns_base + other.turns_last) {
        return;
      }
    }
  }
  service.scheduler = layout::kScheduler_turns;
  service.turns_base = static_cast<std::uint16_t>(base);
  service.turns_last = static_cast<std::uint16_t>(count - 1);
  for (std::uint32_t i = 0; i < count; ++i) images.turns[base + i].backend = rng() & 0xfff;
}

// Changes some entries of every banked table, and gives one service a new ring outside of the
// rings that `live` uses.
inline void mutate(layout::TableImages& images, const layout::TableImages& live,
                   std::mt19937_64& rng) {
  const auto pick = [&rng](std::uint64_t bound) {
    return static_cast<std::uint32_t>(rng() % bound);
  };
  images.config[0].mac = 1 + rng() % 0xffffffffffff;
  for (int i = 0; i < 5; ++i) {
    auto& key = images.service_keys1[pick(layout::kServiceKeyBuckets)];
    key.address = static_cast<std::uint32_t>(rng());
    key.valid = rng() & 1;
    auto& back = images.return_keys0[pick(layout::kReturnKeyBuckets)];
    back.backend = rng() & 0xfff;
    auto& vip = images.vips1[pick(layout::kServiceKeyBuckets)];
    vip.unserved = rng() & 3;
    auto& backend = images.backends[pick(layout::kBackends)];
    backend.address = static_cast<std::uint32_t>(rng());
    backend.mac = rng() & 0xffffffffffff;
  }
  std::vector<bool> used(layout::kRingSlots);
  for (const auto& bank : {images.services, live.services}) {
    for (const layout::Service& service : bank) {
      if (service.valid == 0) continue;
      for (std::uint32_t i = 0; i < service.ring_slots; ++i) used[service.ring_base + i] = true;
    }
  }
  const std::uint32_t slots = 1 + pick(500);
  std::uint32_t base = pick(layout::kRingSlots - slots);
  while (std::find(used.begin() + base, used.begin() + base + slots, true) !=
         used.begin() + base + slots) {
    base = pick(layout::kRingSlots - slots);
  }
  auto& service = images.services[pick(40)];
  service = layout::Service{};
  service.valid = 1;
  service.ring_base = base;
  service.ring_slots = slots;
  give_turns(images, live, service, rng);
  for (std::uint32_t i = 0; i < slots; ++i) {
    images.ring[base + i].slot =
        static_cast<std::uint16_t>(layout::kRingSlotValid | (rng() & 0xfff));
  }
}

// Equal in all that packets can see of a commit: banked tables, and the rings and turns that
// services point to.
inline testing::AssertionResult same_to_packets(const layout::TableImages& a,
                                                const layout::TableImages& b) {
  std::string problem;
  layout::for_each_table(
      [&]<layout::TableId id>(const auto& left, const auto& right) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        for (std::size_t i = 0; i < left.size(); ++i) {
          if (layout::same_record(left[i], right[i])) continue;
          problem = "table " + std::to_string(id) + " entry " + std::to_string(i);
          return;
        }
      },
      a, b);
  for (const layout::Service& service : a.services) {
    for (std::uint32_t i = 0; service.valid != 0 && i < service.ring_slots; ++i) {
      if (a.ring[service.ring_base + i].slot != b.ring[service.ring_base + i].slot) {
        problem = "ring slot " + std::to_string(service.ring_base + i);
      }
    }
    const bool turns = service.ring_slots != 0 && service.scheduler == layout::kScheduler_turns;
    for (std::uint32_t i = 0; turns && i <= service.turns_last; ++i) {
      if (a.turns[service.turns_base + i].backend != b.turns[service.turns_base + i].backend) {
        problem = "turn " + std::to_string(service.turns_base + i);
      }
    }
  }
  if (problem.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "differ at " << problem;
}

}  // namespace sluice::driver
