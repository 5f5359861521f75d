// A card in memory with the documented register semantics and no packet path, for tests: tables
// with shadow and live bank, commit, snapshot, mailboxes, self-description, and faults.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "driver/board.hpp"
#include "driver/fake_connections.hpp"
#include "layout/images.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {

// What goes wrong. Accesses are numbered from 0, one per register (a block of n words is n).
struct FakeFaults {
  std::map<std::uint32_t, std::uint32_t> overrides;  // register offset -> what reads answer
  bool all_ones = false;                             // as a PCIe device that fell off the bus
  std::optional<std::uint64_t> fail_access;          // this one access: Errc::io (SLVERR)
  std::optional<std::uint64_t> lose_answer;          // this one write is done, and Errc::io
  std::optional<std::uint32_t> lose_answer_of;       // the same for the next write of this register
  std::optional<std::uint64_t> hang_access;          // from here on: Errc::hung
  std::optional<std::uint64_t> torn_access;          // from here on: Errc::link_down
  bool commit_never_ends = false;
  bool snapshot_never_ends = false;
  bool writes_lost = false;        // register writes do not arrive
  bool flip_written_bits = false;  // tables store bit 0 of each word inverted
};

class FakeBoard : public Board {
 public:
  FakeBoard();

  base::Result<std::uint32_t> read(std::uint32_t offset) override;
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override;
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override;
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override;
  std::string name() const override { return "fake"; }

  FakeFaults faults;

  // The other side of the seam, for tests.
  struct Frame {
    unsigned port = 0;
    std::uint8_t reason = 0;  // of punted frames
    std::vector<std::uint8_t> bytes;
  };
  std::uint64_t accesses() const { return accesses_; }
  unsigned live_bank() const { return live_bank_; }
  // Tables of a bank; those with one copy are in both.
  layout::TableImages images(unsigned bank) const;
  bool punt(Frame frame);  // false: no room for a frame of its class
  std::vector<Frame> take_sent();
  // The running value of one word of a counter entry, which a snapshot makes readable, or of a
  // level's, which is readable at once.
  void set_counter(layout::TableId id, std::uint32_t entry, std::uint32_t word,
                   std::uint32_t value);
  void advance_ticks(std::uint32_t ticks) { tick_ += ticks; }
  std::uint32_t tick() const { return tick_; }

  FakeConnections connections;

 private:
  struct Table {
    layout::TableInfo info;
    // Direct, live, level: only [0]; counter: [0] running, [1] frozen.
    std::vector<std::uint32_t> banks[2];
    std::vector<std::uint32_t> masks;  // meaningful bits of each word of an entry (or of a pair)
  };
  struct Place {  // a word of the table window
    Table* table;
    unsigned bank;
    std::uint32_t word;        // in the bank
    std::uint32_t entry_word;  // in its entry
  };

  base::Result<void> begin_access();
  void choose_punted();
  std::deque<Frame>& shown_punted() { return punted_[shows_asked_ ? 1 : 0]; }
  std::optional<std::uint32_t> register_value(std::uint32_t offset) const;
  base::Result<std::uint32_t> window_value(std::uint32_t offset);
  base::Result<Place> place(std::uint32_t offset);
  base::Result<void> take_write(std::uint32_t offset, std::uint32_t value);
  base::Result<void> write_register(std::uint32_t offset, std::uint32_t value);
  base::Result<void> write_table_word(std::uint32_t offset, std::uint32_t value);
  base::Result<void> inject(std::uint32_t value);
  base::Result<void> control(std::uint32_t value);

  std::map<std::uint32_t, Table> tables_;
  std::uint64_t accesses_ = 0;
  unsigned live_bank_ = 0;
  bool commit_busy_ = false;
  bool snapshot_busy_ = false;
  std::uint32_t commits_ = 0;
  std::uint16_t refused_ = 0;
  std::uint32_t tick_ = 0;
  std::map<std::uint32_t, std::uint32_t> stored_;  // plain read-write registers
  std::deque<Frame> punted_[2];                    // of the class other, of the class asked
  bool shows_asked_ = false;  // which of them the window shows, if there is a frame
  unsigned asked_run_ = 0;
  std::array<std::uint16_t, layout::kPorts> asked_lost_{};  // by port
  std::vector<Frame> sent_;
  std::vector<std::uint32_t> inject_window_;
  std::vector<std::uint32_t> staged_;  // words of an entry whose last word has not come
};

}  // namespace sluice::driver
