#include "connection_load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <utility>

namespace sluice::bench {
namespace {

using conn::Operation;
using conn::TableDriver;

constexpr std::uint64_t kKeyMask = (std::uint64_t{1} << layout::kConnectionKeyBits) - 1;
constexpr std::uint32_t kLongTimeout = 100'000;
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

LoadResult ConnectionLoad::expire(std::uint64_t epoch_cycles, std::uint16_t timeout,
                                  std::uint64_t inserts) {
  epoch_cycles_ = epoch_cycles;
  opening_timeout_ = timeout;
  begin();
  while (inserts_ < inserts) step(open(table_.random()() & kKeyMask));
  return result();
}

Operation ConnectionLoad::packet(std::uint64_t key, std::uint8_t event) const {
  Operation op;
  op.key = key;
  op.event = event;
  op.sees_return = true;
  for (auto& timeout : op.timeouts) timeout = kLongTimeout;
  return op;
}

bool ConnectionLoad::established(std::uint64_t key) {
  const auto found = table_.oracle().entries().find(key);
  return found != table_.oracle().entries().end() &&
         found->second.state == layout::kConnection_established;
}

void ConnectionLoad::establish(double share) {
  const auto target = static_cast<std::uint64_t>(share * TableDriver::kSlots);
  while (open_.size() < target) {
    open_.push_back(table_.random()() & kKeyMask);
    Operation op = packet(open_.back(), layout::kConnection_restore);
    op.host_state = layout::kConnection_established;
    step(op);
  }
  for (std::uint32_t i = 0; i < 2 * TableDriver::kLatency; ++i) step(std::nullopt);
  std::erase_if(open_, [this](std::uint64_t key) { return !established(key); });
}

FloodResult ConnectionLoad::flood(double share, std::uint64_t connections,
                                  double requests_per_cycle, std::uint64_t round_trip_cycles) {
  constexpr std::uint8_t kForged[] = {layout::kConnection_syn, layout::kConnection_data_in,
                                      layout::kConnection_udp_in};
  constexpr std::uint64_t kForgedOfOne = 10;
  struct Answer {
    std::uint64_t due, key;
    std::uint8_t event;
  };
  establish(share);
  begin();
  FloodResult flood;
  std::deque<Answer> answers;
  std::vector<std::uint64_t> begun;
  std::uint64_t sent = 0;
  while (begun.size() < connections || !answers.empty()) {
    table_.set_press(table_.entries() >= TableDriver::kSlots / 10 * 9);
    if (!chance(requests_per_cycle)) {
      step(std::nullopt);
    } else if (!answers.empty() && answers.front().due <= cycle_) {
      const Answer answer = answers.front();
      answers.pop_front();
      if (answer.event == layout::kConnection_syn_ack) {
        answers.push_back(
            {cycle_ + round_trip_cycles / 2, answer.key, layout::kConnection_data_in});
      }
      step(packet(answer.key, answer.event));
    } else if (begun.size() < connections && ++sent % (kForgedOfOne + 1) == 0) {
      begun.push_back(table_.random()() & kKeyMask);
      answers.push_back(
          {cycle_ + round_trip_cycles / 2, begun.back(), layout::kConnection_syn_ack});
      step(packet(begun.back(), layout::kConnection_syn));
    } else {
      step(packet(table_.random()() & kKeyMask, kForged[flood.forged++ % std::size(kForged)]));
    }
  }
  for (std::uint32_t i = 0; i < 2 * TableDriver::kLatency; ++i) step(std::nullopt);
  static_cast<LoadResult&>(flood) = result();
  flood.inserts = begun.size();
  flood.evicted = table_.oracle().evictions;
  const auto holds = [this](std::uint64_t key) { return established(key); };
  flood.established = static_cast<std::uint64_t>(std::count_if(begun.begin(), begun.end(), holds));
  flood.lost =
      open_.size() - static_cast<std::uint64_t>(std::count_if(open_.begin(), open_.end(), holds));
  flood.not_stored = flood.inserts - flood.established;
  return flood;
}

LoadResult ConnectionLoad::insert(const std::vector<std::uint64_t>& keys) {
  begin();
  for (const std::uint64_t key : keys) step(open(key));
  for (std::uint32_t i = 0; i < 2 * TableDriver::kLatency; ++i) step(std::nullopt);
  return result();
}

}  // namespace sluice::bench
