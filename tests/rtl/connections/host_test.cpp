// What the host does to the connection table: flush, restore, remove, read; and keys that someone
// aims at few buckets.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "aimed_keys.hpp"
#include "stress.hpp"

namespace sluice::conn {
namespace {

std::uint64_t seed() {
  static const std::uint64_t kSeed = [] {
    const char* given = std::getenv("SLUICE_SEED");
    const std::uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 0) : 20'601;
    std::cout << "seed " << chosen << " (SLUICE_SEED=" << chosen << " replays)\n";
    return chosen;
  }();
  return kSeed;
}

class HostTest : public testing::Test {
 protected:
  std::uint64_t new_key() { return table_.random()() >> 4; }

  Operation packet(std::uint64_t key) {
    Operation op;
    op.key = key;
    op.event = layout::kConnection_udp_in;
    for (auto& timeout : op.timeouts) timeout = 4000;
    return op;
  }

  void fill(std::uint64_t entries) {
    while (table_.oracle().entries().size() < entries && !table_.failed()) {
      table_.step(packet(new_key()));
    }
    table_.drain();
  }

  void flush() {
    table_.set_flush(true);
    for (std::uint64_t i = 0; i < TableDriver::kSlots * 64 && !table_.flush_done(); ++i) {
      table_.step();
    }
    EXPECT_TRUE(table_.flush_done());
    table_.set_flush(false);
  }

  void settle() {
    table_.drain();
    EXPECT_EQ(table_.difference(), "");
    EXPECT_EQ(table_.oracle().settled(), "");
  }

  TableDriver table_{seed(), random_round_keys(seed())};
};

TEST_F(HostTest, flushes_every_entry) {
  flush();
  fill(TableDriver::kSlots * 8 / 10);
  EXPECT_EQ(table_.entries(), table_.oracle().entries().size());
  flush();
  settle();
  EXPECT_TRUE(table_.oracle().entries().empty());
  EXPECT_EQ(table_.entries(), 0U);
}

TEST_F(HostTest, flushes_what_was_there_while_traffic_goes_on) {
  fill(TableDriver::kSlots * 6 / 10);
  const auto before = table_.oracle().keys();
  table_.set_flush(true);
  for (std::uint64_t i = 0; i < TableDriver::kSlots * 400 && !table_.flush_done(); ++i) {
    if (i % 8 == 0) {
      table_.step(packet(new_key()));
    } else {
      table_.step();
    }
  }
  EXPECT_TRUE(table_.flush_done());
  table_.set_flush(false);
  settle();
  for (const std::uint64_t key : before) EXPECT_EQ(table_.oracle().entries().count(key), 0U);
}

TEST_F(HostTest, restores_a_snapshot_and_removes_it_again) {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 0; i < TableDriver::kSlots / 2; ++i) {
    Operation op = packet(new_key());
    op.event = layout::kConnection_restore;
    op.host_state = static_cast<std::uint8_t>(1 + i % 7);
    op.host_backend = static_cast<std::uint16_t>(i % 4096);
    op.sequence = static_cast<std::uint16_t>(i);
    op.acknowledged = static_cast<std::uint16_t>(~i);
    keys.push_back(op.key);
    table_.step(op);
  }
  table_.compare_contents();
  settle();
  EXPECT_EQ(table_.entries(), keys.size());
  for (const std::uint64_t key : keys) {
    Operation op = packet(key);
    op.event = layout::kConnection_remove;
    table_.step(op);
  }
  settle();
  EXPECT_TRUE(table_.oracle().entries().empty());
  table_.idle(20);
  EXPECT_EQ(table_.entries(), 0U);
}

TEST_F(HostTest, reads_while_every_cycle_has_a_packet) {
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t any = table_.random()();
    table_.want_read({any % 4 == 0,
                      static_cast<std::uint32_t>(any >> 32) % (1U << TableDriver::kBucketBits),
                      static_cast<std::uint32_t>(any >> 8) % 16});
    table_.step(packet(any % (TableDriver::kSlots / 2)));
  }
  settle();
  EXPECT_GT(table_.counters().reads, 200U);
}

TEST_F(HostTest, lets_half_open_entries_give_way_to_as_many_new_ones_and_no_established_one) {
  std::vector<std::uint64_t> established;
  while (established.size() < TableDriver::kSlots / 2) {
    Operation op = packet(new_key());
    op.sees_return = true;
    established.push_back(op.key);
    table_.step(op);
    op.event = layout::kConnection_udp_out;
    table_.step(op);
  }
  Operation syn = packet(0);
  syn.event = layout::kConnection_syn;
  for (std::uint64_t i = 0; i < TableDriver::kSlots / 4; ++i) {
    syn.key = new_key();
    table_.step(syn);
  }
  table_.drain();
  table_.idle(20'000);
  table_.set_press(true);
  table_.idle(20'000);
  EXPECT_EQ(table_.oracle().evictions, 0U) << "nobody needs their place";
  const std::uint64_t before = table_.oracle().inserted;
  for (std::uint64_t i = 0; i < TableDriver::kSlots; ++i) {
    syn.key = new_key();
    table_.step(syn);
    table_.idle(100);
  }
  table_.idle(20'000);
  settle();
  EXPECT_EQ(table_.oracle().evictions, table_.oracle().inserted - before);
  EXPECT_EQ(table_.oracle().not_stored, 0U);
  for (const std::uint64_t key : established) EXPECT_EQ(table_.oracle().entries().count(key), 1U);
}

// Without the secret the table would hold what a few buckets and the stash hold.
TEST(AimedKeys, fill_few_buckets_only_if_the_round_keys_are_known) {
  constexpr std::uint32_t kBits = 1;
  const std::size_t count = TableDriver::kSlots * 7 / 10;
  const RoundKeys known{};
  const auto keys = aimed_keys(TableDriver::kBucketBits, kBits, count, known);
  for (const bool secret : {false, true}) {
    TableDriver table(seed(), secret ? random_round_keys(seed()) : known);
    for (const std::uint64_t key : keys) {
      Operation op;
      op.key = key;
      op.event = layout::kConnection_syn;
      for (auto& timeout : op.timeouts) timeout = 4000;
      table.step(op);
    }
    table.idle(200);
    EXPECT_EQ(table.difference(), "");
    const std::size_t stored = table.oracle().entries().size();
    if (secret) {
      EXPECT_GT(stored, count * 99 / 100);
    } else {
      EXPECT_LE(stored, (16U << kBits) + layout::kConnectionStash);
    }
  }
}

}  // namespace
}  // namespace sluice::conn
