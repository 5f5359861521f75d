// rtl/connections.sv with small tables, and what a test does to it: packets, registers, epochs.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "Vconnections.h"
#include "keys.hpp"
#include "layout/registers.hpp"
#include "layout/tables.hpp"
#include "path/connect.hpp"

namespace sluice::conn {

using namespace layout;  // the tests name much of it

inline constexpr std::uint32_t kBuckets = 16;
inline constexpr int kRingCycle = 11;
inline constexpr int kKnownCycle = 18;
inline constexpr int kClientLookupCycle = 12;  // the share of the client's backend is asked for
static_assert(sizeof(path::ConnectionRequest) * 8 == 160, "request_i");

class Block : public testing::Test {
 protected:
  Block() {
    pins_.write_i = pins_.read_i = pins_.request_valid_i = pins_.tick_i = 0;
    pins_.serving_i = 1;
    pins_.sched_write_i = pins_.sched_read_i = pins_.sched_word_i = 0;
    pins_.rst_i = 1;
    step(10);
    pins_.rst_i = 0;
    step(2);
  }

  void step(int cycles = 1) {
    for (int i = 0; i < cycles; ++i) {
      pins_.clk_i = 0;
      pins_.eval();
      // The backend looked up is answered for two cycles later.
      const std::uint16_t backend = pins_.serving_addr_o & 0xfff;
      const bool left = left_.count(backend) != 0;
      serving_[cycle_ % 4] = static_cast<std::uint8_t>(
          (down_.count(backend) == 0 ? kBackendServes : 0) | (left ? kBackendLeaving : 0));
      pins_.clk_i = 1;
      pins_.eval();
      ++cycle_;
      pins_.serving_i = serving_[(cycle_ - 2) % 4];
    }
  }

  bool write(std::uint32_t address, std::uint32_t value) {
    pins_.write_i = 1;
    pins_.write_offset_i = address >> 2 & 0x3f;
    pins_.write_data_i = value;
    step();
    pins_.write_i = 0;
    for (int i = 0; i < 1000 && !pins_.write_ack_o; ++i) step();
    EXPECT_TRUE(pins_.write_ack_o) << "no answer to a write of " << address;
    const bool refused = pins_.write_error_o;
    step();
    return !refused;
  }

  std::optional<std::uint32_t> try_read(std::uint32_t address) {
    pins_.read_i = 1;
    pins_.read_window_i = address >= kWindow_connections;
    pins_.read_offset_i = address >> 2 & 0x3f;
    step();
    pins_.read_i = 0;
    for (int i = 0; i < 100 && !pins_.read_ack_o; ++i) step();
    EXPECT_TRUE(pins_.read_ack_o) << "no answer to a read of " << address;
    if (pins_.read_error_o) return std::nullopt;
    const std::uint32_t value = pins_.read_data_o;
    step();
    return value;
  }
  std::uint32_t read(std::uint32_t address) { return try_read(address).value_or(0xdeadbeef); }

  void put_to_use() {
    for (std::uint32_t i = 0; i < kConnectionRounds; ++i) {
      ASSERT_TRUE(write(kReg_conn_round_key0 + 4 * i, 0x1234567 * (i + 3) & 0x3fffffff));
    }
    ASSERT_TRUE(write(kReg_conn_epoch_ticks, 1));
    wait_while(kConnStatusFlushing);  // since the reset: the counts are cleared
    ASSERT_TRUE(write(kReg_conn_control, kConnControlFlush));
    wait_while(kConnStatusFlushing);
    ASSERT_TRUE(write(kReg_conn_control, kConnControlUse));
    ASSERT_EQ(read(kReg_conn_status) & kConnStatusInUse, kConnStatusInUse);
  }

  void wait_while(std::uint32_t bit) {
    for (int i = 0; i < 100'000; ++i) {
      if ((read(kReg_conn_status) & bit) == 0) return;
    }
    FAIL() << "status bit " << bit << " stays";
  }

  static path::ConnectionRequest packet(std::uint8_t event, std::uint32_t client) {
    path::ConnectionRequest request{};
    request.valid = request.offer = true;
    request.begins = event == kConnection_syn || event == kConnection_udp_in;
    request.sees_return = true;
    request.event = event;
    request.client = 0x0a000000 + client;
    request.client_port = static_cast<std::uint16_t>(40000 + client);
    request.service_index = 5;
    const bool inward = connection_from_client(event);
    request.sequence = inward ? 100 : 200;
    request.acknowledged = inward ? 200 : 100;
    return request;
  }

  // A SYN of client 1 from this port.
  static path::ConnectionRequest connection(std::uint16_t port) {
    path::ConnectionRequest request = packet(kConnection_syn, 1);
    request.client_port = port;
    return request;
  }

  // One packet alone, and what is known of it.
  path::Known ask(const path::ConnectionRequest& request, std::uint16_t proposal) {
    pins_.request_valid_i = 1;
    std::memcpy(&pins_.request_i, &request, sizeof request);
    set_timeouts(pins_.request_timeouts_i.m_storage, {20, 40, 20, 20});
    pins_.request_on_down_i = on_down_;
    pins_.request_on_removed_i = on_removed_;
    pins_.request_persistence_i = persistence_;
    pins_.request_scheduler_i = kind_;
    pins_.request_turns_base_i = turns_base_;
    pins_.request_turns_last_i = turns_last_;
    step();
    pins_.request_valid_i = 0;
    step(kRingCycle - 1);
    pins_.ring_backend_i = proposal;
    pins_.pair_backend_i = pair_;
    step();
    pins_.ring_backend_i = pins_.pair_backend_i = 0xfff;
    step(kKnownCycle - kRingCycle - 1);
    path::Known known{};
    known.hit = pins_.known_hit_o;
    known.taken = pins_.known_taken_o;
    known.stored = pins_.known_stored_o;
    known.resets = pins_.known_resets_o;
    known.backend_index = pins_.known_backend_o;
    step();
    return known;
  }

  // Table shares: what a backend costs its service.
  void share(int backend, std::uint16_t service, std::uint32_t cost) {
    begin_share(backend, service, cost);
    step();
    pins_.sched_write_i = 0;
    step(20);
  }
  void begin_share(int backend, std::uint16_t service, std::uint32_t cost) {
    begin_write(kShares, static_cast<std::uint32_t>(backend), std::uint64_t{service} << 48 | cost);
  }

  void epochs(int count) {
    for (int i = 0; i < count; ++i) {
      pins_.tick_i = 1;
      step();
      pins_.tick_i = 0;
      step(80);
    }
  }

  using Slot = std::array<std::uint32_t, 4>;
  std::vector<Slot> read_all() {
    std::vector<Slot> slots;
    for (std::uint32_t bucket = 0; bucket < kBuckets + 2; ++bucket) {
      EXPECT_TRUE(write(kReg_conn_read, bucket));
      wait_while(kConnStatusReading);
      const std::uint32_t live = read(kReg_conn_live);
      if (bucket < kBuckets) {
        EXPECT_GE(live >> 16, bucket);
        EXPECT_TRUE((live & 0xffff) != 0 || live >> 16 == kBuckets - 1);
        bucket = live >> 16;
      }
      for (std::uint32_t slot = 0; slot < kConnWindowSlots; ++slot) {
        if ((live >> slot & 1) == 0) continue;
        Slot words{};
        for (std::uint32_t word = 0; word < 4; ++word) {
          words[word] = read(kWindow_connections + 16 * slot + 4 * word);
        }
        slots.push_back(words);
      }
    }
    return slots;
  }

  bool operation(std::uint32_t what, const Slot& slot) {
    return write(kReg_conn_client, slot[0]) && write(kReg_conn_place, slot[1]) &&
           write(kReg_conn_entry, slot[2]) && write(kReg_conn_references, slot[3]) &&
           write(kReg_conn_do, what);
  }

  // The scheduler's tables, in the order of its ports.
  enum SchedTable : std::uint32_t { kTurns, kShares, kTimes, kServiceCounts, kBackendCounts };
  void begin_write(SchedTable table, std::uint32_t entry, std::uint64_t record) {
    pins_.sched_select_i = static_cast<std::uint8_t>(1U << table);
    pins_.sched_entry_i = static_cast<std::uint16_t>(entry);
    pins_.sched_record_i = record;
    pins_.sched_write_i = 1;
  }
  void write_table(SchedTable table, std::uint32_t entry, std::uint64_t record) {
    begin_write(table, entry, record);
    step();
    pins_.sched_write_i = 0;
    step(24);
  }
  std::uint32_t read_table(SchedTable table, std::uint32_t entry, bool second_word = false) {
    pins_.sched_select_i = static_cast<std::uint8_t>(1U << table);
    pins_.sched_entry_i = static_cast<std::uint16_t>(entry);
    pins_.sched_word_i = second_word;
    pins_.sched_read_i = 1;
    step();
    pins_.sched_read_i = 0;
    step(3);
    return pins_.sched_words_o.m_storage[table];
  }
  static constexpr std::uint32_t kCost = 1U << 17;
  void write_share(std::uint32_t backend, std::uint32_t cost, std::uint32_t column, bool timed) {
    write_table(
        kShares, backend,
        std::uint64_t{5} << 48 | std::uint64_t{column} << 40 | std::uint64_t{timed} << 32 | cost);
  }
  std::uint16_t open(std::uint32_t client, std::uint16_t proposal) {
    const path::Known known = ask(packet(kConnection_syn, client), proposal);
    EXPECT_TRUE(known.taken && known.stored);
    step(40);  // its load shows
    return known.backend_index;
  }

  Vconnections pins_;
  std::uint64_t cycle_ = 2;
  std::array<std::uint8_t, 4> serving_{1, 1, 1, 1};
  std::map<std::uint16_t, bool> down_, left_;  // backends
  std::uint8_t on_down_ = kConnectionResets, on_removed_ = kConnectionKeeps;
  std::uint32_t persistence_ = 0;
  SchedulerKind kind_ = kScheduler_ring;
  std::uint16_t turns_base_ = 0, turns_last_ = 0;
  std::uint16_t pair_ = 0xfff;
};

}  // namespace sluice::conn
