// A card in memory with the documented register semantics and no packet path, for tests: tables
// with shadow and live bank, commit, snapshot, mailboxes, self-description, and faults.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "driver/board.hpp"
#include "layout/images.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {

// What goes wrong. Accesses are numbered from 0, one per register (a block of n words is n).
struct FakeFaults {
  std::optional<std::uint32_t> magic;  // instead of the right one
  std::optional<std::uint32_t> abi_version;
  std::optional<std::uint32_t> layout_hash;
  std::optional<std::uint32_t> cap_backends;
  bool all_ones = false;                     // every read answers 0xffffffff, as a lost PCIe device
  std::optional<std::uint64_t> fail_access;  // this one access: Errc::io (SLVERR)
  std::optional<std::uint64_t> hang_access;  // from here on: Errc::hung
  std::optional<std::uint64_t> torn_access;  // from here on: Errc::link_down
  bool commit_never_ends = false;
  bool snapshot_never_ends = false;
  bool flip_written_bits = false;  // table writes store bit 0 of each word inverted
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
    std::uint8_t reason = 0;
    std::vector<std::uint8_t> bytes;
  };
  std::uint64_t accesses() const { return accesses_; }
  unsigned live_bank() const { return live_bank_; }
  // Tables of a bank; the ring is in both.
  layout::TableImages images(unsigned bank) const;
  bool punt(Frame frame);  // false: mailbox full
  std::vector<Frame> take_sent();
  void set_counter(layout::TableId id, std::uint32_t entry, std::uint32_t word,
                   std::uint32_t value);
  void advance_ticks(std::uint32_t ticks) { tick_ += ticks; }

 private:
  struct Table {
    layout::TableInfo info;
    std::vector<std::uint8_t> banks[2];  // direct tables and live counters use banks[0]
    std::vector<std::uint8_t> partial;   // words of an entry not yet complete
  };

  std::optional<base::Error> fault();
  std::uint32_t read_register(std::uint32_t offset) const;
  base::Result<std::uint32_t> read_window(std::uint32_t offset) const;
  base::Result<void> write_register(std::uint32_t offset, std::uint32_t value);
  base::Result<void> write_table_window(std::uint32_t offset, std::uint32_t value);
  base::Result<void> inject(std::uint32_t value);
  void control(std::uint32_t value);
  const Table* table(std::uint32_t id) const;

  std::map<std::uint32_t, Table> tables_;
  std::uint64_t accesses_ = 0;
  unsigned live_bank_ = 0;
  std::uint32_t commits_ = 0;
  std::uint32_t tick_ = 0;
  std::uint32_t scratch_ = 0;
  std::uint32_t table_page_ = 0;
  std::uint32_t config_id_[2] = {0, 0};
  std::deque<Frame> punted_;
  std::vector<Frame> sent_;
  std::vector<std::uint32_t> inject_window_;
};

}  // namespace sluice::driver
