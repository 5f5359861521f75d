// What the connection table must do: a map, the step table, and the counts.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "layout/connections.hpp"

namespace sluice::conn {

struct Operation {
  std::uint64_t key = 0;
  std::uint8_t event = 0;
  bool sees_return = false;
  std::uint8_t on_down = layout::kConnectionResets;
  std::uint8_t on_removed = layout::kConnectionKeeps;
  bool offer = true;
  std::uint16_t sequence = 0;
  std::uint16_t acknowledged = 0;
  std::uint32_t timeouts[4] = {2, 2, 2, 2};  // as layout::ConnectionTimeout
  // A restore by the host.
  std::uint8_t host_state = 0;
  std::uint16_t host_backend = 0;

  bool host() const { return event >= layout::kConnection_restore; }
};

struct Entry {
  std::uint16_t backend = 0;
  std::uint8_t state = 0;
  std::uint64_t deadline = 0;  // not modulo anything
  std::uint16_t reference_in = 0;
  std::uint16_t reference_out = 0;
  std::uint64_t taken_at = 0;  // when the operation that gave the backend entered
};

// What the hardware said of an operation: response, count and ask, in the order of operations.
struct Response {
  bool host = false, hit = false, inserted = false, renewed = false, stored = false, resets = false;
  std::uint8_t state = 0;
  std::uint16_t backend = 0;
  bool answers = false;  // the first SYN-ACK: `opened_at` is what the SYN left as a reference
  std::uint16_t opened_at = 0;
  bool change = false, up = false;
  std::uint16_t change_backend = 0, change_service = 0;
  bool asked = false, ask_renews = false, ask_stored = false;
  std::uint16_t ask_service = 0;
  std::uint16_t pick = 0;                       // what it was given in its V
  std::uint16_t looked_up = 0;                  // what it looked up
  std::uint8_t valid = layout::kBackendServes;  // and what the answer was
};

class Oracle {
 public:
  explicit Oracle(std::uint32_t window) : window_(window) {}

  // All return what is wrong, or an empty text. `entered`: cycle; `now`: epoch of that cycle.
  std::string respond(const Operation& op, std::uint64_t entered, std::uint64_t now,
                      const Response& seen);
  // Four cycles after each response; `removed` false: none was announced.
  std::string removed(bool valid, std::uint64_t key, std::uint16_t backend, bool active);
  // `evicted`: it had to make room, as the table is nearly full.
  std::string swept(std::uint64_t key, std::uint16_t backend, bool active, std::uint64_t now,
                    bool flushing, bool evicted);
  // With nothing under way: counts, and no entry waits for its removal to be announced.
  std::string settled() const;

  const std::unordered_map<std::uint64_t, Entry>& entries() const { return entries_; }
  std::vector<std::uint64_t> keys() const;
  static bool expired(const Entry& entry, std::uint64_t now) { return now >= entry.deadline; }

  std::uint64_t hits = 0, inserted = 0, renewed = 0, not_stored = 0, resets = 0, reclaimed = 0,
                sweeps = 0, evictions = 0, ignored_gone = 0;

 private:
  struct Expected {
    bool operation = false;  // it may have removed something
    bool must = false;       // it has, its own entry
    std::uint64_t key = 0;
    Entry old;
    std::uint64_t now = 0;
  };

  std::string check_response(const Operation& op, const Response& seen, const Response& want,
                             bool live) const;
  void count(bool up, std::uint16_t backend, std::uint64_t key);
  std::string forget_ghost(std::uint64_t key, std::uint16_t backend, bool active);

  std::uint32_t window_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  // Expired entries whose key has a new entry, and whose removal is still to be announced.
  std::unordered_multimap<std::uint64_t, Entry> ghosts_;
  std::deque<Expected> expected_;  // of the last operations, one a response
  // Changes as announced.
  std::unordered_map<std::uint16_t, std::int64_t> of_backend_, of_service_;
};

std::string describe(const Operation& op);

}  // namespace sluice::conn
