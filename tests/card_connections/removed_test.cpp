// Backends and services that are taken out, and backends that are down but keep what they have, on
// the whole card: each connection goes where its service says.
#include <gtest/gtest.h>

#include <set>

#include "card_world.hpp"
#include "packet_gen/frame.hpp"

namespace sluice::card_connections {
namespace {

using model::OnBackendDown;

constexpr std::uint8_t kSyn = 2, kRst = 4, kAck = 16;
constexpr unsigned kClientsOfService = 12;
constexpr std::uint32_t kDropped = 0, kTold = 1;

// TCP and UDP, of two backends each: addresses 1 and 2, 3 and 4.
enum Place : std::size_t { kTcp, kUdp };

model::Config two_services() {
  model::Config config = empty_config(4);
  config.services.push_back(service_of(1, model::Scheduler::round_robin, 1, 2));
  config.services.push_back(service_of(2, model::Scheduler::round_robin, 3, 2));
  config.services[kUdp].protocol = model::Protocol::udp;
  config.services[kUdp].on_backend_down = OnBackendDown::move;
  config.services[kUdp].on_backend_removed = OnBackendDown::move;
  return config;
}

class Removed : public testing::Test {
 protected:
  // The backend's address that the packet left for, kTold if the client got a RST, or kDropped.
  std::uint32_t send(Place place, unsigned client, std::uint8_t flags = kAck) {
    packet_gen::FrameSpec spec;
    spec.destination_mac = kCardMac;
    spec.source_mac = kClientMac;
    spec.source = kClients + client;
    spec.source_port = static_cast<std::uint16_t>(3000 + client);
    spec.destination = config_.services[place].vip.value;
    spec.destination_port = 80;
    spec.protocol = static_cast<std::uint8_t>(config_.services[place].protocol);
    spec.tcp_flags = flags;
    spec.payload_bytes = 6;
    sim::Frame frame;
    packet_gen::build_frame(spec, frame.bytes);
    world_.card().rx(0).push(std::move(frame));
    EXPECT_TRUE(world_.card().drain(300'000));
    if (world_.card().tx(0).pop(&frame)) {
      EXPECT_NE(frame.bytes[47] & kRst, 0);
      return kTold;
    }
    return world_.card().tx(1).pop(&frame) ? packet_gen::load32(&frame.bytes[30]) : kDropped;
  }

  void begin() {
    world_.apply(config_);
    for (unsigned client = 0; client < kClientsOfService; ++client) {
      tcp_.push_back(send(kTcp, client, kSyn));
      udp_.push_back(send(kUdp, client));
    }
    ASSERT_EQ(std::set(tcp_.begin(), tcp_.end()), (std::set{kBackends + 1, kBackends + 2}));
    ASSERT_EQ(std::set(udp_.begin(), udp_.end()), (std::set{kBackends + 3, kBackends + 4}));
  }

  // Without the first backend of each service.
  model::Config shrunk() const {
    model::Config config = config_;
    for (auto& service : config.services) service.backends.erase(service.backends.begin());
    return config;
  }

  // Twice, as the first packet may have moved something.
  void expect(Place place, std::uint32_t of_gone) {
    const auto& began = place == kTcp ? tcp_ : udp_;
    const std::uint32_t gone = kBackends + (place == kTcp ? 1 : 3);
    for (int i = 0; i < 2; ++i) {
      for (unsigned client = 0; client < kClientsOfService; ++client) {
        EXPECT_EQ(send(place, client), began[client] == gone ? of_gone : began[client]);
      }
    }
  }

  std::uint32_t count(Place place) {
    const auto counted = must(world_.device()->read_entry<layout::kTable_service_connections>(
        driver::Device::Bank::live, index_[place]));
    return counted.active;
  }

  CardWorld world_;
  model::Config config_ = two_services();
  std::vector<std::uint32_t> tcp_, udp_;
  std::uint16_t index_[2]{};
};

TEST_F(Removed, udp_leaves_a_backend_that_was_taken_out_and_tcp_stays) {
  begin();
  world_.apply(shrunk());
  expect(kTcp, kBackends + 1);
  expect(kUdp, kBackends + 4);
}

TEST_F(Removed, each_service_says_itself_what_becomes_of_them) {
  config_.services[kTcp].on_backend_removed = OnBackendDown::reset;
  config_.services[kUdp].on_backend_removed = OnBackendDown::keep;
  begin();
  world_.apply(shrunk());
  expect(kTcp, kTold);
  expect(kUdp, kBackends + 3);
}

TEST_F(Removed, a_service_made_anew_with_other_backends_keeps_no_datagrams_at_the_old_ones) {
  begin();
  model::Config anew = config_;
  anew.services[kUdp].backends.erase(anew.services[kUdp].backends.begin());
  anew.services[kUdp].backends[0].address = base::Ipv4{kBackends + 3};
  anew.services[kUdp].backends[0].next_hop = anew.services[kUdp].backends[0].address;
  world_.apply(anew);
  for (unsigned client = 0; client < kClientsOfService; ++client) {
    EXPECT_EQ(send(kUdp, client), kBackends + 3);
  }
}

TEST_F(Removed, a_dead_backend_keeps_its_connections_if_its_service_says_so) {
  config_.services[kTcp].on_backend_down = OnBackendDown::keep;
  config_.services[kUdp].on_backend_down = OnBackendDown::keep;
  begin();
  States states;
  for (const auto& service : config_.services) {
    states[model::id_of(service, service.backends[0])] = {.up = false, .weight = {}};
  }
  world_.apply(config_, states);
  expect(kTcp, kBackends + 1);
  expect(kUdp, kBackends + 3);
  for (unsigned client = 50; client < 60; ++client) {
    EXPECT_EQ(send(kTcp, client, kSyn), kBackends + 2) << "no new ones";
  }
  // Taken out as well: then that counts.
  world_.apply(shrunk());
  expect(kUdp, kBackends + 4);
}

TEST_F(Removed, a_service_that_was_taken_out_is_forgotten_and_the_other_one_is_not) {
  begin();
  for (const Place place : {kTcp, kUdp}) index_[place] = world_.view(place).index;
  EXPECT_EQ(count(kTcp), kClientsOfService);
  model::Config without = config_;
  without.services.erase(without.services.begin());
  world_.apply(without);
  must(world_.connections().begin_forget(index_[kTcp]));
  while (must(world_.connections().statistics()).forgetting) world_.card().run(20'000);
  EXPECT_EQ(count(kTcp), 0u);
  EXPECT_EQ(count(kUdp), kClientsOfService);
  expect(kUdp, kBackends + 3);
}

}  // namespace
}  // namespace sluice::card_connections
