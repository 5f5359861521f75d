// Free places in the memories that all services share, the rings' and the turns': what live
// services point to is never handed out, so a new ring is written beside them and the commit moves
// packets over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "layout/tables.hpp"

namespace sluice::model {

class SlotMemory {
 public:
  // Everything is free but the rings of these services.
  static SlotMemory of_rings(std::span<const layout::Service> live);
  // The same of their turns.
  static SlotMemory of_turns(std::span<const layout::Service> live);

  // Takes the first place with room for `slots`. It begins at an even slot and ends before one:
  // the host writes whole words of two slots, and no two owners share one.
  std::optional<std::uint32_t> take(std::uint32_t slots);

  // Takes what is still free of [first, end), both even.
  void occupy(std::uint32_t first, std::uint32_t end);

  std::uint32_t free_slots() const;
  std::uint32_t largest_free() const;

 private:
  explicit SlotMemory(std::uint32_t slots) : slots_(slots), free_{{0, slots}} {}
  void occupy_words(std::uint32_t first, std::uint32_t count);

  std::uint32_t slots_;
  std::map<std::uint32_t, std::uint32_t> free_;  // first slot -> end
};

// What a record says it uses; the card looks at a service's turns only while it has a ring.
bool has_ring(const layout::Service& service);
bool has_turns(const layout::Service& service);

}  // namespace sluice::model
