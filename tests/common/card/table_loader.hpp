// Fills the tables of a simulated card the short way: only entries that differ from what the card
// holds since its reset are written, then one commit.
#pragma once

#include <cstdint>
#include <memory>

#include "layout/images.hpp"
#include "packet_gen/tables.hpp"
#include "sim/sim_card.hpp"

namespace sluice::card_test {

class TableLoader {
 public:
  // `card` is fresh: all its tables are zero.
  explicit TableLoader(sim::SimCard& card) : card_(card) {}

  // Writes the shadow bank and the ring; aborts with a message if the card refuses (a test cannot
  // go on).
  void write_shadow(const layout::TableImages& images);
  // The same, then commits.
  void apply(const layout::TableImages& images);
  unsigned live_bank() const { return live_bank_; }
  std::uint32_t commits() const { return commits_; }

 private:
  void write(std::uint32_t address, std::uint32_t value);
  std::uint32_t read(std::uint32_t address);
  template <layout::TableId id, class Records>
  void write_changes(const Records& wanted, Records& held);
  void commit();

  sim::SimCard& card_;
  layout::TableImages banks_[2];
  std::vector<layout::RingSlot> ring_ = std::vector<layout::RingSlot>(layout::kRingSlots);
  std::uint32_t page_ = 0;
  unsigned live_bank_ = 0;
  std::uint32_t commits_ = 0;
};

// One bank of generated tables as images for the card.
std::unique_ptr<layout::TableImages> images_of(const packet_gen::Tables& tables, unsigned bank);

}  // namespace sluice::card_test
