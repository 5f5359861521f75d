#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace sluice::cli {

void Table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) std::abort();
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].title.size();
    for (const auto& row : rows_) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  std::string result;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool right = columns_[i].align == Align::right;
      if (i > 0) line += "  ";
      line += fmt::format(fmt::runtime(right ? "{:>{}}" : "{:<{}}"), cell_of(i), widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  };
  add_line([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) add_line([&](std::size_t i) { return row[i]; });
  return result;
}

}  // namespace sluice::cli
