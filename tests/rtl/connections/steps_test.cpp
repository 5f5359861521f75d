// The life of a connection, against docs/connections.md as a person reads it.
#include <gtest/gtest.h>

#include <string>

#include "keys.hpp"
#include "layout/connections.hpp"
#include "stress.hpp"

namespace sluice::conn {
namespace {

using layout::connection_near;
using layout::connection_step;
using layout::ConnectionGone;
using layout::ConnectionStep;

// State after each of the states none, 1 to 6 and 7; '-' no entry, r renewal to 1.
struct Row {
  std::uint8_t event;
  bool believed;
  bool sees_return;
  std::string after;  // states 1, 7, 2, 3, 4, 5, 6 as in the page's columns
  char from_none;
};

constexpr std::uint8_t kColumns[] = {1, 7, 2, 3, 4, 5, 6};

TEST(ConnectionSteps, are_those_of_the_page) {
  const Row rows[] = {
      {layout::kConnection_syn, false, false, "17234rr", '1'},
      {layout::kConnection_data_in, true, false, "2223452", '7'},
      {layout::kConnection_data_in, false, false, "1723456", '7'},
      {layout::kConnection_data_in, true, true, "1223456", '1'},
      {layout::kConnection_data_in, false, true, "1723456", '1'},
      {layout::kConnection_fin_in, true, false, "3733553", '-'},
      {layout::kConnection_fin_in, false, false, "1723456", '-'},
      {layout::kConnection_fin_in, true, true, "1333556", '-'},
      {layout::kConnection_fin_in, false, true, "1723456", '-'},
      {layout::kConnection_rst_in, true, false, "6666656", '-'},
      {layout::kConnection_rst_in, false, false, "1723456", '-'},
      {layout::kConnection_syn_ack, false, true, "7723456", '-'},
      {layout::kConnection_data_out, false, true, "2723452", '-'},
      {layout::kConnection_fin_out, true, true, "1445454", '-'},
      {layout::kConnection_fin_out, false, true, "1723456", '-'},
      {layout::kConnection_rst_out, true, true, "6666656", '-'},
      {layout::kConnection_rst_out, false, true, "6723456", '-'},
      {layout::kConnection_udp_in, true, true, "1722222", '1'},
      {layout::kConnection_udp_in, true, false, "2222222", '7'},
      {layout::kConnection_udp_in, false, false, "2722222", '7'},
      {layout::kConnection_udp_out, false, true, "2222222", '-'},
      {layout::kConnection_remove, false, false, "0000000", '-'},
      {layout::kConnection_restore, false, false, "1723456", '2'},
  };
  for (const Row& row : rows) {
    const ConnectionStep first = connection_step(0, row.event, row.believed, row.sees_return);
    EXPECT_EQ(first.takes, row.from_none != '-') << int{row.event};
    EXPECT_EQ(first.state, row.from_none == '-' ? 0 : row.from_none - '0') << int{row.event};
    EXPECT_EQ(first.sets, first.takes);
    for (std::size_t i = 0; i < std::size(kColumns); ++i) {
      const char want = row.after[i];
      const ConnectionStep step =
          connection_step(kColumns[i], row.event, row.believed, row.sees_return);
      const std::string what =
          "event " + std::to_string(row.event) + " in " + std::to_string(kColumns[i]);
      EXPECT_EQ(step.takes, want == 'r') << what;
      EXPECT_EQ(step.state, want == 'r' ? 1 : want - '0') << what;
    }
  }
}

TEST(ConnectionSteps, leave_everything_alone_when_a_packet_is_not_believed) {
  constexpr std::uint8_t kEnds[] = {layout::kConnection_fin_in, layout::kConnection_fin_out,
                                    layout::kConnection_rst_in, layout::kConnection_rst_out};
  for (std::uint8_t state = 1; state < 8; ++state) {
    for (const std::uint8_t event : kEnds) {
      // A backend that refuses is believed: nobody knows its numbers yet.
      if (state == layout::kConnection_opening && event == layout::kConnection_rst_out) continue;
      const ConnectionStep step = connection_step(state, event, false, true);
      EXPECT_EQ(step.state, state);
      EXPECT_FALSE(step.sets || step.takes_in || step.takes_out) << int{state} << " " << int{event};
    }
  }
  const ConnectionStep stray = connection_step(7, layout::kConnection_data_in, false, true);
  EXPECT_FALSE(stray.sets || stray.takes_in || stray.takes_out);
}

TEST(ConnectionSteps, leave_the_deadline_alone_when_a_connection_stays_over) {
  EXPECT_FALSE(connection_step(5, layout::kConnection_data_in, true, true).sets);
  EXPECT_FALSE(connection_step(5, layout::kConnection_fin_in, true, true).sets);
  EXPECT_FALSE(connection_step(6, layout::kConnection_rst_out, true, true).sets);
  EXPECT_FALSE(connection_step(6, layout::kConnection_syn_ack, false, true).sets);
  EXPECT_FALSE(connection_step(6, layout::kConnection_data_in, true, true).sets);
  // A packet of a live connection, and what opens a reset one again.
  EXPECT_TRUE(connection_step(2, layout::kConnection_data_out, false, true).sets);
  EXPECT_TRUE(connection_step(3, layout::kConnection_fin_in, true, true).sets);
  EXPECT_TRUE(connection_step(6, layout::kConnection_data_in, true, false).sets);
  EXPECT_TRUE(connection_step(6, layout::kConnection_data_out, true, true).sets);
  EXPECT_TRUE(connection_step(2, layout::kConnection_rst_in, true, true).sets);
}

TEST(ConnectionSteps, take_references_from_whom_the_card_sees) {
  const ConnectionStep seen = connection_step(2, layout::kConnection_data_in, true, true);
  EXPECT_FALSE(seen.takes_in);
  EXPECT_TRUE(seen.takes_out);
  const ConnectionStep unseen = connection_step(2, layout::kConnection_data_in, true, false);
  EXPECT_TRUE(unseen.takes_in);
  EXPECT_FALSE(unseen.takes_out);
  const ConnectionStep back = connection_step(2, layout::kConnection_data_out, true, true);
  EXPECT_TRUE(back.takes_in);
  EXPECT_FALSE(back.takes_out);
  const ConnectionStep answer = connection_step(1, layout::kConnection_syn_ack, true, true);
  EXPECT_TRUE(answer.takes_in && answer.takes_out);
  const ConnectionStep late = connection_step(2, layout::kConnection_syn_ack, true, true);
  EXPECT_FALSE(late.takes_in || late.takes_out);
  const ConnectionStep insert = connection_step(0, layout::kConnection_syn, true, true);
  EXPECT_TRUE(insert.takes_in && insert.takes_out);
  const ConnectionStep early = connection_step(1, layout::kConnection_data_in, true, true);
  EXPECT_FALSE(early.takes_in || early.takes_out) << "the SYN's time is there";
}

TEST(ConnectionSteps, call_near_what_is_from_one_below_on) {
  for (const std::uint16_t count : {layout::kConnectionNearReset, layout::kConnectionNear}) {
    EXPECT_FALSE(connection_near(98, 100, count));
    EXPECT_TRUE(connection_near(99, 100, count));
    EXPECT_TRUE(connection_near(100, 100, count));
    EXPECT_TRUE(connection_near(static_cast<std::uint16_t>(98 + count), 100, count));
    EXPECT_FALSE(connection_near(static_cast<std::uint16_t>(99 + count), 100, count));
    EXPECT_TRUE(connection_near(0, 0xffff, count));
    EXPECT_TRUE(connection_near(0xffff, 0, count));
    EXPECT_FALSE(connection_near(0xfffe, 0, count));
  }
}

TEST(ConnectionSteps, believe_a_client_by_what_the_card_knows_of_both_sides) {
  using layout::connection_believed;
  constexpr layout::ConnectionReferences kHad{100, 500};
  const auto believes = [&](std::uint8_t state, std::uint8_t event, bool sees, std::uint16_t in,
                            std::uint16_t out) {
    return connection_believed(state, event, sees, {in, out}, kHad);
  };
  using namespace layout;
  EXPECT_TRUE(believes(2, kConnection_fin_in, true, 114, 514));
  EXPECT_FALSE(believes(2, kConnection_fin_in, true, 115, 500));
  EXPECT_FALSE(believes(2, kConnection_fin_in, true, 100, 499 - 1)) << "acknowledges nothing known";
  EXPECT_TRUE(believes(2, kConnection_fin_in, false, 100, 9)) << "nobody knows the backend's";
  EXPECT_TRUE(believes(2, kConnection_fin_out, true, 9, 514));
  EXPECT_FALSE(believes(2, kConnection_fin_out, true, 100, 515));
  EXPECT_TRUE(believes(2, kConnection_rst_in, true, 102, 9));
  EXPECT_FALSE(believes(2, kConnection_rst_in, true, 103, 500)) << "stricter than a FIN";
  EXPECT_TRUE(believes(2, kConnection_rst_out, true, 9, 502));
  EXPECT_FALSE(believes(2, kConnection_rst_out, true, 100, 503));
  EXPECT_TRUE(believes(7, kConnection_data_in, true, 9, 500));
  EXPECT_FALSE(believes(7, kConnection_data_in, true, 100, 515)) << "no answer to the SYN-ACK";
  EXPECT_TRUE(believes(1, kConnection_data_in, false, 101, 9));
  EXPECT_FALSE(believes(1, kConnection_data_in, false, 200, 500)) << "not what the SYN began";
  // Where the backend is not seen, its reference is the epoch in which the entry was made.
  EXPECT_FALSE(believes(7, kConnection_data_in, false, 100, 500)) << "in the same epoch";
  EXPECT_TRUE(believes(7, kConnection_data_in, false, 9, 501));
  EXPECT_FALSE(believes(7, kConnection_udp_in, false, 0, 500));
  EXPECT_TRUE(believes(7, kConnection_udp_in, false, 0, 499)) << "after the epochs' wrap";
}

TEST(ConnectionSteps, treat_a_gone_backend_by_the_policy) {
  using namespace layout;
  constexpr std::uint8_t kResets = kConnectionResets, kMoves = kConnectionMoves;
  EXPECT_EQ(connection_gone(2, kConnection_data_in, kMoves), ConnectionGone::takes);
  EXPECT_EQ(connection_gone(2, kConnection_data_in, kResets), ConnectionGone::resets);
  EXPECT_EQ(connection_gone(2, kConnection_fin_in, kResets), ConnectionGone::resets);
  EXPECT_EQ(connection_gone(2, kConnection_fin_in, kMoves), ConnectionGone::step);
  EXPECT_EQ(connection_gone(1, kConnection_syn, kResets), ConnectionGone::takes);
  EXPECT_EQ(connection_gone(2, kConnection_udp_in, kResets), ConnectionGone::takes);
  EXPECT_EQ(connection_gone(5, kConnection_data_in, kResets), ConnectionGone::resets);
  EXPECT_EQ(connection_gone(5, kConnection_data_in, kMoves), ConnectionGone::step);
  EXPECT_EQ(connection_gone(5, kConnection_syn, kResets), ConnectionGone::step);
  EXPECT_EQ(connection_gone(2, kConnection_data_out, kResets), ConnectionGone::step);
  EXPECT_EQ(connection_gone(0, kConnection_syn, kMoves), ConnectionGone::step);
  for (std::uint8_t state = 0; state < 8; ++state) {
    for (std::uint8_t event = 0; event < kConnectionEvents; ++event) {
      EXPECT_EQ(connection_gone(state, event, kConnectionKeeps), ConnectionGone::step);
    }
  }
}

TEST(ConnectionSteps, follow_the_failed_check_of_a_backend_that_was_taken_out) {
  using namespace layout;
  constexpr std::uint8_t kResets = kConnectionResets, kMoves = kConnectionMoves,
                         kKeeps = kConnectionKeeps;
  EXPECT_EQ(connection_policy(kBackendServes, kResets, kMoves), kKeeps);
  EXPECT_EQ(connection_policy(0, kResets, kMoves), kResets);
  EXPECT_EQ(connection_policy(kBackendServes | kBackendLeaving, kResets, kMoves), kMoves);
  EXPECT_EQ(connection_policy(kBackendLeaving, kResets, kMoves), kResets);
  EXPECT_EQ(connection_policy(kBackendLeaving, kKeeps, kMoves), kMoves);
  EXPECT_EQ(connection_policy(kBackendLeaving, kResets, kKeeps), kResets);
}

TEST(ConnectionSteps, expire_for_8192_epochs_and_live_for_all_others) {
  EXPECT_FALSE(layout::connection_expired(99, 100));
  EXPECT_TRUE(layout::connection_expired(100, 100));
  EXPECT_TRUE(layout::connection_expired(100 + 8191, 100));
  EXPECT_FALSE(layout::connection_expired(100 + 8192, 100));
  EXPECT_TRUE(layout::connection_expired(3, 131'070));
  EXPECT_FALSE(layout::connection_expired(131'070, 3));
  EXPECT_FALSE(layout::connection_expired(0, layout::kConnectionLongestTimeout));
  EXPECT_GE(layout::kConnectionLongestTimeout, 86'400U);
}

TEST(ConnectionKeys, come_back_from_the_permutation) {
  std::mt19937_64 random(4);
  const RoundKeys round_keys = random_round_keys(7);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t key = random() >> 4;
    EXPECT_EQ(unpermute(permute(key, round_keys), round_keys), key);
  }
}

TEST(ConnectionKeys, that_share_a_bucket_in_one_subtable_do_not_in_the_others) {
  std::mt19937_64 random(5);
  const RoundKeys round_keys = random_round_keys(8);
  int again = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t first = permute(random() >> 4, round_keys);
    std::uint64_t second = permute(random() >> 4, round_keys);
    // Same left part: same bucket in subtable 0 of 1,024 buckets.
    second = (first >> 50 << 50) | (second & ((std::uint64_t{1} << 50) - 1));
    for (std::uint32_t subtable = 1; subtable < 4; ++subtable) {
      again += bucket_of(first, subtable, 10) == bucket_of(second, subtable, 10) ? 1 : 0;
    }
  }
  EXPECT_LT(again, 40);  // 12 expected
}

}  // namespace
}  // namespace sluice::conn
