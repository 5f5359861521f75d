#include "driver/fake_connections.hpp"

#include <algorithm>

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint32_t kTableBuckets = 1U << layout::kConnectionBucketBits;
constexpr std::uint32_t kEpochs = 1U << layout::kConnectionEpochBits;

Error refused(const std::string& what) { return Error{Errc::io, what + " (SLVERR)", "fake"}; }

bool within(std::uint32_t offset, std::uint32_t first, std::uint32_t last) {
  return offset >= first && offset <= last;
}

std::uint64_t place_number(std::uint32_t bucket, std::uint32_t slot) {
  return std::uint64_t{bucket} * layout::kConnWindowSlots + slot;
}

Connection from_words(const std::array<std::uint32_t, 4>& words) {
  Connection entry;
  entry.key = {words[0], static_cast<std::uint16_t>(words[1] >> 16),
               static_cast<std::uint16_t>(words[1] & 0xfff)};
  entry.state = static_cast<std::uint8_t>(words[2] >> 29);
  entry.backend = static_cast<std::uint16_t>(words[2] >> 17 & 0xfff);
  entry.epochs_left = words[2] & 0x1ffff;
  entry.backend_reference = static_cast<std::uint16_t>(words[3] >> 16);
  entry.client_reference = static_cast<std::uint16_t>(words[3]);
  return entry;
}

}  // namespace

std::uint32_t FakeConnections::epoch(std::uint32_t tick) const {
  return epoch_ticks_ == 0 ? 0 : tick / epoch_ticks_;
}

std::uint32_t FakeConnections::left(const Entry& entry, std::uint32_t tick) const {
  const std::uint32_t gone = epoch(tick) - entry.since;
  return gone < entry.connection.epochs_left ? entry.connection.epochs_left - gone : 0;
}

bool FakeConnections::free(Place place) const {
  return !taken_.contains(place_number(place.bucket, place.slot));
}

// Four buckets that depend on the round keys, then the stash.
std::optional<FakeConnections::Place> FakeConnections::free_place(const ConnectionKey& key) const {
  std::uint64_t hash = key.packed();
  for (const std::uint32_t round_key : keys_) {
    hash = (hash ^ round_key) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  constexpr std::uint32_t kSubtables = 4;
  for (std::uint32_t i = 0; i < kSubtables; ++i) {
    const auto bucket = static_cast<std::uint32_t>(hash >> 16 * i) % kTableBuckets;
    for (std::uint32_t slot = kSubtables * i; slot < kSubtables * (i + 1); ++slot) {
      if (free({bucket, slot})) return Place{bucket, slot};
    }
  }
  for (std::uint32_t i = 0; i < layout::kConnectionStash; ++i) {
    const Place place{kTableBuckets + i / layout::kConnWindowSlots, i % layout::kConnWindowSlots};
    if (free(place)) return place;
  }
  return std::nullopt;
}

bool FakeConnections::insert(const Connection& entry, std::uint32_t tick) {
  const auto place = free_place(entry.key);
  if (!place || entries_.size() >= faults.no_room_from) {
    add_to_counter(ConnectionCounter::untracked, 1);
    return false;
  }
  const std::uint64_t key = entry.key.packed();
  entries_[key] = {entry, epoch(tick), *place};
  taken_[place_number(place->bucket, place->slot)] = key;
  add_to_counter(ConnectionCounter::inserted, 1);
  if (place->bucket >= kTableBuckets) add_to_counter(ConnectionCounter::spilled, 1);
  return true;
}

bool FakeConnections::remove(const ConnectionKey& key) {
  const auto found = entries_.find(key.packed());
  if (found == entries_.end()) return false;
  taken_.erase(place_number(found->second.place.bucket, found->second.place.slot));
  entries_.erase(found);
  return true;
}

void FakeConnections::move_to_stash(const ConnectionKey& key) {
  Entry& entry = entries_.at(key.packed());
  taken_.erase(place_number(entry.place.bucket, entry.place.slot));
  entry.place = {kTableBuckets + 1, 0};
  while (!free(entry.place)) ++entry.place.slot;
  taken_[place_number(entry.place.bucket, entry.place.slot)] = key.packed();
}

std::vector<Connection> FakeConnections::entries(std::uint32_t tick) const {
  std::vector<Connection> result;
  for (const auto& [key, entry] : entries_) {
    const std::uint32_t epochs = left(entry, tick);
    if (epochs == 0) continue;
    result.push_back(entry.connection);
    result.back().epochs_left = epochs;
  }
  return result;
}

std::uint32_t FakeConnections::active_of_service(std::uint32_t service) const {
  return static_cast<std::uint32_t>(
      std::count_if(entries_.begin(), entries_.end(), [service](const auto& item) {
        const Connection& entry = item.second.connection;
        return entry.key.service == service && layout::connection_active(entry.state);
      }));
}

std::uint32_t FakeConnections::active_of_backend(std::uint32_t backend) const {
  return static_cast<std::uint32_t>(
      std::count_if(entries_.begin(), entries_.end(), [backend](const auto& item) {
        const Connection& entry = item.second.connection;
        return entry.backend == backend && layout::connection_active(entry.state);
      }));
}

void FakeConnections::add_to_counter(ConnectionCounter counter, std::uint32_t count) {
  counters_[static_cast<std::size_t>(counter)] += count;
}

// A flush that is asked about often enough has ended.
std::uint32_t FakeConnections::status() {
  if (forget_left_ > 0) --forget_left_;
  if (flushing_ && !faults.flush_never_ends && flush_left_-- == 0) flushing_ = false;
  return (in_use_ ? layout::kConnStatusInUse : 0) | (flushing_ ? layout::kConnStatusFlushing : 0) |
         (operating_ ? layout::kConnStatusOperation : 0) |
         (forget_left_ > 0 ? layout::kConnStatusForgetting : 0) |
         (reading_ ? layout::kConnStatusReading : 0) | (hit_ ? layout::kConnStatusHit : 0) |
         (stored_ ? layout::kConnStatusStored : 0);
}

std::optional<base::Result<std::uint32_t>> FakeConnections::read(std::uint32_t offset,
                                                                 std::uint32_t tick) {
  using Answer = base::Result<std::uint32_t>;
  if (within(offset, layout::kReg_conn_inserted, layout::kReg_conn_evicted)) {
    return Answer(counters_[(offset - layout::kReg_conn_inserted) / 4]);
  }
  if (within(offset, layout::kReg_conn_client, layout::kReg_conn_references)) {
    return Answer(operation_[(offset - layout::kReg_conn_client) / 4]);
  }
  if (within(offset, layout::kWindow_connections,
             layout::kWindow_connections + layout::kWindowBytes_connections - 4)) {
    return Answer(window_[(offset - layout::kWindow_connections) / 4]);
  }
  switch (offset) {
    case layout::kReg_conn_status:
      return Answer(status());
    case layout::kReg_conn_epoch_ticks:
      return Answer(epoch_ticks_);
    case layout::kReg_conn_epoch:
      return Answer(epoch(tick) % kEpochs);
    case layout::kReg_conn_live:
      return Answer(live_);
    case layout::kReg_conn_entries:
      return Answer(static_cast<std::uint32_t>(entries_.size()));
    case layout::kReg_conn_stash: {
      const auto stashed = static_cast<std::uint32_t>(
          std::distance(taken_.lower_bound(place_number(kTableBuckets, 0)), taken_.end()));
      stash_most_ = std::max(stash_most_, stashed);
      return Answer(stash_most_ << 8 | stashed);
    }
    case layout::kReg_conn_response_ticks:
      return Answer(response_ticks_);
    case layout::kReg_conn_clients:
      return Answer(clients);
    case layout::kReg_conn_pressure:
      return Answer(pressure_);
    default:
      return std::nullopt;
  }
}

std::optional<base::Result<void>> FakeConnections::write(std::uint32_t offset, std::uint32_t value,
                                                         std::uint32_t tick) {
  using Done = base::Result<void>;
  if (within(offset, layout::kReg_conn_round_key0, layout::kReg_conn_round_key11)) {
    if (in_use_) return Done(refused("round keys are written while the table is not in use"));
    keys_[(offset - layout::kReg_conn_round_key0) / 4] = value;
    return Done();
  }
  if (within(offset, layout::kReg_conn_client, layout::kReg_conn_references)) {
    if (operating_) return Done(Error{Errc::hung, "the operation before waits", "fake"});
    operation_[(offset - layout::kReg_conn_client) / 4] = value;
    return Done();
  }
  switch (offset) {
    case layout::kReg_conn_control:
      return control(value);
    case layout::kReg_conn_epoch_ticks:
      epoch_ticks_ = value & 0xffff;
      return Done();
    case layout::kReg_conn_response_ticks:
      response_ticks_ = value & 0xffff;
      return Done();
    case layout::kReg_conn_pressure:
      pressure_ = value;
      return Done();
    case layout::kReg_conn_do:
      return operate(value, tick);
    case layout::kReg_conn_read:
      return show(value, tick);
    default:
      return std::nullopt;
  }
}

base::Result<void> FakeConnections::control(std::uint32_t value) {
  if ((value & layout::kConnControlFlush) != 0) {
    entries_.clear();
    taken_.clear();
    flushing_ = true;
    flush_left_ = flush_reads;
  }
  if ((value & layout::kConnControlUse) != 0 && !faults.use_ignored) in_use_ = true;
  if ((value & layout::kConnControlForget) == 0) return {};
  if (!in_use_ || forget_left_ > 0) return refused("a service is forgotten one at a time, in use");
  forget_left_ = 1 + flush_reads;
  const std::vector<Connection> all = entries(0);
  for (const Connection& entry : all) {
    if (entry.key.service == (operation_[1] & 0xfff)) remove(entry.key);
  }
  return {};
}

base::Result<void> FakeConnections::operate(std::uint32_t value, std::uint32_t tick) {
  if (!in_use_) return refused("the table is not in use");
  if (operating_) return Error{Errc::hung, "the operation before waits", "fake"};
  operating_ = faults.operation_never_ends;
  const Connection entry = from_words(operation_);
  hit_ = entries_.contains(entry.key.packed());
  stored_ = false;
  if (value == layout::kConnDoRestore) stored_ = !hit_ && insert(entry, tick);
  if (value == layout::kConnDoRemove) remove(entry.key);
  return {};
}

// As the card: up to the end of a block.
std::uint32_t FakeConnections::first_live(std::uint32_t bucket, std::uint32_t tick) const {
  const std::uint32_t last = bucket | (layout::kConnectionReadBlock - 1);
  auto at = taken_.lower_bound(place_number(bucket, 0));
  while (at != taken_.end() && left(entries_.at(at->second), tick) == 0) ++at;
  if (at == taken_.end()) return last;
  return std::min(static_cast<std::uint32_t>(at->first / layout::kConnWindowSlots), last);
}

base::Result<void> FakeConnections::show(std::uint32_t bucket, std::uint32_t tick) {
  if (reading_) return refused("a read is under way");
  if (bucket >= kConnectionBuckets) return refused("no such bucket");
  if (on_read) on_read(bucket);
  reading_ = faults.read_never_ends;
  if (bucket < kTableBuckets) bucket = first_live(bucket, tick);
  live_ = bucket < kTableBuckets ? bucket << 16 : 0;
  window_.fill(0);
  auto at = taken_.lower_bound(place_number(bucket, 0));
  for (; at != taken_.end() && at->first < place_number(bucket + 1, 0); ++at) {
    const Entry& entry = entries_.at(at->second);
    const std::uint32_t epochs = left(entry, tick);
    if (epochs == 0) continue;
    const auto slot = static_cast<std::uint32_t>(at->first % layout::kConnWindowSlots);
    const Connection& c = entry.connection;
    live_ |= 1U << slot;
    std::uint32_t* words = &window_[std::size_t{4} * slot];
    words[0] = c.key.client;
    words[1] = std::uint32_t{c.key.client_port} << 16 | c.key.service;
    words[2] = std::uint32_t{c.state} << 29 | std::uint32_t{c.backend} << 17 | epochs;
    words[3] = std::uint32_t{c.backend_reference} << 16 | c.client_reference;
  }
  return {};
}

}  // namespace sluice::driver
