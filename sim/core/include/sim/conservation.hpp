// Packets are conserved: what came in is what left, was kept for the host, was dropped for a
// counted reason or is still inside.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "layout/tables.hpp"
#include "sim/sim_card.hpp"

namespace sluice::sim {

struct CardCounters {
  std::array<layout::PortCounters, layout::kPorts> ports{};
  std::array<layout::ReasonCounter, layout::kReasons> reasons{};
  std::uint64_t in_flight = 0;

  std::uint64_t entered() const;  // received and injected
  std::uint64_t left() const;     // sent, kept for the host and dropped
  bool conserved() const { return entered() == left() + in_flight; }
  // "in 10 = out 7 + punted 1 + dropped 2 + in flight 0"
  std::string equation() const;
};

// Takes a snapshot and reads it through the registers; runs the clock. Meant for a card at rest:
// `in_flight` is read after the snapshot, so that packets on their way would be missing from one
// or counted in both. Leaves table_page changed.
base::Result<CardCounters> read_counters(SimCard& card);

}  // namespace sluice::sim
