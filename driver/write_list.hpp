// Tables in bulk: a list of register writes in the board's memory, which the card makes by itself.
#pragma once

#include <chrono>
#include <functional>

#include "driver/board.hpp"

namespace sluice::driver {

// Under so many words the accesses that a list costs by itself are more than it saves.
inline constexpr std::size_t kLeastListWords = 64;

struct ListMemory {
  std::uint64_t address = 0;  // of the board's memory, a multiple of 1,024
  std::size_t bytes = 0;      // that may be used from there on; no 4 GiB boundary lies inside
  // Brings bytes to `address`.
  std::function<base::Result<void>(std::span<const std::uint32_t>)> fill;
};

// The longest list the card makes; 0: it has none.
base::Result<std::uint32_t> longest_list(Board& board);

// Board::write_table by lists of at most `longest` writes, which must be kLeastListWords or more.
// Waits for a list that runs already. `verify_failed`: the card refused a write or has not made all
// of them; `hung`: a list has not ended within `timeout`.
base::Result<void> write_table_by_list(Board& board, const ListMemory& memory,
                                       std::uint32_t longest, std::uint32_t page,
                                       std::span<const std::uint32_t> words,
                                       std::chrono::milliseconds timeout);

// Board::write_each by lists, likewise.
base::Result<void> write_each_by_list(Board& board, const ListMemory& memory, std::uint32_t longest,
                                      std::span<const RegisterWrite> writes,
                                      std::chrono::milliseconds timeout);

}  // namespace sluice::driver
