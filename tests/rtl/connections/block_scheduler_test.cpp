// rtl/connections.sv: the schedulers behind the table, and what comes from backends.
#include "block.hpp"

namespace sluice::conn {
namespace {

TEST_F(Block, gives_turns_to_connections_that_begin_and_to_nothing_else) {
  put_to_use();
  kind_ = kScheduler_turns;
  turns_base_ = 10;
  turns_last_ = 2;
  write_table(kTurns, 10, 21U << 16 | 20U);
  write_table(kTurns, 12, 99U << 16 | 22U);
  EXPECT_EQ(read_table(kTurns, 10), 21U << 16 | 20U);
  EXPECT_EQ(read_table(kTurns, 12), 99U << 16 | 22U);
  const std::uint16_t first = open(1, 7);  // the counter begins anywhere
  ASSERT_TRUE(first >= 20 && first <= 22) << first;
  const auto turn = [first](int later) {
    return static_cast<std::uint16_t>(20 + (first - 20 + later) % 3);
  };
  EXPECT_EQ(ask(packet(kConnection_syn, 1), 7).backend_index, first) << "again";
  EXPECT_EQ(ask(packet(kConnection_data_in, 2), 7).backend_index, 7) << "not its first packet";
  EXPECT_FALSE(ask(packet(kConnection_fin_in, 3), 7).taken);
  for (int i = 1; i < 8; ++i) {
    EXPECT_EQ(open(10 + static_cast<std::uint32_t>(i), 7), turn(i));
  }
}

TEST_F(Block, gives_the_lesser_of_a_pair_for_its_weight) {
  put_to_use();
  kind_ = kScheduler_pair;
  write_share(30, kCost, 0, false);
  write_share(31, kCost / 2, 1, false);
  EXPECT_EQ(read_table(kShares, 31), kCost / 2);
  EXPECT_EQ(read_table(kShares, 31, true), 5U << 16 | 1U << 8);
  pair_ = 31;
  std::map<std::uint16_t, int> got;
  for (std::uint32_t client = 0; client < 12; ++client) ++got[open(client, 30)];
  EXPECT_EQ(got[30], 4);
  EXPECT_EQ(got[31], 8);
  EXPECT_EQ(read_table(kBackendCounts, 30), 4U);
  EXPECT_EQ(read_table(kBackendCounts, 31), 8U);
  EXPECT_EQ(read_table(kServiceCounts, 5), 12U);
  pair_ = 30;
  EXPECT_EQ(open(20, 30), 30) << "paired with itself";
}

TEST_F(Block, gives_the_least_of_all_and_the_ring_s_while_none_has_a_cost) {
  put_to_use();
  kind_ = kScheduler_least;
  EXPECT_EQ(open(1, 9), 9);
  for (std::uint32_t i = 0; i < 4; ++i) write_share(40 + i, kCost, i, false);
  step(200);
  std::map<std::uint16_t, int> got;
  for (std::uint32_t client = 10; client < 22; ++client) ++got[open(client, 9)];
  for (std::uint16_t backend = 40; backend < 44; ++backend) EXPECT_EQ(got[backend], 3) << backend;
  write_share(41, 0, 1, false);
  step(200);
  for (std::uint32_t client = 30; client < 36; ++client) EXPECT_NE(open(client, 9), 41);
  EXPECT_EQ(ask(packet(kConnection_data_in, 50), 9).backend_index, 9) << "not its first packet";
}

// What the backend sends moves the state and so the counts, and takes nothing.
TEST_F(Block, follows_the_backends_packets) {
  put_to_use();
  EXPECT_FALSE(ask(packet(kConnection_syn_ack, 1), 9).hit);
  EXPECT_FALSE(ask(packet(kConnection_data_out, 1), 9).taken) << "nothing begins there";
  open(1, 7);
  EXPECT_EQ(read_table(kBackendCounts, 7), 1U);
  const auto state = [this] {
    const auto slots = read_all();
    EXPECT_EQ(slots.size(), 1U);
    return slots.empty() ? 0U : slots[0][2] >> 29;
  };
  const auto expect = [&](std::uint8_t event, ConnectionState after, std::uint32_t active) {
    const path::Known known = ask(packet(event, 1), 9);
    EXPECT_TRUE(known.hit && !known.taken && !known.resets);
    EXPECT_EQ(known.backend_index, 7);
    step(40);
    EXPECT_EQ(state(), std::uint32_t{after}) << int{event};
    EXPECT_EQ(read_table(kBackendCounts, 7), active) << int{event};
    EXPECT_EQ(read_table(kServiceCounts, 5), active) << int{event};
  };
  EXPECT_EQ(state(), std::uint32_t{kConnection_opening});
  expect(kConnection_syn_ack, kConnection_unconfirmed, 1);
  expect(kConnection_data_out, kConnection_unconfirmed, 1);
  expect(kConnection_data_in, kConnection_established, 1);
  expect(kConnection_fin_out, kConnection_backend_fin, 1);
  expect(kConnection_fin_out, kConnection_backend_fin, 1);
  expect(kConnection_fin_in, kConnection_closed, 0);
  expect(kConnection_rst_out, kConnection_closed, 0);
  open(1, 7);
  expect(kConnection_rst_out, kConnection_reset, 0);
  expect(kConnection_data_out, kConnection_established, 1);
}

TEST_F(Block, measures_from_a_syn_to_its_answer) {
  put_to_use();
  ASSERT_TRUE(write(kReg_conn_response_ticks, 1));
  write_share(7, kCost, 0, true);
  write_table(kTimes, 7, 0);
  ask(packet(kConnection_syn, 1), 7);
  step(300);
  ask(packet(kConnection_syn_ack, 1), 9);
  step(40);
  const std::uint32_t mean = read_table(kTimes, 7);
  EXPECT_NEAR(mean / 16.0, 300 + 2 * kKnownCycle, 4);  // from request to answer
  ask(packet(kConnection_syn, 2), 7);
  ask(packet(kConnection_syn, 2), 7);
  step(1000);
  ask(packet(kConnection_syn_ack, 2), 9);
  step(40);
  EXPECT_EQ(read_table(kTimes, 7), mean) << "a SYN that came twice tells nothing";
}

}  // namespace
}  // namespace sluice::conn
