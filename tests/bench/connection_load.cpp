#include "connection_load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sluice::bench {
namespace {

using conn::Operation;
using conn::TableDriver;

constexpr std::uint64_t kKeyMask = (std::uint64_t{1} << layout::kConnectionKeyBits) - 1;
constexpr std::uint16_t kClosedTimeout = layout::kConnectionLeastTimeout;

}  // namespace

ConnectionLoad::ConnectionLoad(std::uint64_t seed, const conn::RoundKeys& round_keys)
    : table_(seed, round_keys) {}

bool ConnectionLoad::chance(double share) {
  return static_cast<double>(table_.random()() >> 11) * 0x1p-53 < share;
}

void ConnectionLoad::step(const std::optional<Operation>& op) {
  if (++cycle_ % epoch_cycles_ == 0) table_.advance_epoch();
  table_.step(op);
  if (table_.failed()) {
    std::fprintf(stderr, "bench_connections: %s\n", table_.difference().c_str());
    std::exit(1);
  }
}

Operation ConnectionLoad::open(std::uint64_t key) {
  Operation op;
  op.key = key;
  op.event = layout::kConnection_syn;
  op.timeouts[0] = opening_timeout_;
  op.timeouts[3] = kClosedTimeout;
  ++inserts_;
  return op;
}

// A reset from the backend closes what is still opening. False: nothing is open.
bool ConnectionLoad::close(Operation* op) {
  while (!open_.empty()) {
    const std::size_t at = table_.random()() % open_.size();
    op->key = std::exchange(open_[at], open_.back());
    open_.pop_back();
    // Not stored, or still under way: the next one.
    if (table_.oracle().entries().count(op->key) == 0) continue;
    op->event = layout::kConnection_rst_out;
    op->timeouts[3] = kClosedTimeout;
    return true;
  }
  return false;
}

void ConnectionLoad::begin() {
  table_.clear_counters();
  not_stored_before_ = table_.oracle().not_stored;
  inserts_ = 0;
}

LoadResult ConnectionLoad::result() {
  LoadResult result;
  result.requests = table_.counters().requests;
  result.cycles = table_.counters().cycles;
  result.inserts = inserts_;
  result.not_stored = table_.oracle().not_stored - not_stored_before_;
  result.moves = table_.counters().moved + table_.counters().swapped;
  const auto& entries = table_.oracle().entries();
  const std::uint64_t now = table_.now();
  const auto living = std::count_if(entries.begin(), entries.end(), [now](const auto& entry) {
    return !conn::Oracle::expired(entry.second, now);
  });
  result.load_pct = 100.0 * static_cast<double>(living) / TableDriver::kSlots;
  return result;
}

LoadResult ConnectionLoad::fill(double share, double requests_per_cycle) {
  const auto target = static_cast<std::uint64_t>(share * TableDriver::kSlots);
  begin();
  while (table_.oracle().entries().size() < target) {
    if (!chance(requests_per_cycle)) {
      step(std::nullopt);
      continue;
    }
    open_.push_back(table_.random()() & kKeyMask);
    step(open(open_.back()));
  }
  return result();
}

LoadResult ConnectionLoad::churn(double share, double requests_per_cycle, std::uint64_t inserts) {
  // Closed entries live for one and a half epochs, and are load too.
  const double closing =
      requests_per_cycle / 2 * 1.5 * static_cast<double>(epoch_cycles_) / TableDriver::kSlots;
  const auto target = static_cast<std::uint64_t>((share - closing) * TableDriver::kSlots);
  begin();
  bool opens = true;
  while (inserts_ < inserts) {
    if (!chance(requests_per_cycle)) {
      step(std::nullopt);
      continue;
    }
    Operation op;
    if (opens && open_.size() < target + 2) {
      op = open(table_.random()() & kKeyMask);
      open_.push_back(op.key);
    } else if (!close(&op)) {
      continue;
    }
    opens = !opens;
    step(op);
  }
  return result();
}

LoadResult ConnectionLoad::flood(std::uint64_t epoch_cycles, std::uint16_t timeout,
                                 std::uint64_t inserts) {
  epoch_cycles_ = epoch_cycles;
  opening_timeout_ = timeout;
  begin();
  while (inserts_ < inserts) step(open(table_.random()() & kKeyMask));
  return result();
}

LoadResult ConnectionLoad::insert(const std::vector<std::uint64_t>& keys) {
  begin();
  for (const std::uint64_t key : keys) step(open(key));
  for (std::uint32_t i = 0; i < 2 * TableDriver::kLatency; ++i) step(std::nullopt);
  return result();
}

}  // namespace sluice::bench
