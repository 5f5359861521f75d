// Lets two threads use one board: the control thread its tables, the mailbox thread its mailboxes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "driver/board.hpp"

namespace sluice::daemon {

// Every access is one turn, first come first served, and long blocks are cut into several turns:
// a table of 65,537 slots being written must not hold up the host's ARP answers.
class SharedBoard : public driver::Board {
 public:
  explicit SharedBoard(std::unique_ptr<driver::Board> board) : board_(std::move(board)) {}

  base::Result<std::uint32_t> read(std::uint32_t offset) override;
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override;
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override;
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override;
  base::Result<void> write_table(std::uint32_t page, std::span<const std::uint32_t> words) override;
  base::Result<void> write_each(std::span<const driver::RegisterWrite> writes) override;
  base::Result<std::uint32_t> list_writes() override;
  base::Result<std::uint32_t> read_shell(std::uint32_t offset) override;
  driver::BoardTraffic traffic() const override { return board_->traffic(); }
  std::string name() const override { return board_->name(); }

 private:
  class Turn;

  std::unique_ptr<driver::Board> board_;
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t serving_ = 0;
};

}  // namespace sluice::daemon
