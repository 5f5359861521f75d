// What the host knows of tables it wrote: entries with a mark whether they are known.
#pragma once

#include <cstdint>
#include <vector>

#include "layout/images.hpp"

namespace sluice::driver {

struct Mirror {
  layout::TableImages images;
  // known[table id][entry]: only a known entry that is equal need not be written. All false at
  // first.
  std::vector<std::vector<bool>> known;

  Mirror();
  void forget(layout::TableId id, std::uint32_t first, std::uint32_t count);
  void learn(layout::TableId id, std::uint32_t first, std::uint32_t count);
  bool knows_all_of(layout::TableId id) const;
  bool knows_all_banked() const;
};

}  // namespace sluice::driver
