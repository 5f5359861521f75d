// rtl/connections.sv: the table as packet path and host see it in the card.
#include "block.hpp"

namespace sluice::conn {
namespace {

TEST_F(Block, knows_nothing_before_it_is_put_to_use) {
  EXPECT_EQ(read(kReg_conn_status) & ~kConnStatusFlushing, 0u);
  const path::Known known = ask(packet(kConnection_syn, 1), 7);
  EXPECT_FALSE(known.hit || known.taken || known.stored || known.resets);
  EXPECT_FALSE(ask(packet(kConnection_data_in, 1), 7).hit);
  EXPECT_FALSE(write(kReg_conn_do, kConnDoRemove));
  EXPECT_FALSE(write(kReg_conn_control, kConnControlForget));
}

TEST_F(Block, refuses_what_is_not_there_to_be_written_or_read) {
  put_to_use();
  EXPECT_FALSE(write(kReg_conn_round_key0, 1)) << "the secret of a table in use";
  EXPECT_FALSE(write(kReg_conn_status, 1));
  EXPECT_FALSE(write(kReg_conn_inserted, 1));
  EXPECT_FALSE(write(kReg_conn_control, kConnControlFlush | kConnControlUse));
  EXPECT_FALSE(write(kReg_conn_do, 0));
  EXPECT_FALSE(write(kReg_conn_do, 3));
  EXPECT_FALSE(write(kReg_conn_read, kBuckets + 2));
  EXPECT_FALSE(write(kReg_conn_evicted + 4, 0));
  EXPECT_FALSE(try_read(kReg_conn_round_key0).has_value()) << "a secret is not shown";
  EXPECT_FALSE(try_read(kReg_conn_control).has_value());
  EXPECT_FALSE(try_read(kReg_conn_do).has_value());
  EXPECT_FALSE(try_read(kReg_conn_evicted + 4).has_value());
}

TEST_F(Block, keeps_a_connection_on_its_backend) {
  put_to_use();
  const path::Known first = ask(packet(kConnection_syn, 1), 7);
  EXPECT_TRUE(!first.hit && first.taken && first.stored);
  EXPECT_EQ(first.backend_index, 7);
  const path::Known second = ask(packet(kConnection_data_in, 1), 9);
  EXPECT_TRUE(second.hit && !second.taken);
  EXPECT_EQ(second.backend_index, 7);
  EXPECT_EQ(read(kReg_conn_inserted), 1u);
  EXPECT_EQ(read(kReg_conn_entries), 1u);
}

TEST_F(Block, shows_the_host_every_connection) {
  put_to_use();
  for (std::uint32_t client = 0; client < 40; ++client) {
    ask(packet(kConnection_syn, client), static_cast<std::uint16_t>(client * 3));
  }
  step(200);
  std::map<std::uint32_t, Slot> seen;
  for (const Slot& slot : read_all()) seen[slot[0]] = slot;
  ASSERT_EQ(seen.size(), 40u);
  for (std::uint32_t client = 0; client < 40; ++client) {
    const Slot slot = seen[0x0a000000 + client];
    EXPECT_EQ(slot[1], (40000 + client) << 16 | 5);
    EXPECT_EQ(slot[2] >> 29, std::uint32_t{kConnection_opening});
    EXPECT_EQ(slot[2] >> 17 & 0xfff, client * 3);
    EXPECT_EQ(slot[2] & 0x1ffff, 20u);
    EXPECT_EQ(slot[3] & 0x1ffff, 1u << 16 | 100u) << "a SYN leaves its time, which is odd";
  }
}

TEST_F(Block, restores_and_removes_what_the_host_says) {
  put_to_use();
  const Slot slot = {0x0a000000 + 3, (40003u << 16) | 5, 2u << 29 | 321u << 17 | 30, 0x11112222};
  ASSERT_TRUE(operation(kConnDoRestore, slot));
  wait_while(kConnStatusOperation);
  EXPECT_EQ(read(kReg_conn_status) & (kConnStatusHit | kConnStatusStored), kConnStatusStored);
  EXPECT_EQ(read_all(), std::vector<Slot>{slot});
  EXPECT_EQ(ask(packet(kConnection_data_in, 3), 9).backend_index, 321);
  ASSERT_TRUE(operation(kConnDoRestore, slot));
  wait_while(kConnStatusOperation);
  EXPECT_EQ(read(kReg_conn_status) & (kConnStatusHit | kConnStatusStored), kConnStatusHit);
  ASSERT_TRUE(operation(kConnDoRemove, slot));
  wait_while(kConnStatusOperation);
  EXPECT_EQ(read(kReg_conn_status) & kConnStatusHit, kConnStatusHit);
  EXPECT_TRUE(read_all().empty());
  EXPECT_FALSE(ask(packet(kConnection_rst_in, 3), 9).hit);
}

TEST_F(Block, lets_operations_queue_behind_traffic) {
  put_to_use();
  // 15 of 16 cycles have a packet; the writes of 20 operations follow each other.
  const path::ConnectionRequest request = packet(kConnection_rst_in, 99);
  std::memcpy(&pins_.request_i, &request, sizeof request);
  for (std::uint32_t client = 0; client < 20; ++client) {
    const Slot slot = {client, 1u << 16 | 5, 2u << 29 | client << 17 | 30, 0};
    const std::uint32_t registers[] = {kReg_conn_client, kReg_conn_place, kReg_conn_entry,
                                       kReg_conn_references, kReg_conn_do};
    const std::uint32_t values[] = {slot[0], slot[1], slot[2], slot[3], kConnDoRestore};
    for (int i = 0; i < 5; ++i) {
      pins_.write_i = 1;
      pins_.write_offset_i = registers[i] >> 2 & 0x3f;
      pins_.write_data_i = values[i];
      do {
        pins_.request_valid_i = cycle_ % 16 != 0;
        step();
        pins_.write_i = 0;
      } while (!pins_.write_ack_o);
      EXPECT_FALSE(pins_.write_error_o);
    }
  }
  pins_.request_valid_i = 0;
  wait_while(kConnStatusOperation);
  EXPECT_EQ(read_all().size(), 20u);
}

TEST_F(Block, forgets_by_time_and_by_flush) {
  put_to_use();
  ask(packet(kConnection_syn, 1), 7);
  ask(packet(kConnection_udp_in, 2), 8);
  ask(packet(kConnection_udp_out, 2), 8);
  epochs(25);
  EXPECT_FALSE(ask(packet(kConnection_rst_in, 1), 9).hit) << "opening: 20 epochs";
  EXPECT_TRUE(ask(packet(kConnection_udp_in, 2), 9).hit) << "established: 40";
  step(3000);
  EXPECT_EQ(read(kReg_conn_swept), 1u);
  EXPECT_EQ(read_all().size(), 1u);
  ASSERT_TRUE(write(kReg_conn_control, kConnControlFlush));
  wait_while(kConnStatusFlushing);
  EXPECT_EQ(read(kReg_conn_entries), 0u);
  EXPECT_EQ(read(kReg_conn_status) & kConnStatusInUse, kConnStatusInUse);
  EXPECT_FALSE(ask(packet(kConnection_rst_in, 2), 9).hit);
}

TEST_F(Block, forgets_the_connections_of_one_service_and_no_other_one) {
  put_to_use();
  const auto of_service = [](std::uint32_t client, std::uint16_t service) {
    path::ConnectionRequest request = packet(kConnection_syn, client);
    request.service_index = service;
    return request;
  };
  for (std::uint32_t client = 0; client < 60; ++client) {
    ask(of_service(client, 5), 7);
    ask(of_service(client, 6), 8);
  }
  EXPECT_FALSE(write(kReg_conn_control, kConnControlForget | kConnControlFlush));
  ASSERT_TRUE(write(kReg_conn_place, 5));
  ASSERT_TRUE(write(kReg_conn_control, kConnControlForget));
  EXPECT_EQ(read(kReg_conn_status) & kConnStatusForgetting, kConnStatusForgetting);
  EXPECT_FALSE(write(kReg_conn_control, kConnControlForget)) << "one at a time";
  // The host reads and restores meanwhile, and traffic goes on.
  EXPECT_GE(read_all().size(), 60u);
  const Slot slot = {99, 1u << 16 | 6, 2u << 29 | 8u << 17 | 30, 0};
  ASSERT_TRUE(operation(kConnDoRestore, slot));
  for (std::uint32_t client = 0; client < 60; ++client) {
    EXPECT_TRUE(ask(of_service(client, 6), 9).hit);
  }
  wait_while(kConnStatusForgetting);
  EXPECT_EQ(read(kReg_conn_entries), 61u);
  for (const Slot& left : read_all()) EXPECT_EQ(left[1] & 0xfff, 6u);
  EXPECT_EQ(read_table(kServiceCounts, 5), 0u);
  EXPECT_EQ(read_table(kServiceCounts, 6), 61u);
  EXPECT_EQ(read_table(kBackendCounts, 7), 0u);
}

TEST_F(Block, forgets_a_service_while_its_entries_move) {
  put_to_use();
  // As full as it gets: entries change places all the time.
  for (std::uint32_t client = 0; client < 20 * kBuckets; ++client) {
    path::ConnectionRequest request = packet(kConnection_syn, client);
    request.service_index = static_cast<std::uint16_t>(5 + client % 2);
    ask(request, 7);
  }
  ASSERT_GT(read_table(kServiceCounts, 5), 5 * kBuckets);
  ASSERT_TRUE(write(kReg_conn_place, 5));
  ASSERT_TRUE(write(kReg_conn_control, kConnControlForget));
  wait_while(kConnStatusForgetting);
  EXPECT_EQ(read_table(kServiceCounts, 5), 0u);
}

TEST_F(Block, lets_half_open_connections_give_way_from_the_pressure_that_the_host_sets) {
  put_to_use();
  constexpr std::uint32_t kPressure = 4 * kBuckets;
  ASSERT_TRUE(write(kReg_conn_pressure, kPressure));
  EXPECT_EQ(read(kReg_conn_pressure), kPressure);
  for (std::uint32_t client = 0; client < 8 * kBuckets; ++client) {
    ask(packet(kConnection_syn, client), 7);
    step(200);
  }
  step(3000);
  const std::uint32_t evicted = read(kReg_conn_evicted);
  EXPECT_GT(evicted, 3 * kBuckets);
  EXPECT_EQ(read(kReg_conn_entries), 8 * kBuckets - evicted);
  EXPECT_LE(read(kReg_conn_entries), kPressure + 1);
  EXPECT_EQ(read(kReg_conn_swept), 0u) << "none has expired";
}

TEST_F(Block, begins_again_after_a_reset) {
  put_to_use();
  for (std::uint32_t client = 0; client < 40; ++client) ask(packet(kConnection_syn, client), 7);
  pins_.rst_i = 1;
  step(10);
  pins_.rst_i = 0;
  EXPECT_EQ(read(kReg_conn_status) & kConnStatusInUse, 0u);
  EXPECT_FALSE(ask(packet(kConnection_data_in, 1), 9).hit);
  put_to_use();
  EXPECT_EQ(read(kReg_conn_entries), 0u);
  EXPECT_TRUE(read_all().empty());
  ask(packet(kConnection_syn, 1), 9);
  step(8);
  EXPECT_EQ(read(kReg_conn_entries), 1u);
}

TEST_F(Block, resets_or_moves_what_a_dead_backend_had) {
  put_to_use();
  ask(packet(kConnection_syn, 1), 7);
  ask(packet(kConnection_syn, 2), 7);
  step(40);
  down_[7] = true;
  EXPECT_TRUE(ask(packet(kConnection_data_in, 1), 9).resets);
  EXPECT_TRUE(ask(packet(kConnection_data_in, 1), 9).resets) << "the first RST may be lost";
  on_down_ = kConnectionMoves;
  const path::Known moved = ask(packet(kConnection_data_in, 2), 9);
  EXPECT_TRUE(moved.hit && moved.taken && moved.stored && !moved.resets);
  EXPECT_EQ(moved.backend_index, 9);
  EXPECT_EQ(read(kReg_conn_resets), 2u);
  EXPECT_EQ(read(kReg_conn_renewed), 1u);
}

TEST_F(Block, leaves_the_connections_of_a_dead_backend_alone_if_it_is_told_to) {
  put_to_use();
  ask(packet(kConnection_syn, 1), 7);
  ask(packet(kConnection_syn, 2), 7);
  step(40);
  down_[7] = true;
  on_down_ = kConnectionKeeps;
  for (const std::uint8_t event : {kConnection_data_in, kConnection_fin_in}) {
    const path::Known known = ask(packet(event, 1), 9);
    EXPECT_TRUE(known.hit && !known.taken && !known.resets);
    EXPECT_EQ(known.backend_index, 7);
  }
  ask(packet(kConnection_rst_out, 2), 9);
  EXPECT_EQ(ask(packet(kConnection_syn, 2), 9).backend_index, 9) << "a new connection";
}

TEST_F(Block, moves_resets_or_keeps_what_a_backend_that_was_taken_out_had) {
  put_to_use();
  for (std::uint32_t client = 1; client < 4; ++client) ask(packet(kConnection_syn, client), 7);
  path::ConnectionRequest datagram = packet(kConnection_udp_in, 4);
  ask(datagram, 7);
  step(40);
  left_[7] = true;
  EXPECT_EQ(ask(packet(kConnection_data_in, 1), 9).backend_index, 7) << "keep";
  EXPECT_EQ(ask(datagram, 9).backend_index, 7);
  on_removed_ = kConnectionMoves;
  EXPECT_EQ(ask(packet(kConnection_data_in, 2), 9).backend_index, 9);
  EXPECT_EQ(ask(datagram, 9).backend_index, 9) << "and no datagram keeps it there";
  on_removed_ = kConnectionResets;
  EXPECT_TRUE(ask(packet(kConnection_data_in, 3), 9).resets);
  // Its check fails as well.
  down_[7] = true;
  on_down_ = kConnectionMoves;
  EXPECT_EQ(ask(packet(kConnection_data_in, 1), 9).backend_index, 9);
}

TEST_F(Block, does_not_send_a_new_connection_where_the_old_one_went_without_an_offer) {
  put_to_use();
  ask(packet(kConnection_syn, 1), 7);
  EXPECT_TRUE(ask(packet(kConnection_rst_out, 1), 0).hit);
  path::ConnectionRequest again = packet(kConnection_syn, 1);
  again.offer = false;
  EXPECT_FALSE(ask(again, 9).hit);
  path::ConnectionRequest reset = packet(kConnection_rst_out, 1);
  reset.offer = false;
  EXPECT_TRUE(ask(reset, 9).hit);
  again.offer = true;
  const path::Known known = ask(again, 9);
  EXPECT_TRUE(known.hit && known.taken);
}

}  // namespace
}  // namespace sluice::conn
