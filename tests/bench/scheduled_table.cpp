#include "scheduled_table.hpp"

#include <random>

#include "keys.hpp"

namespace sluice::bench {
namespace {

constexpr std::uint64_t kEpochCycles = 65'536;
constexpr std::uint32_t kLong = 4095;  // epochs
constexpr std::uint32_t kTurnsTable = 0;
constexpr std::uint32_t kSharesTable = 1;
constexpr std::uint32_t kBackendCounts = 4;

}  // namespace

ScheduledTable::ScheduledTable(std::uint64_t seed, std::uint8_t kind, std::uint32_t turns)
    : top_(std::make_unique<Vscheduled_table>()) {
  std::mt19937_64 random(seed);
  for (auto& word : top_->round_keys_i.m_storage) word = static_cast<EData>(random());
  top_->round_keys_i.m_storage[11] &= 0xff;
  conn::set_timeouts(top_->req_timeouts_i.m_storage,
                     {kLong, kLong, kLong, layout::kConnectionLeastTimeout});
  top_->req_kind_i = kind;
  top_->req_turns_last_i = static_cast<SData>(turns == 0 ? 0 : turns - 1);
  top_->rst_i = 1;
  idle(8);
  top_->rst_i = 0;
  top_->clear_i = 1;
  do step();
  while (top_->clear_done_o == 0);
  top_->clear_i = 0;
}

ScheduledTable::~ScheduledTable() { top_->final(); }

void ScheduledTable::open(const Opening& opening) {
  top_->req_valid_i = 1;
  top_->req_key_i = opening.key;
  top_->req_event_i = layout::kConnection_syn;
  openings_[cycle_ % openings_.size()] = opening;
}

void ScheduledTable::close(std::uint64_t key) {
  top_->req_valid_i = 1;
  top_->req_key_i = key;
  top_->req_event_i = layout::kConnection_rst_out;
}

void ScheduledTable::sample(std::uint16_t backend, std::uint16_t ticks) {
  top_->sample_valid_i = 1;
  top_->sample_backend_i = backend;
  top_->sample_ticks_i = ticks;
}

std::optional<std::uint16_t> ScheduledTable::step() {
  const Opening& slots = openings_[(cycle_ - 11) % openings_.size()];
  top_->ring_backend_i = slots.ring;
  top_->pair_backend_i = slots.pair;
  top_->now_i = cycle_ / kEpochCycles & 0x1ffff;
  top_->clk_i = 0;
  top_->eval();
  std::optional<std::uint16_t> backend;
  if (top_->rsp_valid_o != 0 && top_->rsp_inserted_o != 0 && top_->rsp_stored_o != 0) {
    backend = top_->rsp_backend_o;
  }
  top_->clk_i = 1;
  top_->eval();
  ++cycle_;
  top_->req_valid_i = 0;
  top_->sample_valid_i = 0;
  top_->write_i = 0;
  top_->read_i = 0;
  return backend;
}

void ScheduledTable::idle(std::uint32_t cycles) {
  for (std::uint32_t i = 0; i < cycles; ++i) step();
}

void ScheduledTable::write(std::uint32_t table, std::uint32_t entry, std::uint64_t record) {
  top_->select_i = static_cast<CData>(1U << table);
  top_->entry_i = static_cast<SData>(entry);
  top_->record_i = record;
  top_->write_i = 1;
  idle(24);
}

void ScheduledTable::write_turns(std::uint32_t even, std::uint16_t first, std::uint16_t second) {
  write(kTurnsTable, even, std::uint64_t{second} << 16 | first);
}

void ScheduledTable::write_share(std::uint16_t backend, const layout::Share& share) {
  write(kSharesTable, backend,
        std::uint64_t{share.service} << 48 | std::uint64_t{share.column} << 40 |
            std::uint64_t{share.timed} << 32 | share.cost);
}

std::uint32_t ScheduledTable::count(std::uint16_t backend) {
  top_->select_i = 1U << kBackendCounts;
  top_->entry_i = backend;
  top_->read_i = 1;
  idle(4);
  return top_->words_o.m_storage[kBackendCounts];
}

}  // namespace sluice::bench
