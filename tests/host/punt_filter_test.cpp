#include "net/punt_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/punt_limits.hpp"
#include "packet_gen/frame.hpp"

namespace sluice::net {
namespace {

using base::Ipv4;
using base::Ipv4Prefix;
using packet_gen::Bytes;
using packet_gen::FrameSpec;
using packet_gen::kIcmp;
using packet_gen::kTcp;
using packet_gen::kUdp;
using TimePoint = TokenBucket::TimePoint;

constexpr std::uint64_t kCardMac = 0x02aabbccdd01;
constexpr std::uint64_t kBroadcast = 0xffffffffffff;
constexpr unsigned kClients = 0;   // port 0: 10.1.0.1/24
constexpr unsigned kBackends = 1;  // port 1: 10.2.0.1/24
constexpr const char* kPort0 = "10.1.0.1";
constexpr const char* kPort1 = "10.2.0.1";
constexpr const char* kVip = "10.9.0.1";        // TCP 80 and UDP 53 are services
constexpr const char* kRejecting = "10.9.0.2";  // unserved: reject
constexpr const char* kHosted = "10.9.0.3";     // unserved: host
constexpr const char* kClient = "198.51.100.7";
constexpr const char* kBackend = "10.2.0.11";
constexpr const char* kFarBackend = "10.7.0.5";  // behind a gateway of port 1

Ipv4 ip(const char* text) { return *Ipv4::parse(text); }

PuntView view() {
  PuntView result;
  result.ports = {*Ipv4Prefix::parse("10.1.0.1/24"), *Ipv4Prefix::parse("10.2.0.1/24")};
  result.behind = {{{ip(kFarBackend), 32}, kBackends}};
  result.vips = {{ip(kVip), Unserved::drop},
                 {ip(kRejecting), Unserved::reject},
                 {ip(kHosted), Unserved::host}};
  for (const char* vip : {kVip, kRejecting, kHosted}) {
    result.services.insert({ip(vip), 80, kTcp});
    result.services.insert({ip(vip), 53, kUdp});
  }
  return result;
}

FrameSpec packet(const char* from, const char* to) {
  FrameSpec spec;
  spec.destination_mac = kCardMac;
  spec.source = ip(from).value;
  spec.destination = ip(to).value;
  spec.source_port = 40000;
  spec.destination_port = 22;
  spec.tcp_flags = 0x02;
  spec.payload_bytes = 16;
  return spec;
}

FrameSpec udp_packet(const char* from, const char* to, std::uint16_t port) {
  FrameSpec spec = packet(from, to);
  spec.protocol = kUdp;
  spec.destination_port = port;
  return spec;
}

FrameSpec icmp_packet(const char* from, const char* to, std::uint8_t type) {
  FrameSpec spec = packet(from, to);
  spec.protocol = kIcmp;
  spec.icmp_type = type;
  return spec;
}

std::string rule(const Bytes& bytes, unsigned port, bool asked = false) {
  return name(judge(view(), {port, asked, bytes}));
}

std::string rule(const FrameSpec& spec, unsigned port, bool asked = false) {
  Bytes bytes;
  build_frame(spec, bytes);
  return rule(bytes, port, asked);
}

Bytes arp(std::uint16_t operation, const char* sender, const char* target,
          std::uint64_t sender_mac = 0x020000000211) {
  Bytes frame(60);
  packet_gen::store48(&frame[0], operation == 1 ? kBroadcast : kCardMac);
  packet_gen::store48(&frame[6], sender_mac);
  packet_gen::store16(&frame[12], 0x0806);
  packet_gen::store16(&frame[14], 1);
  packet_gen::store16(&frame[16], 0x0800);
  frame[18] = 6;
  frame[19] = 4;
  packet_gen::store16(&frame[20], operation);
  packet_gen::store48(&frame[22], sender_mac);
  packet_gen::store32(&frame[28], ip(sender).value);
  packet_gen::store32(&frame[38], ip(target).value);
  return frame;
}

TEST(PuntFilter, believes_arp_only_by_the_port_whose_network_holds_its_sender) {
  for (const std::uint16_t operation : std::initializer_list<std::uint16_t>{1, 2}) {
    EXPECT_EQ(rule(arp(operation, kBackend, kPort1), kBackends), "asked");
    EXPECT_EQ(rule(arp(operation, kBackend, kPort0), kClients), "arp_wrong_port");
    EXPECT_EQ(rule(arp(operation, kBackend, kBackend), kClients), "arp_wrong_port") << "gratuitous";
    EXPECT_EQ(rule(arp(operation, "10.1.0.254", kVip), kClients), "asked") << "a gateway asks";
    EXPECT_EQ(rule(arp(operation, "10.1.0.254", kVip), kBackends), "arp_wrong_port");
    EXPECT_EQ(rule(arp(operation, kClient, kVip), kClients), "arp_wrong_port") << "in no network";
  }
}

TEST(PuntFilter, takes_no_arp_for_an_address_of_the_card_from_anybody) {
  for (const char* address : {kPort0, kPort1, kVip, kRejecting}) {
    for (const unsigned port : {kClients, kBackends}) {
      EXPECT_EQ(rule(arp(2, address, kPort0), port), "arp_claim") << address;
      EXPECT_EQ(rule(arp(1, address, address), port), "arp_claim") << address;
    }
  }
}

TEST(PuntFilter, lets_arp_probes_for_the_cards_addresses_pass_and_no_others) {
  EXPECT_EQ(rule(arp(1, "0.0.0.0", kVip), kClients), "asked");
  EXPECT_EQ(rule(arp(1, "0.0.0.0", "10.1.0.77"), kClients), "not_for_host");
  EXPECT_EQ(rule(arp(2, "0.0.0.0", kVip), kClients), "martian");
}

TEST(PuntFilter, drops_arp_that_is_none) {
  const Bytes good = arp(2, kBackend, kPort1);
  for (const std::size_t at : {14u, 15u, 16u, 17u, 18u, 19u, 20u, 21u}) {
    Bytes bad = good;
    bad[at] ^= 0x55;
    EXPECT_EQ(rule(bad, kBackends), "malformed") << at;
  }
  for (std::size_t bytes = 0; bytes < 42; ++bytes) {
    EXPECT_EQ(rule(Bytes(good.begin(), good.begin() + static_cast<long>(bytes)), kBackends),
              "malformed");
  }
  EXPECT_EQ(rule(arp(2, kBackend, kPort1, kBroadcast), kBackends), "malformed");
  EXPECT_EQ(rule(arp(2, kBackend, kPort1, 0), kBackends), "malformed");
}

TEST(PuntFilter, two_ports_in_one_network_are_both_right_and_the_longer_prefix_wins) {
  PuntView both = view();
  both.ports = {*Ipv4Prefix::parse("10.2.0.1/24"), *Ipv4Prefix::parse("10.2.0.2/24")};
  const Bytes frame = arp(2, kBackend, "10.2.0.2");
  EXPECT_EQ(judge(both, {0, true, frame}), PuntRuling::asked);
  EXPECT_EQ(judge(both, {1, true, frame}), PuntRuling::asked);
  both.ports[0] = *Ipv4Prefix::parse("10.3.0.1/8");
  EXPECT_EQ(judge(both, {0, true, frame}), PuntRuling::arp_wrong_port);
  EXPECT_EQ(judge(both, {1, true, frame}), PuntRuling::asked);
}

TEST(PuntFilter, lets_answers_to_the_host_pass_without_limit) {
  FrameSpec answer = packet(kBackend, kPort1);
  answer.tcp_flags = 0x12;
  EXPECT_EQ(rule(answer, kBackends, true), "asked");
  EXPECT_EQ(rule(icmp_packet(kBackend, kPort1, 3), kBackends, true), "asked");
  EXPECT_EQ(rule(packet(kClient, kPort0), kClients), "other") << "a stranger's SYN";
  EXPECT_EQ(rule(udp_packet(kClient, kPort0, 53), kClients), "other");
  EXPECT_EQ(rule(icmp_packet(kClient, kPort0, 8), kClients), "echo");
}

TEST(PuntFilter, believes_an_address_of_a_network_only_by_its_port) {
  FrameSpec reset = packet(kBackend, kPort1);
  reset.tcp_flags = 0x14;
  EXPECT_EQ(rule(reset, kClients, true), "wrong_port");
  reset.source = ip(kFarBackend).value;
  EXPECT_EQ(rule(reset, kClients, true), "wrong_port");
  EXPECT_EQ(rule(reset, kBackends, true), "asked");
  EXPECT_EQ(rule(packet("10.1.0.9", kPort1), kBackends), "wrong_port");
}

TEST(PuntFilter, drops_sources_that_no_host_has) {
  for (const char* source : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.1.2.3",
                             "255.255.255.255", kVip, kPort0, kPort1, "10.1.0.255"}) {
    EXPECT_EQ(rule(packet(source, kPort0), kClients, true), "martian") << source;
    EXPECT_EQ(rule(icmp_packet(source, kVip, 8), kClients), "martian") << source;
  }
}

TEST(PuntFilter, drops_icmp_redirects) {
  for (const char* to : {kPort0, kVip, kHosted}) {
    EXPECT_EQ(rule(icmp_packet("10.1.0.254", to, 5), kClients), "redirect") << to;
  }
}

TEST(PuntFilter, keeps_from_the_host_whatever_is_for_a_service) {
  for (const char* vip : {kVip, kRejecting, kHosted}) {
    FrameSpec spec = packet(kClient, vip);
    spec.destination_port = 80;
    for (const std::uint8_t flags :
         std::initializer_list<std::uint8_t>{0x02, 0x10, 0x12, 0x14, 0}) {
      spec.tcp_flags = flags;
      EXPECT_EQ(rule(spec, kClients), "served") << vip;
    }
    EXPECT_EQ(rule(udp_packet(kClient, vip, 53), kClients), "served") << vip;
    spec.destination_mac = kBroadcast;
    EXPECT_EQ(rule(spec, kClients), "served") << "also behind a group address";
  }
}

TEST(PuntFilter, keeps_fragments_to_a_vip_from_the_host_but_those_of_a_large_ping) {
  for (const char* vip : {kVip, kRejecting, kHosted}) {
    for (const std::uint16_t fragment :
         std::initializer_list<std::uint16_t>{0x2000, 0x2001, 1, 0x1fff}) {
      for (FrameSpec spec :
           {packet(kClient, vip), udp_packet(kClient, vip, 53), udp_packet(kClient, vip, 999)}) {
        spec.fragment = fragment;
        EXPECT_EQ(rule(spec, kClients), "fragment") << vip;
      }
      FrameSpec ping = icmp_packet(kClient, vip, 8);
      ping.fragment = fragment;
      EXPECT_EQ(rule(ping, kClients), "echo") << vip << ": limited as pings are";
    }
  }
  FrameSpec whole = packet(kClient, kVip);
  whole.fragment = 0x4000;
  EXPECT_EQ(rule(whole, kClients), "unserved") << "do not fragment is none";
}

TEST(PuntFilter, follows_the_vips_policy_for_ports_without_a_service) {
  const auto rules = [](const FrameSpec& spec) { return rule(spec, kClients); };
  EXPECT_EQ(rules(packet(kClient, kVip)), "unserved");
  EXPECT_EQ(rules(packet(kClient, kRejecting)), "refuse");
  EXPECT_EQ(rules(packet(kClient, kHosted)), "other");
  EXPECT_EQ(rules(udp_packet(kClient, kVip, 80)), "unserved") << "TCP 80 is another port";
  EXPECT_EQ(rules(udp_packet(kClient, kRejecting, 80)), "refuse");
  EXPECT_EQ(rules(udp_packet(kClient, kHosted, 80)), "other");
  for (const char* vip : {kVip, kRejecting, kHosted}) {
    EXPECT_EQ(rules(icmp_packet(kClient, vip, 8)), "echo") << vip;
    EXPECT_EQ(rules(icmp_packet(kClient, vip, 13)), "unserved") << "a timestamp request";
  }
  EXPECT_EQ(rules(icmp_packet(kClient, kVip, 3)), "unserved");
  EXPECT_EQ(rules(icmp_packet(kClient, kHosted, 3)), "other");
  FrameSpec sctp = packet(kClient, kRejecting);
  sctp.protocol = 132;
  EXPECT_EQ(rules(sctp), "unserved");
}

TEST(PuntFilter, knows_what_is_not_the_hosts_at_all) {
  EXPECT_EQ(rule(packet(kClient, "10.9.0.77"), kClients), "not_for_host");
  EXPECT_EQ(rule(udp_packet(kClient, "224.0.0.18", 5), kClients), "other") << "multicast";
  EXPECT_EQ(rule(udp_packet(kClient, "10.1.0.255", 5), kClients), "other") << "broadcast";
  FrameSpec spec = packet(kClient, kPort0);
  spec.ethertype = 0x86dd;
  EXPECT_EQ(rule(spec, kClients), "not_for_host");
  spec.ethertype = 0x0800;
  EXPECT_EQ(rule(spec, 2), "not_for_host") << "a port without a configuration";
  spec.tagged = true;
  EXPECT_EQ(rule(spec, kClients), "not_for_host") << "Linux takes tag 0 for none";
  Bytes tagged = arp(2, kBackend, kPort1);
  tagged.insert(tagged.begin() + 12, {0x81, 0x00, 0x00, 0x00});
  EXPECT_EQ(rule(tagged, kClients), "not_for_host");
}

TEST(PuntFilter, drops_packets_that_are_cut_or_lie_about_their_length) {
  FrameSpec spec = packet(kClient, kPort0);
  Bytes good;
  build_frame(spec, good);
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    EXPECT_EQ(rule(Bytes(good.begin(), good.begin() + static_cast<long>(bytes)), kClients),
              "malformed");
  }
  spec.header_words_error = -1;
  EXPECT_EQ(rule(spec, kClients), "malformed");
  spec.header_words_error = 0;
  spec.version = 6;
  EXPECT_EQ(rule(spec, kClients), "malformed");
  FrameSpec cut = packet(kClient, kHosted);
  cut.total_bytes_error = -17;  // 19 bytes of TCP
  EXPECT_EQ(rule(cut, kClients), "malformed");
}

TEST(PuntLimits, let_a_burst_pass_and_then_the_rate) {
  TokenBucket bucket(std::chrono::milliseconds(5), 10);
  const TimePoint begin{std::chrono::hours(1)};
  const auto taken = [&](TimePoint from, std::chrono::milliseconds length) {
    int count = 0;
    for (auto now = from; now < from + length; now += std::chrono::microseconds(100)) {
      count += bucket.take(now) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(taken(begin, std::chrono::milliseconds(1)), 10);
  EXPECT_EQ(taken(begin + std::chrono::milliseconds(1), std::chrono::milliseconds(1000)), 200);
  const TimePoint later = begin + std::chrono::hours(1);
  EXPECT_EQ(taken(later, std::chrono::milliseconds(1)), 10) << "no more than a burst is saved up";
}

TEST(PuntLimits, never_hold_up_what_the_host_asked_for_nor_the_other_port) {
  PuntLimits limits;
  const TimePoint now{std::chrono::hours(1)};
  unsigned echoes = 0, others = 0, refusals = 0;
  for (int i = 0; i < 10'000; ++i) {
    echoes += limits.apply(PuntRuling::echo, kClients, now) == PuntRuling::echo;
    others += limits.apply(PuntRuling::other, kClients, now) == PuntRuling::other;
    refusals += limits.apply(PuntRuling::refuse, kClients, now) == PuntRuling::refuse;
    ASSERT_EQ(limits.apply(PuntRuling::asked, kClients, now), PuntRuling::asked);
    ASSERT_EQ(limits.apply(PuntRuling::served, kClients, now), PuntRuling::served);
  }
  EXPECT_EQ(echoes, kEchoBurst);
  EXPECT_EQ(others, kOtherBurst);
  EXPECT_EQ(refusals, kRefuseBurst);
  EXPECT_EQ(limits.apply(PuntRuling::echo, kClients, now), PuntRuling::limited);
  EXPECT_EQ(limits.apply(PuntRuling::echo, kBackends, now), PuntRuling::echo);
}

}  // namespace
}  // namespace sluice::net
