// The seam between everything above and a card: 32-bit registers, and tables in bulk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "driver/card_lock.hpp"

namespace sluice::driver {

// What a board's user has asked of the link to the card so far.
struct BoardTraffic {
  // Register accesses that crossed the link one by one, and one for each bulk transfer.
  std::uint64_t accesses = 0;
  std::uint64_t bytes = 0;
};

struct RegisterWrite {
  std::uint32_t offset = 0;
  std::uint32_t value = 0;
};

// Implementations: simulated card, XRT, PCIe BAR, fake with faults (docs/boards.md). Offsets are
// bytes within the aperture, multiples of 4. Not thread-safe: one Device owns a Board.
class Board {
 public:
  Board() = default;
  Board(Board&&) = default;
  Board& operator=(Board&&) = default;
  virtual ~Board() = default;

  virtual base::Result<std::uint32_t> read(std::uint32_t offset) = 0;
  virtual base::Result<void> write(std::uint32_t offset, std::uint32_t value) = 0;

  // Consecutive registers from `offset` on; a board uses its fastest way.
  virtual base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) = 0;
  virtual base::Result<void> write_block(std::uint32_t offset,
                                         std::span<const std::uint32_t> words) = 0;

  // Whole entries of a table from the one that `page` names on (as register table_page: table id
  // 31:24, entry 19:0), any number of them. Leaves table_page undefined. A board with bulk
  // transfers uses them; this default goes through the table window, page by page.
  virtual base::Result<void> write_table(std::uint32_t page, std::span<const std::uint32_t> words);

  // Register writes in order, any number of them. A board with lists of writes lets the card make
  // them by itself; this default goes by blocks of consecutive registers.
  virtual base::Result<void> write_each(std::span<const RegisterWrite> writes);
  // The longest list that write_each uses; 0: it uses none.
  virtual base::Result<std::uint32_t> list_writes() { return std::uint32_t{0}; }

  // A register of the shell around the card (layout/shell_registers.hpp); `io`: none is there.
  virtual base::Result<std::uint32_t> read_shell(std::uint32_t offset);

  virtual BoardTraffic traffic() const { return traffic_; }

  // Keeps the lock until the board is gone.
  void hold(CardLock lock) { lock_ = std::move(lock); }

  // What a person calls it: "sim:/run/sluice/sim.sock".
  virtual std::string name() const = 0;

 protected:
  void count_access(std::uint64_t accesses, std::uint64_t bytes) {
    traffic_.accesses += accesses;
    traffic_.bytes += bytes;
  }

 private:
  CardLock lock_;
  BoardTraffic traffic_;
};

// A part of a write_table: whole entries from the one that `page` names on.
struct TablePart {
  std::uint32_t page = 0;
  std::span<const std::uint32_t> words;
};
// The first part, of at most `limit_words` words, of what is left of a write_table; `rest` moves
// behind it. Empty words: nothing is left. A limit under one entry counts as one entry. `invalid`:
// no such table, or not whole entries.
base::Result<TablePart> take_table_part(TablePart& rest, std::size_t limit_words);

}  // namespace sluice::driver
