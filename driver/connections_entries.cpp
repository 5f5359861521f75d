// Entries of the connection table: reading, restoring, removing.
#include <algorithm>
#include <bit>
#include <string>

#include "driver/connections.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint32_t kWordsOfSlot = 4;
// An operation's registers follow each other, so that an entry is one block.
constexpr std::uint32_t kWritesOfRestore = 5;
constexpr std::uint32_t kWritesOfRemove = 3;
static_assert(layout::kReg_conn_place == layout::kReg_conn_client + 4 &&
              layout::kReg_conn_entry == layout::kReg_conn_client + 8 &&
              layout::kReg_conn_references == layout::kReg_conn_client + 12 &&
              layout::kReg_conn_do == layout::kReg_conn_client + 16);
// Entries between two looks at what the card made of them, on a board with lists.
constexpr std::size_t kEntriesOfBatch = 10'000;
constexpr std::size_t kKeysOfBatch = 1'000;

using Words = std::array<std::uint32_t, kWordsOfSlot>;

std::uint32_t place_of(const ConnectionKey& key) {
  return std::uint32_t{key.client_port} << 16 | key.service;
}

Words words_of(const Connection& entry) {
  return {entry.key.client, place_of(entry.key),
          std::uint32_t{entry.state} << 29 | std::uint32_t{entry.backend} << 17 | entry.epochs_left,
          std::uint32_t{entry.backend_reference} << 16 | entry.client_reference};
}

Connection entry_of(std::span<const std::uint32_t, kWordsOfSlot> words) {
  Connection entry;
  entry.key.client = words[0];
  entry.key.client_port = static_cast<std::uint16_t>(words[1] >> 16);
  entry.key.service = static_cast<std::uint16_t>(words[1] & 0xfff);
  entry.state = static_cast<std::uint8_t>(words[2] >> 29);
  entry.backend = static_cast<std::uint16_t>(words[2] >> 17 & 0xfff);
  entry.epochs_left = words[2] & 0x1ffff;
  entry.backend_reference = static_cast<std::uint16_t>(words[3] >> 16);
  entry.client_reference = static_cast<std::uint16_t>(words[3]);
  return entry;
}

constexpr std::uint32_t kTableBuckets = 1U << layout::kConnectionBucketBits;

bool fits(const Connection& entry) {
  return entry.state != layout::kConnection_none && entry.state < layout::kConnectionStates &&
         entry.key.service >> layout::kConnectionServiceBits == 0 &&
         entry.backend >> layout::kConnectionBackendBits == 0 &&
         entry.epochs_left <= kMostEpochsLeft;
}

}  // namespace

base::Result<std::uint32_t> Connections::read_from(
    std::uint32_t bucket, const std::function<void(const Connection&)>& each) {
  if (auto done = board_->write(layout::kReg_conn_read, bucket); !done) return done.error();
  const auto ready = wait_while(layout::kConnStatusReading, "the reading of a bucket");
  if (!ready) return ready.error();
  const auto live = board_->read(layout::kReg_conn_live);
  if (!live) return live.error();
  for (std::uint32_t mask = *live & 0xffff; mask != 0; mask &= mask - 1) {
    const auto slot = static_cast<std::uint32_t>(std::countr_zero(mask));
    Words words{};
    auto done = board_->read_block(layout::kWindow_connections + 4 * kWordsOfSlot * slot, words);
    if (!done) return done.error();
    const Connection entry = entry_of(words);
    if (entry.state != layout::kConnection_none) each(entry);
  }
  if (bucket >= kTableBuckets) return bucket + 1;
  const std::uint32_t shown = *live >> 16;
  if (shown >= bucket) return shown + 1;
  return Error{Errc::io, "the card shows another bucket of connections than it was asked for",
               board_->name()};
}

base::Result<void> ConnectionScan::step(Connections& connections,
                                        const std::function<void(const Connection&)>& each,
                                        const std::function<bool()>& enough) {
  while (!done()) {
    const auto next = connections.read_from(next_, [&](const Connection& entry) {
      if (seen_.insert(entry.key.packed()).second) each(entry);
    });
    if (!next) return next.error();
    next_ = *next;
    if (enough()) break;
  }
  return {};
}

base::Result<void> Connections::for_each(const std::function<void(const Connection&)>& each,
                                         const Progress& progress) {
  ConnectionScan scan;
  bool ended = false;
  while (!scan.done() && !ended) {
    auto done = scan.step(*this, each, [&] {
      ended = progress && !progress(scan.buckets_read());
      return ended;
    });
    if (!done) return done;
  }
  return {};
}

base::Result<RestoreReport> Connections::restore(std::span<const Connection> entries) {
  if (!std::all_of(entries.begin(), entries.end(), fits)) {
    return Error{Errc::invalid, "a connection to be restored does not fit the card's fields",
                 board_->name()};
  }
  if (auto good = require_use("nothing was restored"); !good) return good.error();
  const auto list = board_->list_writes();
  if (!list) return list.error();
  return *list < kWritesOfRestore ? restore_each(entries) : restore_by_list(entries);
}

// One by one, each with the card's answer.
base::Result<RestoreReport> Connections::restore_each(std::span<const Connection> entries) {
  RestoreReport report;
  for (const Connection& entry : entries) {
    const Words words = words_of(entry);
    const std::array<std::uint32_t, kWritesOfRestore> block{words[0], words[1], words[2], words[3],
                                                            layout::kConnDoRestore};
    auto done = board_->write_block(layout::kReg_conn_client, block);
    if (!done) return done.error();
    const auto now = wait_while(layout::kConnStatusOperation, "the restoring of a connection");
    if (!now) return now.error();
    if ((*now & layout::kConnStatusHit) != 0) {
      ++report.present;
    } else {
      ++((*now & layout::kConnStatusStored) != 0 ? report.stored : report.no_room);
    }
  }
  return report;
}

// A list takes no answers back: the card's counters tell.
base::Result<RestoreReport> Connections::restore_by_list(std::span<const Connection> entries) {
  RestoreReport report;
  std::vector<RegisterWrite> writes;
  while (!entries.empty()) {
    const auto batch = entries.first(std::min(entries.size(), kEntriesOfBatch));
    entries = entries.subspan(batch.size());
    const auto before = statistics();
    if (!before) return before.error();
    writes.clear();
    for (const Connection& entry : batch) {
      std::uint32_t offset = layout::kReg_conn_client;
      for (const std::uint32_t word : words_of(entry)) {
        writes.push_back({offset, word});
        offset += 4;
      }
      writes.push_back({layout::kReg_conn_do, layout::kConnDoRestore});
    }
    if (auto done = board_->write_each(writes); !done) return done.error();
    const auto last = wait_while(layout::kConnStatusOperation, "the restoring of connections");
    if (!last) return last.error();
    const auto after = statistics();
    if (!after) return after.error();
    const auto counted = [&](ConnectionCounter counter) -> std::size_t {
      const auto i = static_cast<std::size_t>(counter);
      return after->counters[i] - before->counters[i];
    };
    const std::size_t stored = std::min(batch.size(), counted(ConnectionCounter::inserted));
    const std::size_t no_room =
        std::min(batch.size() - stored, counted(ConnectionCounter::untracked));
    report.stored += stored;
    report.no_room += no_room;
    report.present += batch.size() - stored - no_room;
  }
  return report;
}

base::Result<void> Connections::remove(std::span<const ConnectionKey> keys) {
  if (keys.empty()) return {};
  if (auto good = require_use("nothing was removed"); !good) return good;
  std::vector<RegisterWrite> writes;
  while (!keys.empty()) {
    const auto batch = keys.first(std::min(keys.size(), kKeysOfBatch));
    keys = keys.subspan(batch.size());
    writes.clear();
    writes.reserve(batch.size() * kWritesOfRemove);
    for (const ConnectionKey& key : batch) {
      writes.push_back({layout::kReg_conn_client, key.client});
      writes.push_back({layout::kReg_conn_place, place_of(key)});
      writes.push_back({layout::kReg_conn_do, layout::kConnDoRemove});
    }
    if (auto done = board_->write_each(writes); !done) return done;
  }
  const auto last = wait_while(layout::kConnStatusOperation, "the removal of connections");
  return last ? base::Result<void>{} : last.error();
}

}  // namespace sluice::driver
