#include "driver/mirror.hpp"

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

}  // namespace sluice::driver
