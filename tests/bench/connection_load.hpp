// Loads for the connection table alone: fills it, churns it, floods it, aims at few of its buckets.
#pragma once

#include <cstdint>
#include <vector>

#include "table_driver.hpp"

namespace sluice::bench {

struct LoadResult {
  double load_pct = 0;  // entries that live, of all slots, at the end
  std::uint64_t requests = 0;
  std::uint64_t cycles = 0;
  std::uint64_t inserts = 0;  // asked for
  std::uint64_t not_stored = 0;
  std::uint64_t moves = 0;  // moved back into the table or exchanged
};

// Of true connections under a flood; `inserts` and `not_stored` are theirs.
struct FloodResult : LoadResult {
  std::uint64_t forged = 0;       // packets
  std::uint64_t evicted = 0;      // half-open entries that gave way
  std::uint64_t established = 0;  // true ones that got through their handshake
  std::uint64_t lost = 0;         // established ones that are gone
};

class ConnectionLoad {
 public:
  ConnectionLoad(std::uint64_t seed, const conn::RoundKeys& round_keys);

  // A cycle with a request at this rate, all of them new connections, until `share` of the slots
  // is taken.
  LoadResult fill(double share, double requests_per_cycle);
  // Half the requests open a connection, half close one, so that the load stays.
  LoadResult churn(double share, double requests_per_cycle, std::uint64_t inserts);
  // A new connection every cycle; only time-outs free slots.
  LoadResult expire(std::uint64_t epoch_cycles, std::uint16_t timeout, std::uint64_t inserts);
  // `share` of the slots holds established connections. Then `connections` begin, each with ten
  // forged packets (SYN, ACK, UDP by turns), and are answered after `round_trip_cycles`.
  FloodResult flood(double share, std::uint64_t connections, double requests_per_cycle,
                    std::uint64_t round_trip_cycles);
  LoadResult insert(const std::vector<std::uint64_t>& keys);

  const conn::TableDriver& table() const { return table_; }

 private:
  void begin();
  LoadResult result();
  bool chance(double share);
  void step(const std::optional<conn::Operation>& op);
  conn::Operation open(std::uint64_t key);
  bool close(conn::Operation* op);
  void establish(double share);
  conn::Operation packet(std::uint64_t key, std::uint8_t event) const;
  bool established(std::uint64_t key);

  conn::TableDriver table_;
  std::uint64_t epoch_cycles_ = 2048;
  std::uint64_t cycle_ = 0;
  std::uint32_t opening_timeout_ = 4095;
  std::vector<std::uint64_t> open_;
  std::uint64_t not_stored_before_ = 0;
  std::uint64_t inserts_ = 0;
};

}  // namespace sluice::bench
