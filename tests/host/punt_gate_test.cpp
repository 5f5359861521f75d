// What of the card's frames reaches the host's stack, and what it answers.
#include "daemon/punt_gate.hpp"

#include <gtest/gtest.h>

#include "daemon_fixture.hpp"
#include "packet_gen/frame.hpp"

namespace sluice::daemon {
namespace {

class PuntGateTest : public DaemonTest {
 protected:
  // TCP with a bare SYN, or what its fragment field says.
  static std::vector<std::uint8_t> syn(const char* from, const char* to, std::uint16_t port,
                                       std::uint16_t fragment = 0) {
    packet_gen::FrameSpec spec;
    spec.source_mac = kClientMac;
    spec.source = base::Ipv4::parse(from)->value;
    spec.destination = base::Ipv4::parse(to)->value;
    spec.source_port = 40000;
    spec.destination_port = port;
    spec.tcp_flags = 0x02;
    spec.fragment = fragment;
    std::vector<std::uint8_t> frame;
    build_frame(spec, frame);
    return frame;
  }
  static PumpCounters counters(Running& daemon) {
    return daemon.ask([](Daemon& d) { return d.pump_counters(); });
  }
  static std::uint64_t ruled(Running& daemon, net::PuntRuling ruling) {
    return counters(daemon).punts[static_cast<std::size_t>(ruling)];
  }
};

// The first answer is a forged one from the clients' side: the backend's own, which comes later, is
// the one that is believed.
TEST_F(PuntGateTest, a_next_hop_is_learned_from_its_own_port_only) {
  constexpr std::uint64_t kForgedMac = 0x0200000000ee, kTrueMac = 0x020000000212;
  write_config(
      with_change(kConfigText, "  - {address: 10.2.0.12, mac: \"02:00:00:00:02:12\"}\n", ""));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const base::Mac own = daemon.ask([](Daemon& d) { return d.tables().config().mac; });
  const auto asked = next_sent([](const auto& frame) {
    return frame.size() >= 42 && frame[13] == 0x06 && frame[21] == 1 && frame[41] == 12;
  });
  ASSERT_FALSE(asked.bytes.empty()) << "no ARP request for 10.2.0.12";
  ASSERT_TRUE(punt(arp_reply(kForgedMac, "10.2.0.12", own), 0));
  ASSERT_TRUE(wait_until([&] { return ruled(daemon, net::PuntRuling::arp_wrong_port) == 1; }));
  EXPECT_EQ(counters(daemon).to_host, 0u);
  const auto known = [&] {
    return daemon.ask([](Daemon& d) {
      const auto mac = d.tables().services()[0].backends[1].mac;
      return mac.value;
    });
  };
  ASSERT_TRUE(punt(arp_reply(kTrueMac, "10.2.0.12", own), 1));
  ASSERT_TRUE(wait_until([&] { return known() != 0; }));
  EXPECT_EQ(known(), kTrueMac);
}

TEST_F(PuntGateTest, nobody_else_claims_an_address_of_the_card) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const base::Mac own = daemon.ask([](Daemon& d) { return d.tables().config().mac; });
  for (const char* address : {"10.1.0.1", "10.2.0.1", "10.9.0.1"}) {
    ASSERT_TRUE(punt(arp_reply(kClientMac, address, own), 0));
  }
  ASSERT_TRUE(wait_until([&] { return ruled(daemon, net::PuntRuling::arp_claim) == 3; }));
  EXPECT_EQ(counters(daemon).to_host, 0u);
}

// Were a fragment or a late segment of a service to reach the stack, that would answer with a reset
// or ICMP in the service's name. A SYN to the card's own address is answered: the way is open.
TEST_F(PuntGateTest, the_hosts_stack_never_answers_for_a_service) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const auto mac = daemon.ask([](Daemon& d) { return d.tables().config().mac; });
  const auto syn_to = [&](const char* to, std::uint16_t port, std::uint16_t fragment = 0) {
    auto frame = syn("10.1.0.254", to, port, fragment);  // its MAC is known
    mac.to_bytes(frame.data());
    return frame;
  };
  ASSERT_TRUE(punt(syn_to("10.9.0.1", 80), 0, layout::kReason_unserved));
  ASSERT_TRUE(punt(syn_to("10.9.0.1", 80, 0x2000), 0, layout::kReason_fragment));
  ASSERT_TRUE(punt(syn_to("10.9.0.1", 80, 0x0003), 0, layout::kReason_fragment));
  ASSERT_TRUE(punt(syn_to("10.9.0.1", 81), 0, layout::kReason_unserved));
  ASSERT_TRUE(punt(syn_to("10.1.0.1", 9), 0, layout::kReason_local));
  const auto answer = next_sent([](const auto& frame) {
    return frame.size() >= 34 && frame[12] == 0x08 && frame[13] == 0x00;
  });
  ASSERT_FALSE(answer.bytes.empty()) << "the host's stack answers nothing at all";
  EXPECT_EQ(packet_gen::load32(&answer.bytes[26]), base::Ipv4::parse("10.1.0.1")->value);
  EXPECT_EQ(ruled(daemon, net::PuntRuling::served), 1u);
  EXPECT_EQ(ruled(daemon, net::PuntRuling::fragment), 2u);
  EXPECT_EQ(ruled(daemon, net::PuntRuling::unserved), 1u);
  EXPECT_EQ(ruled(daemon, net::PuntRuling::other), 1u);
  EXPECT_EQ(counters(daemon).to_host, 1u);
}

// The host's stack does not see it: in its place the daemon says that nobody listens.
TEST_F(PuntGateTest, a_port_without_a_service_is_refused_if_the_vip_says_so) {
  write_config(kConfigText + "vips:\n  - {address: 10.9.0.1, unserved: reject}\n");
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  ASSERT_TRUE(punt(syn("10.1.0.10", "10.9.0.1", 80), 0, layout::kReason_unserved));
  ASSERT_TRUE(punt(syn("10.1.0.10", "10.9.0.1", 81), 0, layout::kReason_unserved));
  const auto answer = next_sent([](const auto& frame) {
    return frame.size() >= 54 && frame[12] == 0x08 && frame[13] == 0x00;
  });
  ASSERT_FALSE(answer.bytes.empty()) << "not refused";
  EXPECT_EQ(answer.port, 0u);
  EXPECT_EQ(base::Mac::from_bytes(&answer.bytes[0]).value, kClientMac);
  EXPECT_EQ(packet_gen::load32(&answer.bytes[26]), base::Ipv4::parse("10.9.0.1")->value);
  EXPECT_EQ(packet_gen::load16(&answer.bytes[34]), 81) << "not the service's port";
  EXPECT_EQ(answer.bytes[47], 0x14) << "RST and ACK";
  EXPECT_EQ(ruled(daemon, net::PuntRuling::refuse), 1u);
  EXPECT_EQ(ruled(daemon, net::PuntRuling::served), 1u);
  EXPECT_EQ(counters(daemon).to_host, 0u);
}

TEST_F(PuntGateTest, a_flood_of_pings_reaches_the_hosts_stack_at_its_rate_only) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  packet_gen::FrameSpec spec;
  spec.source = base::Ipv4::parse("10.1.0.10")->value;
  spec.destination = base::Ipv4::parse("10.9.0.1")->value;
  spec.protocol = packet_gen::kIcmp;
  spec.payload_bytes = 56;
  std::vector<std::uint8_t> ping;
  build_frame(spec, ping);
  const auto start = Clock::now();
  constexpr int kPings = 3000;
  for (int sent = 0; sent < kPings;) {
    if (punt(ping, 0, layout::kReason_not_tcp_udp)) ++sent;
  }
  const auto echoes = [&] { return ruled(daemon, net::PuntRuling::echo); };
  ASSERT_TRUE(
      wait_until([&] { return echoes() + ruled(daemon, net::PuntRuling::limited) == kPings; }));
  const auto seconds = std::chrono::duration<double>(Clock::now() - start).count();
  EXPECT_GE(echoes(), net::kEchoBurst);
  EXPECT_LE(static_cast<double>(echoes()), net::kEchoBurst + net::kEchoRate * seconds + 1);
}

}  // namespace
}  // namespace sluice::daemon
