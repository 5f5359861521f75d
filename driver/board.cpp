#include "driver/board.hpp"

#include <algorithm>
#include <vector>

#include "layout/registers.hpp"
#include "layout/tables.hpp"

namespace sluice::driver {
namespace {

// Bytes between two entries; 0 if there is no such table.
std::uint32_t stride_bytes(std::uint32_t table) {
  std::uint32_t count = 0;
  const layout::TableInfo* infos = layout::tables(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (infos[i].id == table) return infos[i].stride_bytes;
  }
  return 0;
}

}  // namespace

base::Result<std::uint32_t> Board::read_shell(std::uint32_t) {
  return base::Error{base::Errc::io, "this board has no shell around the card", name()};
}

base::Result<TablePart> take_table_part(TablePart& rest, std::size_t limit_words) {
  const std::uint32_t stride = stride_bytes(rest.page >> 24);
  // Entries smaller than a word are written a word at a time.
  const std::size_t unit_words = std::max(stride / 4, 1u);
  if (stride == 0 || rest.words.size() % unit_words != 0) {
    return base::Error{base::Errc::invalid,
                       "a write of " + std::to_string(rest.words.size()) + " words to table " +
                           std::to_string(rest.page >> 24) + " is not one of whole entries",
                       ""};
  }
  const std::size_t limit = std::max(limit_words / unit_words, std::size_t{1}) * unit_words;
  const TablePart part{rest.page, rest.words.first(std::min(limit, rest.words.size()))};
  rest.page += static_cast<std::uint32_t>(part.words.size() * 4 / stride);
  rest.words = rest.words.subspan(part.words.size());
  return part;
}

base::Result<void> Board::write_table(std::uint32_t page, std::span<const std::uint32_t> words) {
  TablePart rest{page, words};
  while (!rest.words.empty()) {
    const auto part = take_table_part(rest, layout::kWindowBytes_table / 4);
    if (!part) return part.error();
    if (auto done = write(layout::kReg_table_page, part->page); !done) return done;
    if (auto done = write_block(layout::kWindow_table, part->words); !done) return done;
  }
  return {};
}

base::Result<void> Board::write_each(std::span<const RegisterWrite> writes) {
  std::vector<std::uint32_t> block;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    block.push_back(writes[i].value);
    if (i + 1 < writes.size() && writes[i + 1].offset == writes[i].offset + 4) continue;
    const auto before = static_cast<std::uint32_t>(4 * (block.size() - 1));
    if (auto done = write_block(writes[i].offset - before, block); !done) return done;
    block.clear();
  }
  return {};
}

}  // namespace sluice::driver
