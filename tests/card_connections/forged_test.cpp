// Packets with somebody else's address, on the whole card: they move no connection and hold no
// place for longer than a connection that nobody answers.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>

#include "card_world.hpp"
#include "packet_gen/frame.hpp"
#include "sim/conservation.hpp"

namespace sluice::card_connections {
namespace {

using namespace layout;  // the tests name much of it

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;
constexpr std::uint32_t kOpening = 5, kEstablished = 40, kHalfClosed = 10;  // epochs
// What the client, and the backend, begin with.
constexpr std::uint32_t kClientStart = 0x10002000, kBackendStart = 0x70003000;
constexpr std::uint32_t kFar = 0x20000000;
constexpr unsigned kStrays = 200;

enum Place : std::size_t { kDnat, kDsr, kUdp };

model::Config three_kinds() {
  model::Config config = empty_config(3);
  for (unsigned i = 0; i < 3; ++i) {
    config.services.push_back(service_of(i + 1, model::Scheduler::maglev, 1 + i, 1));
    using std::chrono::seconds;
    config.services[i].timeouts = {seconds(kOpening), seconds(kEstablished), seconds(kHalfClosed),
                                   seconds(3)};
  }
  config.services[kDsr].mode = model::Mode::dsr;
  config.services[kDsr].clients_next_hop = {};
  config.services[kUdp].protocol = model::Protocol::udp;
  config.services[kUdp].on_backend_down = model::OnBackendDown::move;
  return config;
}

struct Entry {
  std::uint8_t state = kConnection_none;
  std::uint32_t references = 0;
};

class Forged : public testing::Test {
 protected:
  Forged() : config_(three_kinds()) { world_.apply(config_); }

  static std::uint32_t address(unsigned client) { return kClients + client; }
  static std::uint16_t port(unsigned client) { return static_cast<std::uint16_t>(2000 + client); }

  void in(Place place, unsigned client, std::uint8_t flags, std::uint32_t sequence,
          std::uint32_t acknowledged) {
    packet_gen::FrameSpec spec = frame(place, flags, sequence, acknowledged);
    spec.source_mac = kClientMac;
    spec.source = address(client);
    spec.source_port = port(client);
    spec.destination = config_.services[place].vip.value;
    spec.destination_port = 80;
    send(0, spec);
  }
  // From the service's only backend.
  void out(Place place, unsigned client, std::uint8_t flags, std::uint32_t sequence,
           std::uint32_t acknowledged) {
    packet_gen::FrameSpec spec = frame(place, flags, sequence, acknowledged);
    const std::uint32_t number = 1 + static_cast<std::uint32_t>(place);
    spec.source_mac = kBackendMac + number;
    spec.source = kBackends + number;
    spec.source_port = 80;
    spec.destination = address(client);
    spec.destination_port = port(client);
    send(1, spec);
  }

  Entry entry(Place place, unsigned client) {
    const std::uint64_t key = packet_key(place, client);
    const std::uint64_t permuted = conn::permute(key, CardWorld::round_keys());
    Entry found;
    for (std::uint32_t subtable = 0; subtable < 4; ++subtable) {
      const std::uint32_t bucket = conn::bucket_of(permuted, subtable, kConnectionBucketBits);
      read_bucket(bucket, key, &found);
    }
    return found;
  }
  std::uint8_t state(Place place, unsigned client) { return entry(place, client).state; }

  // A connection in which both sides have sent data; the next numbers are 101 more than the first.
  void establish(Place place, unsigned client) {
    in(place, client, kSyn, kClientStart, 0);
    if (place == kDnat) out(place, client, kSyn | kAck, kBackendStart, kClientStart + 1);
    in(place, client, kAck, kClientStart + 1, kBackendStart + 1);
    if (place == kDnat) out(place, client, kAck, kBackendStart + 1, kClientStart + 101);
    in(place, client, kAck, kClientStart + 101, kBackendStart + 101);
    ASSERT_EQ(state(place, client), kConnection_established);
  }

  CardWorld world_;
  const model::Config config_;

 private:
  packet_gen::FrameSpec frame(Place place, std::uint8_t flags, std::uint32_t sequence,
                              std::uint32_t acknowledged) const {
    packet_gen::FrameSpec spec;
    spec.destination_mac = kCardMac;
    spec.protocol = static_cast<std::uint8_t>(config_.services[place].protocol);
    spec.tcp_flags = flags;
    spec.sequence = sequence;
    spec.acknowledged = acknowledged;
    spec.payload_bytes = 6;
    return spec;
  }

  // Every packet leaves: what the card does not believe, the other side has to judge.
  void send(std::uint32_t port, const packet_gen::FrameSpec& spec) {
    sim::Frame frame;
    packet_gen::build_frame(spec, frame.bytes);
    world_.card().rx(port).push(std::move(frame));
    ASSERT_TRUE(world_.card().drain(300'000));
    ASSERT_TRUE(world_.card().tx(1 - port).pop(&frame)) << "a packet did not leave";
  }

  std::uint64_t packet_key(Place place, unsigned client) const {
    return std::uint64_t{address(client)} << 28 | std::uint64_t{port(client)} << 12 |
           world_.view(place).index;
  }

  void read_bucket(std::uint32_t bucket, std::uint64_t key, Entry* found) {
    sim::SimCard& card = world_.card();
    must(card.write(kReg_conn_read, bucket));
    while ((must(card.read(kReg_conn_status)) & kConnStatusReading) != 0) card.run(8);
    const std::uint32_t live = must(card.read(kReg_conn_live));
    if (live >> 16 != bucket) return;
    for (std::uint32_t slot = 0; slot < kConnWindowSlots; ++slot) {
      if ((live >> slot & 1) == 0) continue;
      const std::uint32_t at = kWindow_connections + 16 * slot;
      const std::uint64_t place = must(card.read(at + 4));
      const std::uint64_t read =
          std::uint64_t{must(card.read(at))} << 28 | place >> 16 << 12 | (place & 0xfff);
      if (read != key) continue;
      found->state = static_cast<std::uint8_t>(must(card.read(at + 8)) >> 29);
      found->references = must(card.read(at + 12));
    }
  }
};

TEST_F(Forged, a_fin_with_numbers_that_nobody_sent_changes_nothing) {
  for (const Place place : {kDnat, kDsr}) {
    establish(place, 1);
    const std::uint32_t before = entry(place, 1).references;
    for (std::uint32_t i = 1; i < 16; ++i) {
      in(place, 1, kFin | kAck, kClientStart + (i << 28), kBackendStart + (i << 28));
    }
    const Entry after = entry(place, 1);
    EXPECT_EQ(after.state, kConnection_established);
    EXPECT_EQ(after.references, before);
    // It does not keep a connection either.
    world_.pass_epochs(kEstablished - 2);
    in(place, 1, kFin | kAck, kClientStart + kFar, kBackendStart + kFar);
    world_.pass_epochs(3);
    EXPECT_EQ(state(place, 1), kConnection_none);
  }
}

TEST_F(Forged, fins_of_both_sides_do_not_end_a_connection) {
  establish(kDnat, 1);
  in(kDnat, 1, kFin | kAck, kClientStart + kFar, kBackendStart + 101);
  in(kDnat, 1, kFin | kAck, kClientStart + 101, kBackendStart + kFar);
  out(kDnat, 1, kFin | kAck, kBackendStart + kFar, kClientStart + 101);
  EXPECT_EQ(state(kDnat, 1), kConnection_established);
  world_.pass_epochs(kHalfClosed + 2);
  EXPECT_EQ(state(kDnat, 1), kConnection_established);
  // True ones do.
  out(kDnat, 1, kFin | kAck, kBackendStart + 101, kClientStart + 201);
  EXPECT_EQ(state(kDnat, 1), kConnection_backend_fin);
  in(kDnat, 1, kFin | kAck, kClientStart + 201, kBackendStart + 102);
  EXPECT_EQ(state(kDnat, 1), kConnection_closed);
}

TEST_F(Forged, a_fin_ahead_of_what_is_acknowledged_by_a_window_is_a_true_one) {
  establish(kDnat, 1);
  out(kDnat, 1, kFin | kAck, kBackendStart + 900'000, kClientStart + 101);
  EXPECT_EQ(state(kDnat, 1), kConnection_backend_fin);
  in(kDnat, 1, kFin | kAck, kClientStart + 900'000, kBackendStart + 900'001);
  EXPECT_EQ(state(kDnat, 1), kConnection_closed);
}

TEST_F(Forged, an_ack_that_has_not_seen_the_backends_number_establishes_nothing) {
  in(kDnat, 1, kSyn, kClientStart, 0);
  in(kDnat, 1, kAck, kClientStart + 1, 0);
  EXPECT_EQ(state(kDnat, 1), kConnection_opening) << "before the answer";
  out(kDnat, 1, kSyn | kAck, kBackendStart, kClientStart + 1);
  in(kDnat, 1, kAck, kClientStart + 1, 0);
  in(kDnat, 1, kFin | kAck, kClientStart + 1, kBackendStart + kFar);
  EXPECT_EQ(state(kDnat, 1), kConnection_unconfirmed);
  world_.pass_epochs(kOpening - 2);
  in(kDnat, 1, kAck, kClientStart + 1, kBackendStart + kFar);
  world_.pass_epochs(3);
  EXPECT_EQ(state(kDnat, 1), kConnection_none) << "it did not keep it either";
  establish(kDnat, 1);
}

TEST_F(Forged, an_ack_that_does_not_follow_the_syn_establishes_nothing_where_no_answer_is_seen) {
  in(kDsr, 1, kSyn, kClientStart, 0);
  in(kDsr, 1, kAck, kClientStart + kFar, 1);
  in(kDsr, 1, kFin | kAck, kClientStart + kFar, 1);
  EXPECT_EQ(state(kDsr, 1), kConnection_opening);
  in(kDsr, 1, kSyn, kClientStart + kFar, 0);  // the client begins anew, with another number
  in(kDsr, 1, kAck, kClientStart + kFar + 1, 1);
  EXPECT_EQ(state(kDsr, 1), kConnection_established);
}

TEST_F(Forged, stray_packets_hold_no_place_for_longer_than_an_opening_connection) {
  for (unsigned client = 0; client < kStrays; ++client) {
    for (const Place place : {kDnat, kDsr, kUdp}) {
      in(place, client, kAck, kClientStart, kBackendStart);
      if (place != kUdp) in(place, client, kFin | kAck, kClientStart, kBackendStart);
    }
  }
  for (unsigned client = 0; client < kStrays; client += 10) {
    EXPECT_EQ(state(kDnat, client), kConnection_opening);
    EXPECT_EQ(state(kDsr, client), kConnection_unconfirmed);
    EXPECT_EQ(state(kUdp, client), kConnection_opening);
  }
  world_.pass_epochs(kOpening + 1);
  for (unsigned client = 0; client < kStrays; client += 10) {
    for (const Place place : {kDnat, kDsr, kUdp}) {
      EXPECT_EQ(state(place, client), kConnection_none);
    }
  }
}

TEST_F(Forged, a_packet_of_the_backend_makes_a_connection_of_a_stray_one) {
  in(kDnat, 1, kAck, kClientStart, kBackendStart);
  out(kDnat, 1, kAck, kBackendStart, kClientStart + 6);
  EXPECT_EQ(state(kDnat, 1), kConnection_established);
  in(kUdp, 1, 0, 0, 0);
  out(kUdp, 1, 0, 0, 0);
  EXPECT_EQ(state(kUdp, 1), kConnection_established);
  // A backend that does not know it says so, and the client alone does not open it again.
  in(kDnat, 2, kAck, kClientStart, kBackendStart);
  out(kDnat, 2, kRst, kBackendStart, 0);
  in(kDnat, 2, kAck, kClientStart, kBackendStart);
  in(kDnat, 2, kFin | kAck, kClientStart, kBackendStart);
  EXPECT_EQ(state(kDnat, 2), kConnection_reset);
}

TEST_F(Forged, a_stray_connection_of_dsr_must_be_seen_again_after_a_second) {
  for (int i = 0; i < 3; ++i) in(kDsr, 1, kAck, kClientStart, kBackendStart);
  EXPECT_EQ(state(kDsr, 1), kConnection_unconfirmed);
  world_.pass_epochs(1);
  in(kDsr, 1, kAck, kClientStart + kFar, kBackendStart);
  EXPECT_EQ(state(kDsr, 1), kConnection_established);
}

}  // namespace
}  // namespace sluice::card_connections
