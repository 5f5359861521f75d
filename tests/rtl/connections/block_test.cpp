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
  EXPECT_FALSE(write(kReg_conn_clients_untracked + 4, 0));
  EXPECT_FALSE(try_read(kReg_conn_round_key0).has_value()) << "a secret is not shown";
  EXPECT_FALSE(try_read(kReg_conn_control).has_value());
  EXPECT_FALSE(try_read(kReg_conn_do).has_value());
  EXPECT_FALSE(try_read(kReg_conn_clients_untracked + 4).has_value());
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
    EXPECT_EQ(slot[2] >> 16 & 0xfff, client * 3);
    EXPECT_EQ(slot[2] & 0xfff, 20u);
    EXPECT_EQ(slot[3] & 0x1ffff, 1u << 16 | 100u) << "a SYN leaves its time, which is odd";
  }
}

TEST_F(Block, restores_and_removes_what_the_host_says) {
  put_to_use();
  const Slot slot = {0x0a000000 + 3, (40003u << 16) | 5, 2u << 29 | 321u << 16 | 30, 0x11112222};
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
    const Slot slot = {client, 1u << 16 | 5, 2u << 29 | client << 16 | 30, 0};
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
  moves_ = true;
  const path::Known moved = ask(packet(kConnection_data_in, 2), 9);
  EXPECT_TRUE(moved.hit && moved.taken && moved.stored && !moved.resets);
  EXPECT_EQ(moved.backend_index, 9);
  EXPECT_EQ(read(kReg_conn_resets), 2u);
  EXPECT_EQ(read(kReg_conn_renewed), 1u);
}

TEST_F(Block, sends_a_client_to_the_same_backend_again_while_it_persists) {
  put_to_use();
  persistence_ = 30;
  for (const int backend : {7, 9, 11, 12}) share(backend, 5, 1);
  EXPECT_EQ(ask(connection(1), 7).backend_index, 7);
  EXPECT_EQ(ask(connection(2), 9).backend_index, 7);
  EXPECT_EQ(ask(packet(kConnection_syn, 2), 9).backend_index, 9) << "another client";
  step(8);
  EXPECT_EQ(read(kReg_conn_clients), 2u);
  epochs(20);
  EXPECT_EQ(ask(connection(3), 9).backend_index, 7) << "begins its time anew";
  epochs(20);
  EXPECT_EQ(ask(connection(4), 9).backend_index, 7);
  share(7, 5, 0);
  EXPECT_EQ(ask(connection(5), 11).backend_index, 11) << "it takes no new connections any more";
  EXPECT_EQ(ask(connection(6), 9).backend_index, 11);
  epochs(40);
  EXPECT_EQ(ask(connection(7), 9).backend_index, 9) << "forgotten";
  persistence_ = 0;
  EXPECT_EQ(ask(connection(8), 12).backend_index, 12) << "a service without persistence";
}

// The place of a backend that was taken out belongs to another service's.
TEST_F(Block, does_not_send_a_client_to_another_services_backend) {
  put_to_use();
  persistence_ = 30;
  share(7, 5, 1);
  EXPECT_EQ(ask(connection(1), 7).backend_index, 7);
  share(7, 6, 1);
  EXPECT_EQ(ask(connection(2), 9).backend_index, 9);
  share(9, 5, 1);
  EXPECT_EQ(ask(connection(3), 11).backend_index, 9) << "where it is now";
}

// The share is written in each of the cycles around the one in which the card looks it up: the
// client stays before and leaves after, and nothing else happens.
TEST_F(Block, sees_a_share_from_its_cycle_on) {
  put_to_use();
  persistence_ = 30;
  bool left = false;
  for (int cycle = 0; cycle < kKnownCycle; ++cycle) {
    share(7, 5, 1);
    path::ConnectionRequest request = connection(1);
    request.client = static_cast<std::uint32_t>(0x0b000000 + cycle);
    EXPECT_EQ(ask(request, 7).backend_index, 7);
    request.client_port = 2;
    std::memcpy(&pins_.request_i, &request, sizeof request);
    for (int i = 0; i < kKnownCycle; ++i) {
      pins_.request_valid_i = i == 0;
      pins_.ring_backend_i = i == kRingCycle ? 9 : 0xfff;
      if (i == cycle) begin_share(7, 5, 0);
      step();
      pins_.sched_write_i = 0;
    }
    EXPECT_TRUE(pins_.known_taken_o && pins_.known_stored_o);
    EXPECT_EQ(pins_.known_backend_o, cycle < kClientLookupCycle ? 9 : 7) << cycle;
    left = left || pins_.known_backend_o == 9;
    step(20);
  }
  EXPECT_TRUE(left);
}

TEST_F(Block, counts_clients_that_find_no_room) {
  put_to_use();
  persistence_ = 4000;
  for (const int backend : {7, 9}) share(backend, 5, 1);
  const auto from = [](std::uint32_t client, std::uint16_t port) {
    path::ConnectionRequest request = packet(kConnection_udp_in, client);
    request.client_port = port;
    return request;
  };
  std::uint32_t client = 0;
  while (read(kReg_conn_clients_untracked) == 0 && client < 8 * kBuckets * 16) {
    // The connection is closed at once: only clients fill their table.
    path::ConnectionRequest request = from(++client, 1);
    EXPECT_EQ(ask(request, 7).backend_index, 7);
    const Slot slot = {request.client, 1u << 16 | 5, 0, 0};
    ASSERT_TRUE(operation(kConnDoRemove, slot));
    wait_while(kConnStatusOperation);
  }
  EXPECT_EQ(read(kReg_conn_clients_untracked), 1u);
  EXPECT_GT(read(kReg_conn_clients), 4 * kBuckets);
  EXPECT_EQ(ask(from(client, 2), 9).backend_index, 9) << "goes where its connection goes";
  EXPECT_EQ(ask(from(1, 2), 9).backend_index, 7) << "the others keep theirs";
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

TEST_F(Block, gives_a_new_client_the_backend_of_a_connection_that_is_known) {
  put_to_use();
  share(321, 5, 1);
  const Slot slot = {0x0a000000 + 3, (40003u << 16) | 5, 2u << 29 | 321u << 16 | 30, 0};
  ASSERT_TRUE(operation(kConnDoRestore, slot));
  wait_while(kConnStatusOperation);
  persistence_ = 30;
  EXPECT_EQ(ask(packet(kConnection_udp_in, 3), 9).backend_index, 321);
  path::ConnectionRequest other = packet(kConnection_udp_in, 3);
  other.client_port = 1;
  EXPECT_EQ(ask(other, 9).backend_index, 321) << "its client's";
}

// What cannot be stored goes where its other packets will go, client or not.
TEST_F(Block, sends_what_it_cannot_store_to_the_ring) {
  put_to_use();
  persistence_ = 30;
  share(7, 5, 1);
  ask(packet(kConnection_syn, 1), 7);
  path::Known known{};
  std::uint32_t opened = 0;
  do {
    path::ConnectionRequest request = packet(kConnection_syn, 1);
    request.client_port = static_cast<std::uint16_t>(opened);
    known = ask(request, 9);
    if (known.stored) {
      EXPECT_EQ(known.backend_index, 7);
    }
  } while (known.stored && ++opened < 2 * kBuckets * 16);
  EXPECT_TRUE(known.taken && !known.stored) << opened;
  EXPECT_EQ(known.backend_index, 9);
  step(8);
  EXPECT_EQ(read(kReg_conn_untracked), 1u);
}

// Each in the cycle after the one before: all see what the first one got.
TEST_F(Block, sends_a_clients_connections_of_consecutive_cycles_to_one_backend) {
  put_to_use();
  persistence_ = 30;
  share(500 + kRingCycle, 5, 1);
  ask(packet(kConnection_syn, 50), 1);
  constexpr int kBurst = 12;
  std::vector<std::uint16_t> backends;
  for (int cycle = 0; cycle < kBurst + kKnownCycle; ++cycle) {
    path::ConnectionRequest request = packet(kConnection_syn, 9);
    request.client_port = static_cast<std::uint16_t>(100 + cycle);
    std::memcpy(&pins_.request_i, &request, sizeof request);
    pins_.request_valid_i = cycle < kBurst;
    pins_.ring_backend_i = static_cast<std::uint16_t>(500 + cycle);
    if (cycle >= kKnownCycle) {
      pins_.eval();
      EXPECT_TRUE(pins_.known_taken_o && pins_.known_stored_o);
      backends.push_back(pins_.known_backend_o);
    }
    step();
  }
  EXPECT_EQ(backends, std::vector<std::uint16_t>(kBurst, 500 + kRingCycle));
}

}  // namespace
}  // namespace sluice::conn
