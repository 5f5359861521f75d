#include <gtest/gtest.h>

#include <set>

#include "layout/hash.hpp"
#include "layout/reasons.hpp"
#include "packet_gen/run_path.hpp"
#include "small_world.hpp"

namespace sluice::path_test {
namespace {

using packet_gen::Bytes;
using packet_gen::kTcp;
using packet_gen::kUdp;

path::PacketOut send(const Tables& tables, const FrameSpec& spec) {
  Bytes frame;
  packet_gen::build_frame(spec, frame);
  return packet_gen::run_path(tables, packet_gen::packet_in(frame, 0, 0));
}

// The verification suite of Microsoft's receive side scaling, IPv4.
TEST(lookup, the_toeplitz_hash_is_that_of_receive_side_scaling) {
  layout::Config config{};
  config.flow_key0 = 0x6d5a56da;
  config.flow_key1 = 0x255b0ec2;
  config.flow_key2 = 0x4167253d;
  config.flow_key3 = 0x43a38fb0;
  config.flow_key4 = 0xd0ca2bcb;
  const uint32_t source = ip(66, 9, 149, 187);
  const uint32_t destination = ip(161, 142, 100, 80);
  EXPECT_EQ(layout::flow_hash(config, layout::kHashTuple, {source, destination, 2794, 1766, 0}),
            0x51ccc178u);
  EXPECT_EQ(layout::flow_hash(config, layout::kHashTuple, {source, destination, 0, 0, 0}),
            0x323e8fc2u);
  EXPECT_EQ(layout::flow_hash(config, layout::kHashSource, {source, destination, 2794, 1766, 6}),
            layout::flow_hash(config, layout::kHashTuple, {source, 0, 0, 0, 0}));
}

// All keys hash to bucket 0 here, so the lookup always finds the one key, and must compare it.
TEST(lookup, a_service_key_must_match_in_full) {
  auto tables = std::make_unique<Tables>();
  tables->config[0].mac = kCardMac;
  layout::ServiceKey key{};
  key.address = kVip;
  key.port = kDnatPort;
  key.protocol = kTcp;
  key.valid = 1;
  key.client_ports = 1;
  tables->services[0].valid = 1;
  for (layout::ServiceKey* table : {tables->service_keys0, tables->service_keys1}) {
    table[0] = key;
    FrameSpec spec = from_client();
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_backend);
    spec.destination ^= 1u << 31;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    spec = from_client();
    spec.destination_port ^= 0x8000;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    spec = from_client();
    spec.protocol = kUdp;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    table[0].valid = 0;
    EXPECT_EQ(send(*tables, from_client()).reason, layout::kReason_no_service);
  }
}

TEST(lookup, a_vip_must_match_in_full) {
  auto tables = std::make_unique<Tables>();
  tables->config[0].mac = kCardMac;
  tables->config[0].drop_martians = 1;
  layout::Vip vip{};
  vip.address = kVip;
  vip.valid = 1;
  vip.unserved = layout::kUnserved_host;
  for (layout::Vip* table : {tables->vips0, tables->vips1}) {
    table[0] = vip;
    FrameSpec spec = from_client();
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_unserved);
    spec.destination ^= 1;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    spec.source = kVip;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_martian);
    spec.source ^= 1u << 31;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    table[0].unserved = layout::kUnserved_drop;
    EXPECT_EQ(send(*tables, from_client()).reason, layout::kReason_no_service);
    table[0].unserved = layout::kUnserved_reject;
    EXPECT_EQ(send(*tables, from_client()).reason, layout::kReason_unserved);
    table[0].valid = 0;
    EXPECT_EQ(send(*tables, from_client()).reason, layout::kReason_no_service);
  }
}

TEST(lookup, a_return_key_must_match_in_full) {
  auto tables = std::make_unique<Tables>();
  tables->config[0].mac = kCardMac;
  layout::ReturnKey key{};
  key.address = kClient;  // takes the part of the backend
  key.port = from_client().source_port;
  key.protocol = kTcp;
  key.valid = 1;
  tables->services[0].valid = 1;
  for (layout::ReturnKey* table : {tables->return_keys0, tables->return_keys1}) {
    table[0] = key;
    FrameSpec spec = from_client();
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_next_hop);
    spec.source ^= 1u;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    spec = from_client();
    spec.source_port ^= 1;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    spec = from_client();
    spec.protocol = kUdp;
    EXPECT_EQ(send(*tables, spec).reason, layout::kReason_no_service);
    table[0].valid = 0;
    EXPECT_EQ(send(*tables, from_client()).reason, layout::kReason_no_service);
  }
}

// Gives each of the seven slots of the DNAT service a backend of its own.
std::unique_ptr<Tables> world_of_seven_backends(uint32_t ring_base, uint8_t hash_kind) {
  auto tables = make_small_world();
  layout::Service& service = tables->services[service_of(kDnatPort, kTcp)];
  const layout::Backend backend = tables->backends[backend_of(kDnatPort, kTcp)];
  service.ring_base = ring_base;
  service.hash_kind = hash_kind;
  for (uint32_t i = 0; i < 7; i++) {
    tables->ring[(ring_base + i) % layout::kRingSlots].slot =
        static_cast<uint16_t>(layout::kRingSlotValid | i);
    tables->backends[i] = backend;
  }
  return tables;
}

std::set<uint16_t> backends_of_ports(const Tables& tables, uint32_t source) {
  std::set<uint16_t> backends;
  FrameSpec spec = from_client();
  spec.source = source;
  for (uint16_t port = 1024; port < 1324; port++) {
    spec.source_port = port;
    const path::PacketOut out = send(tables, spec);
    EXPECT_EQ(out.verdict, path::kVerdictForward);
    backends.insert(out.backend);
  }
  return backends;
}

TEST(lookup, hashing_the_tuple_spreads_a_clients_connections) {
  const auto tables = world_of_seven_backends(0, layout::kHashTuple);
  EXPECT_EQ(backends_of_ports(*tables, kClient).size(), 7u);
}

TEST(lookup, hashing_the_source_keeps_a_client_on_one_backend) {
  const auto tables = world_of_seven_backends(0, layout::kHashSource);
  std::set<uint16_t> all;
  for (uint32_t client = 0; client < 60; client++) {
    const std::set<uint16_t> backends = backends_of_ports(*tables, kClient + 0x10000 * client);
    ASSERT_EQ(backends.size(), 1u);
    all.insert(*backends.begin());
  }
  EXPECT_EQ(all.size(), 7u);
}

TEST(lookup, a_ring_at_the_end_of_the_memory_wraps_to_its_start) {
  const auto tables = world_of_seven_backends(layout::kRingSlots - 3, layout::kHashTuple);
  EXPECT_EQ(backends_of_ports(*tables, kClient).size(), 7u);
}

TEST(lookup, a_ring_index_covers_the_ring_evenly_and_nothing_else) {
  constexpr uint32_t kSlots = layout::kMaxRingSlots;
  EXPECT_EQ(layout::ring_index(100, kSlots, 0), 100u);
  EXPECT_EQ(layout::ring_index(100, kSlots, ~0u), 100 + kSlots - 1);
  uint32_t previous = 100;
  for (uint64_t hash = 0; hash < 1ull << 32; hash += 1u << 15) {
    const uint32_t index = layout::ring_index(100, kSlots, static_cast<uint32_t>(hash));
    ASSERT_LE(index - previous, 1u);
    previous = index;
  }
}

}  // namespace
}  // namespace sluice::path_test
