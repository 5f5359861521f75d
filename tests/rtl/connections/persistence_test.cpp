// Persistence: clients, the backends that take them, and a model of both.
#include <cstdio>
#include <cstdlib>
#include <random>

#include "block.hpp"

namespace sluice::conn {
namespace {

std::uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 0) : 20261123;
  std::printf("SLUICE_SEED=%llu\n", static_cast<unsigned long long>(value));
  return value;
}

TEST_F(Block, sends_a_client_to_the_same_backend_again_while_it_persists) {
  put_to_use();
  persistence_ = 30;
  for (const int backend : {7, 9, 11, 12}) share(backend, 5, 1);
  EXPECT_EQ(ask(connection(1), 7).backend_index, 7);
  EXPECT_EQ(ask(connection(2), 9).backend_index, 7);
  EXPECT_EQ(ask(packet(kConnection_syn, 2), 9).backend_index, 9) << "another client";
  ask(packet(kConnection_data_in, 1), 12);
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
  persistence_ = 100000;
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

TEST_F(Block, gives_a_new_client_the_backend_of_a_connection_that_is_known) {
  put_to_use();
  share(321, 5, 1);
  const Slot slot = {0x0a000000 + 3, (40003u << 16) | 5, 2u << 29 | 321u << 17 | 30, 0};
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

// Data keep a client, so that it stays with its backend as long as it uses it; a SYN alone does not
// for long, and data begin none.
TEST_F(Block, remembers_a_client_whose_address_nobody_answered_from_for_a_short_time) {
  put_to_use();
  persistence_ = 100;
  for (const int backend : {7, 9}) share(backend, 5, 1);
  ask(connection(1), 7);
  epochs(25);  // an opening connection has 20
  EXPECT_EQ(ask(connection(2), 9).backend_index, 9) << "forgotten";
  path::ConnectionRequest data = connection(2);
  data.event = kConnection_data_in;
  data.begins = data.sees_return = false;
  ask(data, 0);
  for (int i = 0; i < 4; ++i) {
    epochs(35);
    EXPECT_EQ(ask(data, 0).backend_index, 9);
  }
  epochs(70);
  EXPECT_EQ(ask(connection(3), 7).backend_index, 9) << "counts from the last data";
  epochs(110);
  data.client_port = 4;
  EXPECT_EQ(ask(data, 11).backend_index, 11);
  step(8);
  EXPECT_EQ(read(kReg_conn_clients), 0u) << "nobody's first packet";
  EXPECT_EQ(ask(connection(5), 7).backend_index, 7);
}

// Clients, connections and shares at random, one after the other, beside a model of what each is.
TEST_F(Block, agrees_with_a_model_of_persistence) {
  put_to_use();
  persistence_ = 100000;
  std::mt19937 rng(seed());
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint16_t>(rng() % limit); };
  struct Share {
    std::uint16_t service = 0;
    bool takes = false;
  };
  std::array<Share, 8> shares{};
  std::map<std::array<std::uint16_t, 2>, std::uint16_t> clients;      // (client, service)
  std::map<std::array<std::uint16_t, 3>, std::uint16_t> connections;  // (client, port, service)
  std::uint64_t went_back = 0, left = 0;
  for (int round = 0; round < 6000; ++round) {
    if (below(12) == 0) {
      const std::uint16_t backend = below(8);
      shares[backend] = {static_cast<std::uint16_t>(5 + below(3)), below(3) != 0};
      share(backend, shares[backend].service, shares[backend].takes ? 1 + below(1000) : 0);
      continue;
    }
    const std::uint16_t client = below(10), port = below(3), service = 5 + below(3);
    if (below(5) == 0) {
      const Slot slot = {0x0a000000u + client, std::uint32_t{port} << 16 | service, 0, 0};
      ASSERT_TRUE(operation(kConnDoRemove, slot));
      wait_while(kConnStatusOperation);
      connections.erase({client, port, service});
      continue;
    }
    path::ConnectionRequest request = packet(kConnection_udp_in, client);
    request.client_port = port;
    request.service_index = service;
    const std::uint16_t proposal = below(8);
    const auto known = connections.find({client, port, service});
    const std::uint16_t first = known != connections.end() ? known->second : proposal;
    const auto [place, fresh] = clients.try_emplace({client, service}, first);
    const Share& had = shares[place->second];
    if (!fresh && !(had.takes && had.service == service)) {
      place->second = first;
      ++left;
    } else if (!fresh && known == connections.end()) {
      ++went_back;
    }
    const std::uint16_t expected = known != connections.end() ? known->second : place->second;
    connections[{client, port, service}] = expected;
    ASSERT_EQ(ask(request, proposal).backend_index, expected) << "round " << round;
    step(20);
  }
  EXPECT_GT(went_back, 200u);
  EXPECT_GT(left, 200u);
  EXPECT_EQ(read(kReg_conn_clients), clients.size());
}

}  // namespace
}  // namespace sluice::conn
