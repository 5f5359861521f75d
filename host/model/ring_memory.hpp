// Free places in the ring memory: rings that live services point to are never handed out, so a new
// ring is written beside them and the commit moves packets over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "layout/tables.hpp"

namespace sluice::model {

class RingMemory {
 public:
  // Everything is free but the rings of these services.
  explicit RingMemory(std::span<const layout::Service> live);

  // Takes the first place with room for `slots`. It begins at an even slot and ends before one:
  // the host writes whole words of two slots, and no two rings share one.
  std::optional<std::uint32_t> take(std::uint32_t slots);

  // Takes what is still free of [first, end), both even.
  void occupy(std::uint32_t first, std::uint32_t end);

  std::uint32_t free_slots() const;
  std::uint32_t largest_free() const;

 private:
  std::map<std::uint32_t, std::uint32_t> free_;  // first slot -> end
};

}  // namespace sluice::model
