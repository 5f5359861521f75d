// A file that remembers what a card's tables hold, so that a restarted program need not read them
// back. It is only believed when the card bears the same token and has made the same number of
// commits; a token is on the card only while its shadow bank is as the file says.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "driver/mirror.hpp"

namespace sluice::driver {

struct TableMemory {
  std::uint32_t token = 0;  // never 0
  std::uint32_t commits = 0;
  std::uint32_t live_bank = 0;
  layout::TableImages live;
  Mirror shadow;  // banked tables: all of them known or none
};

// Writes a new file and puts it in the place of the old one.
base::Result<void> save(const std::string& path, const TableMemory& memory);

// not_found: no file. invalid: not such a file, of other layouts, or damaged.
base::Result<TableMemory> load_table_memory(const std::string& path);

}  // namespace sluice::driver
