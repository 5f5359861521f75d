// The connection table of the fake card: the registers conn_* and the window connections, with
// what a test needs to see and to do from the card's side.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "driver/connections.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {

struct FakeConnectionFaults {
  bool flush_never_ends = false;
  bool operation_never_ends = false;
  bool read_never_ends = false;
  bool use_ignored = false;          // conn_control has no effect on `in use`
  std::size_t no_room_from = ~0ULL;  // entries that fill the table
};

class FakeConnections {
 public:
  // nullopt: no register of the connection table. `tick` is the card's.
  std::optional<base::Result<std::uint32_t>> read(std::uint32_t offset, std::uint32_t tick);
  std::optional<base::Result<void>> write(std::uint32_t offset, std::uint32_t value,
                                          std::uint32_t tick);

  // --- the card's side ---
  // As traffic would, restores of the host included; false: no room.
  bool insert(const Connection& entry, std::uint32_t tick);
  bool remove(const ConnectionKey& key);
  // Moves an entry to where a scan of all buckets comes last.
  void move_to_stash(const ConnectionKey& key);
  std::vector<Connection> entries(std::uint32_t tick) const;  // in the order of their keys
  std::uint32_t active_of_service(std::uint32_t service) const;
  std::uint32_t active_of_backend(std::uint32_t backend) const;
  bool in_use() const { return in_use_; }
  const std::array<std::uint32_t, layout::kConnectionRounds>& round_keys() const { return keys_; }
  std::uint32_t epoch_ticks() const { return epoch_ticks_; }
  std::uint32_t response_ticks() const { return response_ticks_; }
  std::uint32_t pressure() const { return pressure_; }
  void add_to_counter(ConnectionCounter counter, std::uint32_t count);

  FakeConnectionFaults faults;
  std::uint32_t clients = 0;      // as the register says
  std::uint32_t flush_reads = 2;  // of conn_status until a flush has ended
  std::function<void(std::uint32_t bucket)> on_read;

 private:
  struct Place {
    std::uint32_t bucket;
    std::uint32_t slot;
  };
  struct Entry {
    Connection connection;  // epochs_left as of `since`
    std::uint32_t since = 0;
    Place place{};
  };

  std::uint32_t epoch(std::uint32_t tick) const;
  std::uint32_t left(const Entry& entry, std::uint32_t tick) const;
  std::optional<Place> free_place(const ConnectionKey& key) const;
  bool free(Place place) const;
  std::uint32_t status();
  base::Result<void> control(std::uint32_t value);
  base::Result<void> operate(std::uint32_t value, std::uint32_t tick);
  std::uint32_t first_live(std::uint32_t bucket, std::uint32_t tick) const;
  base::Result<void> show(std::uint32_t bucket, std::uint32_t tick);

  std::map<std::uint64_t, Entry> entries_;        // by packed key
  std::map<std::uint64_t, std::uint64_t> taken_;  // bucket and slot -> packed key
  std::array<std::uint32_t, layout::kConnectionRounds> keys_{};
  std::array<std::uint32_t, 4> operation_{};
  std::array<std::uint32_t, layout::kWindowBytes_connections / 4> window_{};
  std::array<std::uint32_t, kConnectionCounters> counters_{};
  std::uint32_t live_ = 0;
  std::uint32_t stash_most_ = 0;
  std::uint32_t epoch_ticks_ = 0;
  std::uint32_t response_ticks_ = 0;
  std::uint32_t flush_left_ = 0;
  std::uint32_t forget_left_ = 0;  // readings of conn_status
  std::uint32_t pressure_ = 0;
  bool in_use_ = false;
  bool flushing_ = false;
  bool operating_ = false;
  bool reading_ = false;
  bool hit_ = false;
  bool stored_ = false;
};

}  // namespace sluice::driver
