#include "card/table_loader.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "layout/registers.hpp"

namespace sluice::card_test {

namespace {

[[noreturn]] void give_up(const base::Error& error) {
  std::fprintf(stderr, "table loader: %s\n", error.message().c_str());
  std::abort();
}

template <class Record, std::size_t kCount>
void copy_bank(const Record (&from)[kCount], unsigned bank, std::vector<Record>& to) {
  std::copy_n(from + bank * to.size(), to.size(), to.begin());
}

}  // namespace

void TableLoader::write(std::uint32_t address, std::uint32_t value) {
  if (auto done = card_.write(address, value); !done) give_up(done.error());
}

std::uint32_t TableLoader::read(std::uint32_t address) {
  const auto value = card_.read(address);
  if (!value) give_up(value.error());
  return *value;
}

// Writes the units (entries, or the words that hold several small ones) that differ.
template <layout::TableId id, class Records>
void TableLoader::write_changes(const Records& wanted, Records& held) {
  using Record = typename Records::value_type;
  constexpr std::size_t kUnit = sizeof(Record) < 4 ? 4 / sizeof(Record) : 1;
  constexpr std::size_t kUnitBytes = kUnit * sizeof(Record);
  constexpr std::size_t kPageEntries = layout::kWindowBytes_table / sizeof(Record);
  for (std::size_t i = 0; i < wanted.size(); i += kUnit) {
    if (std::memcmp(&wanted[i], &held[i], kUnitBytes) == 0) continue;
    const std::size_t first = i / kPageEntries * kPageEntries;
    const auto page = static_cast<std::uint32_t>(id) << 24 | static_cast<std::uint32_t>(first);
    if (page != page_) write(layout::kReg_table_page, page_ = page);
    std::uint32_t words[kUnitBytes / 4];
    std::memcpy(words, &wanted[i], kUnitBytes);
    auto address = static_cast<std::uint32_t>(layout::kWindow_table + (i - first) * sizeof(Record));
    for (const std::uint32_t word : words) {
      write(address, word);
      address += 4;
    }
    std::copy_n(wanted.begin() + static_cast<std::ptrdiff_t>(i), kUnit,
                held.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void TableLoader::commit() {
  write(layout::kReg_control, layout::kControlCommit);
  while ((read(layout::kReg_status) & layout::kStatusCommitBusy) != 0) {
  }
  live_bank_ = 1 - live_bank_;
  ++commits_;
}

void TableLoader::apply(const layout::TableImages& images) {
  write_shadow(images);
  commit();
}

void TableLoader::write_shadow(const layout::TableImages& images) {
  write(layout::kReg_table_page, page_ = 0);
  write_changes<layout::kTable_ring>(images.ring, ring_);
  layout::for_each_table(
      [this]<layout::TableId id>(const auto& wanted, auto& held) {
        if constexpr (layout::TableOf<id>::kKind == layout::TableKind::banked) {
          write_changes<id>(wanted, held);
        }
      },
      images, banks_[1 - live_bank_]);
}

std::unique_ptr<layout::TableImages> images_of(const packet_gen::Tables& tables, unsigned bank) {
  auto images = std::make_unique<layout::TableImages>();
  images->config[0] = tables.config[bank];
  copy_bank(tables.service_keys0, bank, images->service_keys0);
  copy_bank(tables.service_keys1, bank, images->service_keys1);
  copy_bank(tables.vips0, bank, images->vips0);
  copy_bank(tables.vips1, bank, images->vips1);
  copy_bank(tables.return_keys0, bank, images->return_keys0);
  copy_bank(tables.return_keys1, bank, images->return_keys1);
  copy_bank(tables.services, bank, images->services);
  copy_bank(tables.backends, bank, images->backends);
  copy_bank(tables.ring, 0, images->ring);
  return images;
}

}  // namespace sluice::card_test
