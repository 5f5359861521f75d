// The card's connection table from the host's side (docs/connections.md, "Tools"): into use, list,
// restore, remove, flush, statistics.
//
// Goes through a Board that somebody else owns. Not thread-safe. Every wait is bounded. Nothing
// here disturbs traffic: the card does all of it in cycles that packets leave.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"
#include "driver/board.hpp"
#include "layout/connections.hpp"

namespace sluice::driver {

struct ConnectionKey {
  std::uint32_t client = 0;
  std::uint16_t client_port = 0;
  std::uint16_t service = 0;  // index
  auto operator<=>(const ConnectionKey&) const = default;
  // The 60 bits of docs/connections.md.
  std::uint64_t packed() const {
    return std::uint64_t{client} << 28 | std::uint64_t{client_port} << 12 | service;
  }
};

struct Connection {
  ConnectionKey key;
  std::uint16_t backend = 0;  // index
  std::uint8_t state = layout::kConnection_none;
  std::uint32_t epochs_left = 0;  // an epoch is a second
  std::uint16_t backend_reference = 0;
  std::uint16_t client_reference = 0;
  bool operator==(const Connection&) const = default;
};

inline constexpr std::uint32_t kMostEpochsLeft = layout::kConnectionLongestTimeout;
// Slots of the table, and places the stash has besides.
inline constexpr std::uint32_t kConnectionSlots = 16U << layout::kConnectionBucketBits;
// Connections from which on half-open ones give way to new ones: 90 % of the slots.
inline constexpr std::uint32_t kConnectionPressure = kConnectionSlots / 10 * 9;
// Buckets to read: of the table, then two that show the stash.
inline constexpr std::uint32_t kClientSlots = 16U << layout::kClientBucketBits;
inline constexpr std::uint32_t kConnectionBuckets = (1U << layout::kConnectionBucketBits) + 2;

// What the card counts, since its reset and modulo 2^32, in the order of its registers.
enum class ConnectionCounter : std::uint8_t {
  inserted,
  renewed,
  untracked,
  reclaimed,
  swept,
  spilled,
  moved,
  swapped,
  aborted,
  resets,
  clients_untracked,
  evicted,
};
inline constexpr std::size_t kConnectionCounters = 12;
const char* name(ConnectionCounter counter);  // "inserted"
const char* connection_state_name(std::uint8_t state);
std::optional<std::uint8_t> parse_connection_state(std::string_view text);

struct ConnectionStatistics {
  bool in_use = false;
  bool flushing = false;
  bool forgetting = false;  // a service's connections
  std::uint32_t epoch = 0;
  std::uint32_t entries = 0;  // expired ones included
  std::uint32_t stash_now = 0;
  std::uint32_t stash_most = 0;
  std::uint32_t clients = 0;  // whose backend is remembered for persistence
  std::array<std::uint32_t, kConnectionCounters> counters{};
};

// What became of entries that were to be restored.
struct RestoreReport {
  std::uint64_t stored = 0;
  std::uint64_t present = 0;  // the key had an entry, which stays
  std::uint64_t no_room = 0;
  bool operator==(const RestoreReport&) const = default;
};

struct ConnectionOptions {
  std::chrono::milliseconds operation_timeout{2000};  // of one operation or one reading
  // Of a flush, which is a round of the sweep. A simulated card takes long for it: while the
  // card's clock has not made `flush_cycles` yet, it may take twenty times as long.
  std::chrono::milliseconds flush_timeout{30'000};
  std::uint64_t flush_cycles = std::uint64_t{1} << 28;
  // Fills bytes that nobody can foresee; by default the operating system's generator.
  std::function<base::Result<void>(std::span<std::byte>)> random;
};

class Connections {
 public:
  explicit Connections(Board& board, ConnectionOptions options = {});

  // Brings the table of a fresh card into use: new secret, flush, epochs of a second. One that is
  // in use stays as it is, with all it holds. A failure leaves a fresh card's table out of use:
  // packets then follow the ring. `io`: the operating system gave no random numbers, or the card
  // refused an access; `hung`: the flush does not end.
  enum class Started { fresh, kept };
  base::Result<Started> start();
  // The same without waiting: nothing until the flush has ended; ask again then.
  base::Result<std::optional<Started>> start_step();

  // Calls `each` for what a bucket holds: the first one from `bucket` (below kConnectionBuckets) on
  // that is not empty, as far as the card looks for it. Returns the bucket to go on with. Entries
  // that have expired are left out.
  base::Result<std::uint32_t> read_from(std::uint32_t bucket,
                                        const std::function<void(const Connection&)>& each);

  // Everything in the table. Entries move while it is read: one that is met twice is reported once,
  // and one may be missed. `progress`, if given, gets buckets read so far and can end it: false.
  using Progress = std::function<bool(std::uint32_t buckets)>;
  base::Result<void> for_each(const std::function<void(const Connection&)>& each,
                              const Progress& progress = {});

  // Writes entries whose key has none. All are checked first: state 1 to 7, indexes and epochs that
  // fit (`invalid`). Boards with lists of writes use them; there the report comes from the card's
  // counters and takes in what traffic did meanwhile. On failure some may have been written.
  base::Result<RestoreReport> restore(std::span<const Connection> entries);
  // Keys without an entry do no harm.
  base::Result<void> remove(std::span<const ConnectionKey> keys);

  // Forgets everything; `hung` if it does not end.
  base::Result<void> flush();
  // The same without waiting; statistics() tells when it has ended.
  base::Result<void> begin_flush();

  // Begins to forget the connections of a service, for good if no packet comes for it any more;
  // statistics() tells when that has ended. `busy`: the table is not in use, or forgets another
  // service's.
  base::Result<void> begin_forget(std::uint16_t service);

  base::Result<ConnectionStatistics> statistics();

 private:
  struct FlushWatch {
    std::chrono::steady_clock::time_point since;
    std::uint64_t cycles = 0;
  };

  base::Result<std::uint32_t> status();
  base::Result<std::uint32_t> wait_while(std::uint32_t bit, const char* what);
  base::Result<void> write_keys();
  base::Result<void> put_into_use();
  base::Result<std::uint64_t> cycles();
  base::Result<FlushWatch> watch_flush();
  base::Result<void> check_flush(const FlushWatch& watch);
  base::Result<RestoreReport> restore_each(std::span<const Connection> entries);
  base::Result<RestoreReport> restore_by_list(std::span<const Connection> entries);
  base::Result<void> require_use(const char* what);

  Board* board_;
  ConnectionOptions options_;
  std::optional<FlushWatch> starting_;
};

// A reading of the whole table in steps, for those who have other things to do in between.
class ConnectionScan {
 public:
  // Reads buckets from where the last step ended until `enough` says so, at least one.
  base::Result<void> step(Connections& connections,
                          const std::function<void(const Connection&)>& each,
                          const std::function<bool()>& enough);
  bool done() const { return next_ == kConnectionBuckets; }
  std::uint32_t buckets_read() const { return next_; }
  std::uint64_t found() const { return seen_.size(); }

 private:
  std::uint32_t next_ = 0;
  std::unordered_set<std::uint64_t> seen_;  // packed keys: an entry may have moved on
};

}  // namespace sluice::driver
