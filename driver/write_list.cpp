#include "write_list.hpp"

#include <algorithm>
#include <vector>

#include "layout/registers.hpp"
#include "pause.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kWordsOfWrite = 2;  // address, data

void add_write(std::vector<std::uint32_t>& list, std::uint32_t offset, std::uint32_t value) {
  list.push_back(offset);
  list.push_back(value);
}

// Register status once no list runs; `hung` if `what` makes no write for as long as `timeout`: a
// simulated card is slow, and the slower the more it does.
base::Result<std::uint32_t> wait_for_end(Board& board, const std::string& what,
                                         std::chrono::milliseconds timeout) {
  const auto begin = std::chrono::steady_clock::now();
  auto deadline = begin + timeout;
  std::uint32_t made = 0;
  for (;;) {
    const auto status = board.read(layout::kReg_status);
    if (!status) return status.error();
    if (*status == 0xffffffffu) {
      return Error{Errc::link_down, "the card answers 0xffffffff; it is gone from the bus",
                   board.name()};
    }
    if ((*status & layout::kStatusListBusy) == 0) return status;
    if (std::chrono::steady_clock::now() > deadline) {
      const auto done = board.read(layout::kReg_list_done);
      if (!done) return done.error();
      if (*done == made) {
        return Error{Errc::hung, what + " does not end; reset the card", board.name()};
      }
      made = *done;
      deadline = std::chrono::steady_clock::now() + timeout;
    }
    pause_since(begin);
  }
}

// That the card has made the whole of this list, and not another one.
base::Result<void> check_made(Board& board, std::size_t writes, bool failed) {
  const auto done = board.read(layout::kReg_list_done);
  if (!done) return done.error();
  if (failed) {
    return Error{Errc::verify_failed,
                 "the card refused write " + std::to_string(*done + 1) + " of a list of " +
                     std::to_string(writes) + "; does the board reach its memory?",
                 board.name()};
  }
  if (*done == writes) return {};
  return Error{
      Errc::verify_failed,
      "the card made " + std::to_string(*done) + " of the " + std::to_string(writes) +
          " writes of a list: it was reset, or another program loads tables too; stop that "
          "program and try again",
      board.name()};
}

base::Result<void> run_list(Board& board, const ListMemory& memory,
                            std::span<const std::uint32_t> list,
                            std::chrono::milliseconds timeout) {
  // What an older list (of a program that was killed) still reads must not be overwritten.
  const auto idle = wait_for_end(board, "a list of register writes begun before", timeout);
  if (!idle) return idle.error();
  if (auto done = memory.fill(list); !done) return done;
  const std::size_t writes = list.size() / kWordsOfWrite;
  const std::uint32_t place[] = {static_cast<std::uint32_t>(memory.address),
                                 static_cast<std::uint32_t>(memory.address >> 32),
                                 static_cast<std::uint32_t>(writes)};
  static_assert(layout::kReg_list_addr_hi == layout::kReg_list_addr_lo + 4 &&
                layout::kReg_list_writes == layout::kReg_list_addr_lo + 8);
  if (auto done = board.write_block(layout::kReg_list_addr_lo, place); !done) return done;
  if (auto done = board.write(layout::kReg_control, layout::kControlList); !done) return done;
  const auto status =
      wait_for_end(board, "a list of " + std::to_string(writes) + " register writes", timeout);
  if (!status) return status.error();
  return check_made(board, writes, (*status & layout::kStatusListFailed) != 0);
}

}  // namespace

base::Result<std::uint32_t> longest_list(Board& board) {
  auto longest = board.read(layout::kReg_cap_list_writes);
  // A card that is gone or another one altogether is told apart by whoever identifies it.
  if (longest && *longest > layout::kListWrites) return std::uint32_t{0};
  return longest;
}

base::Result<void> write_table_by_list(Board& board, const ListMemory& memory,
                                       std::uint32_t longest, std::uint32_t page,
                                       std::span<const std::uint32_t> words,
                                       std::chrono::milliseconds timeout) {
  const std::size_t most = std::min<std::size_t>(longest, memory.bytes / (4 * kWordsOfWrite));
  // A page of the window at most, and one write for the page itself.
  const std::size_t most_words = std::min<std::size_t>(layout::kWindowBytes_table / 4, most - 1);
  std::vector<std::uint32_t> list;
  TablePart rest{page, words};
  while (!rest.words.empty()) {
    const auto part = take_table_part(rest, most_words);
    if (!part) return part.error();
    const std::size_t writes = list.size() / kWordsOfWrite;
    if (writes != 0 && writes + 1 + part->words.size() > most) {
      if (auto done = run_list(board, memory, list, timeout); !done) return done;
      list.clear();
    }
    add_write(list, layout::kReg_table_page, part->page);
    std::uint32_t offset = layout::kWindow_table;
    for (const std::uint32_t word : part->words) {
      add_write(list, offset, word);
      offset += 4;
    }
  }
  return list.empty() ? base::Result<void>{} : run_list(board, memory, list, timeout);
}

base::Result<void> write_each_by_list(Board& board, const ListMemory& memory, std::uint32_t longest,
                                      std::span<const RegisterWrite> writes,
                                      std::chrono::milliseconds timeout) {
  const std::size_t most = std::min<std::size_t>(longest, memory.bytes / (4 * kWordsOfWrite));
  std::vector<std::uint32_t> list;
  while (!writes.empty()) {
    const auto part = writes.first(std::min(writes.size(), most));
    writes = writes.subspan(part.size());
    list.clear();
    for (const RegisterWrite& write : part) add_write(list, write.offset, write.value);
    if (auto done = run_list(board, memory, list, timeout); !done) return done;
  }
  return {};
}

}  // namespace sluice::driver
