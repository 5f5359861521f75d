#include "daemon/shared_board.hpp"

#include <algorithm>

namespace sluice::daemon {
namespace {

constexpr std::size_t kWordsPerTurn = 512;

}  // namespace

class SharedBoard::Turn {
 public:
  explicit Turn(SharedBoard& board) : board_(board) {
    std::unique_lock lock(board_.mutex_);
    const std::uint64_t ticket = board_.next_ticket_++;
    board_.turn_.wait(lock, [&] { return board_.serving_ == ticket; });
  }
  ~Turn() {
    {
      const std::lock_guard lock(board_.mutex_);
      ++board_.serving_;
    }
    board_.turn_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  SharedBoard& board_;
};

base::Result<std::uint32_t> SharedBoard::read(std::uint32_t offset) {
  const Turn turn(*this);
  return board_->read(offset);
}

base::Result<void> SharedBoard::write(std::uint32_t offset, std::uint32_t value) {
  const Turn turn(*this);
  return board_->write(offset, value);
}

base::Result<std::uint32_t> SharedBoard::read_shell(std::uint32_t offset) {
  const Turn turn(*this);
  return board_->read_shell(offset);
}

base::Result<void> SharedBoard::read_block(std::uint32_t offset, std::span<std::uint32_t> words) {
  while (!words.empty()) {
    const auto part = words.first(std::min(words.size(), kWordsPerTurn));
    const Turn turn(*this);
    if (auto done = board_->read_block(offset, part); !done) return done;
    offset += static_cast<std::uint32_t>(4 * part.size());
    words = words.subspan(part.size());
  }
  return {};
}

base::Result<void> SharedBoard::write_block(std::uint32_t offset,
                                            std::span<const std::uint32_t> words) {
  while (!words.empty()) {
    const auto part = words.first(std::min(words.size(), kWordsPerTurn));
    const Turn turn(*this);
    if (auto done = board_->write_block(offset, part); !done) return done;
    offset += static_cast<std::uint32_t>(4 * part.size());
    words = words.subspan(part.size());
  }
  return {};
}

base::Result<void> SharedBoard::write_table(std::uint32_t page,
                                            std::span<const std::uint32_t> words) {
  driver::TablePart rest{page, words};
  while (!rest.words.empty()) {
    const auto part = driver::take_table_part(rest, kWordsPerTurn);
    if (!part) return part.error();
    const Turn turn(*this);
    if (auto done = board_->write_table(part->page, part->words); !done) return done;
  }
  return {};
}

base::Result<void> SharedBoard::write_each(std::span<const driver::RegisterWrite> writes) {
  while (!writes.empty()) {
    const auto part = writes.first(std::min(writes.size(), kWordsPerTurn));
    const Turn turn(*this);
    if (auto done = board_->write_each(part); !done) return done;
    writes = writes.subspan(part.size());
  }
  return {};
}

base::Result<std::uint32_t> SharedBoard::list_writes() {
  const Turn turn(*this);
  const auto longest = board_->list_writes();
  if (!longest) return longest;
  return std::min(*longest, static_cast<std::uint32_t>(kWordsPerTurn));
}

}  // namespace sluice::daemon
