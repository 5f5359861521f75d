#include "driver/mirror.hpp"

#include <algorithm>

namespace sluice::driver {

Mirror::Mirror() {
  layout::for_each_table(
      [this]<layout::TableId id>(const auto& table) {
        if (known.size() <= id) known.resize(id + 1u);
        known[id].resize(table.size());
      },
      images);
}

void Mirror::forget(layout::TableId id, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t i = first; i < first + count; ++i) known[id][i] = false;
}

void Mirror::learn(layout::TableId id, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t i = first; i < first + count; ++i) known[id][i] = true;
}

bool Mirror::knows_all_of(layout::TableId id) const {
  return std::find(known[id].begin(), known[id].end(), false) == known[id].end();
}

bool Mirror::knows_all_banked() const {
  bool all = true;
  layout::for_each_table(
      [&]<layout::TableId id>(const auto&) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        all = all && knows_all_of(id);
      },
      images);
  return all;
}

}  // namespace sluice::driver
