#include "sim/conservation.hpp"

#include <cstring>

#include "layout/reasons.hpp"

namespace sluice::sim {

namespace {

constexpr std::uint32_t kSnapshotPolls = 10'000;

base::Result<void> take_snapshot(SimCard& card) {
  if (auto done = card.write(layout::kReg_control, layout::kControlSnapshot); !done) return done;
  for (std::uint32_t poll = 0; poll < kSnapshotPolls; ++poll) {
    const auto status = card.read(layout::kReg_status);
    if (!status) return status.error();
    if ((*status & layout::kStatusSnapshotBusy) == 0) return {};
  }
  return base::Error{base::Errc::hung, "a counter snapshot does not end", ""};
}

// Reads a counter table that fits the table window.
template <class Record, std::size_t kEntries>
base::Result<void> read_table(SimCard& card, std::uint32_t table,
                              std::array<Record, kEntries>* entries) {
  static_assert(sizeof(*entries) <= layout::kWindowBytes_table);
  if (auto done = card.write(layout::kReg_table_page, table << 24); !done) return done;
  std::array<std::uint32_t, sizeof(Record) * kEntries / 4> words;
  for (std::uint32_t i = 0; i < words.size(); ++i) {
    const auto word = card.read(layout::kWindow_table + 4 * i);
    if (!word) return word.error();
    words[i] = *word;
  }
  std::memcpy(entries->data(), words.data(), sizeof(Record) * kEntries);
  return {};
}

std::uint64_t dropped(const CardCounters& counters) {
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (info[i].kind == layout::ReasonKind::drop) sum += counters.reasons[info[i].code].packets;
  }
  return sum;
}

}  // namespace

std::uint64_t CardCounters::entered() const {
  std::uint64_t sum = 0;
  for (const auto& port : ports) sum += port.rx_packets + port.injected_packets;
  return sum;
}

std::uint64_t CardCounters::left() const {
  std::uint64_t sum = dropped(*this);
  for (const auto& port : ports) sum += port.tx_packets + port.punted_packets;
  return sum;
}

std::string CardCounters::equation() const {
  std::uint64_t tx = 0;
  std::uint64_t punted = 0;
  for (const auto& port : ports) {
    tx += port.tx_packets;
    punted += port.punted_packets;
  }
  return "in " + std::to_string(entered()) + (conserved() ? " = " : " != ") + "out " +
         std::to_string(tx) + " + punted " + std::to_string(punted) + " + dropped " +
         std::to_string(dropped(*this)) + " + in flight " + std::to_string(in_flight);
}

base::Result<CardCounters> read_counters(SimCard& card) {
  CardCounters counters;
  if (auto done = take_snapshot(card); !done) return done.error();
  if (auto done = read_table(card, layout::kTable_port_counters, &counters.ports); !done) {
    return done.error();
  }
  if (auto done = read_table(card, layout::kTable_reason_counters, &counters.reasons); !done) {
    return done.error();
  }
  const auto in_flight = card.read(layout::kReg_in_flight);
  if (!in_flight) return in_flight.error();
  counters.in_flight = *in_flight;
  return counters;
}

}  // namespace sluice::sim
