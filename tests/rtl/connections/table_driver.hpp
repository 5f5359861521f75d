// Verilated conn_table with its oracle: operations in, every answer checked, cycle by cycle.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>

#include "Vconn_table.h"
#include "keys.hpp"
#include "oracle.hpp"

namespace sluice::conn {

// A slot as the host reads it.
struct Slot {
  bool stash = false;
  std::uint32_t bucket = 0;
  std::uint32_t slot = 0;
};

struct Counters {
  std::uint64_t cycles = 0, requests = 0, host_operations = 0, spilled = 0, moved = 0, swapped = 0,
                aborted = 0, reads = 0;
};

class TableDriver {
 public:
  static constexpr std::uint32_t kReadCycles = SLUICE_READ_CYCLES;
  static constexpr std::uint32_t kBucketBits = SLUICE_BUCKET_BITS;
  static constexpr std::uint64_t kSlots = std::uint64_t{16} << kBucketBits;
  static constexpr std::uint32_t kWindow = kReadCycles + 8;
  static constexpr std::uint32_t kLatency = kReadCycles + 14;
  static constexpr std::uint32_t kEpochCycles = 64;  // now may move no faster

  TableDriver(std::uint64_t seed, const RoundKeys& round_keys);
  ~TableDriver();
  TableDriver(const TableDriver&) = delete;
  TableDriver& operator=(const TableDriver&) = delete;

  // One cycle; a host's operation must find a cycle free of packets, which this is.
  void step(const std::optional<Operation>& op = std::nullopt);
  void idle(std::uint64_t cycles);
  void drain() { idle(kLatency + 8); }

  void advance_epoch();  // nothing if the last one is too close
  std::uint64_t now() const { return now_; }
  void set_now(std::uint64_t now) { now_ = now; }  // with nothing under way
  void set_sweep(bool on) { sweep_ = on; }
  void set_flush(bool on) { flush_ = on; }
  bool flush_done() const { return top_->flush_done_o != 0; }
  // The table is nearly full.
  void set_press(bool on) {
    if (on && !press_) pressed_at_ = {oracle_.inserted, oracle_.evictions};
    press_ = on;
  }
  // As in a backend's record.
  void set_valid(std::uint16_t backend, std::uint8_t valid) { valid_[backend] = valid; }
  void set_backends(std::uint32_t count) { backends_ = count; }

  bool want_read(const Slot& slot);  // false: the last read is still under way

  const std::string& difference() const { return difference_; }
  bool failed() const { return !difference_.empty(); }
  Oracle& oracle() { return oracle_; }
  const Counters& counters() const { return counters_; }
  void clear_counters() { counters_ = {}; }
  std::uint64_t entries() const { return top_->entries_o; }
  std::uint32_t stash_used() const { return top_->stash_used_o; }
  const RoundKeys& round_keys() const { return round_keys_; }
  std::mt19937_64& random() { return random_; }

  // With nothing under way: reads every slot and the stash, and compares them with the oracle.
  void compare_contents();
  // Looks every key up without changing anything.
  void look_up_all();
  // Lets time pass until the sweep has removed everything.
  void expire_all();

 private:
  struct UnderWay {
    bool valid = false;
    Operation op;
    std::uint64_t entered = 0;
    std::uint64_t now = 0;
    Response seen;
  };

  void drive(const std::optional<Operation>& op);
  void drive_feedback();
  void watch();
  void watch_response();
  void watch_read();
  void read_now(const Slot& slot);
  void compare_entry(std::uint64_t key, const Entry& entry);
  void say(const std::string& what);
  UnderWay* entered(std::uint64_t cycle);

  std::unique_ptr<Vconn_table> top_;
  std::mt19937_64 random_;
  RoundKeys round_keys_;
  Oracle oracle_;
  Counters counters_;
  std::string difference_;

  std::uint64_t cycle_ = 0;
  std::uint64_t now_ = 0;
  std::uint64_t epoch_began_ = 0;
  bool sweep_ = true;
  bool flush_ = false;
  std::uint64_t flushed_at_ = 0;
  std::uint32_t backends_ = 4096;
  bool press_ = false;
  struct {
    std::uint64_t inserted = 0, evictions = 0;
  } pressed_at_;
  std::vector<std::uint8_t> valid_ = std::vector<std::uint8_t>(4096, layout::kBackendServes);
  std::array<UnderWay, 64> under_way_;  // by cycle
  std::deque<bool> responses_;          // of the last four cycles
  std::array<bool, 2> asks_{};          // of the last two cycles

  std::optional<Slot> read_wanted_;
  std::optional<Slot> read_under_way_;
  bool collecting_ = false;
  std::unordered_set<std::uint64_t> read_;
};

}  // namespace sluice::conn
