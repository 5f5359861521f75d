#include "net/inject_route.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "net/arp.hpp"

namespace sluice::net {
namespace {

using base::Ipv4;
using base::Ipv4Prefix;
using Frame = std::array<std::uint8_t, 60>;

constexpr std::uint64_t kUnicast = 0x020000000001;
constexpr std::uint64_t kBroadcast = 0xffffffffffff;

void put_ipv4(Frame& frame, std::size_t at, const char* text) {
  const std::uint32_t value = Ipv4::parse(text)->value;
  for (std::size_t i = 0; i < 4; ++i)
    frame[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

Frame frame_with(std::uint64_t mac, std::uint16_t ethertype) {
  Frame frame{};
  base::Mac{mac}.to_bytes(frame.data());
  frame[12] = static_cast<std::uint8_t>(ethertype >> 8);
  frame[13] = static_cast<std::uint8_t>(ethertype);
  return frame;
}

Frame ipv4_to(const char* destination, std::uint64_t mac = kUnicast) {
  Frame frame = frame_with(mac, 0x0800);
  put_ipv4(frame, 30, destination);
  return frame;
}

Frame arp_for(const char* target, std::uint64_t mac = kBroadcast) {
  Frame frame = frame_with(mac, 0x0806);
  put_ipv4(frame, 38, target);
  return frame;
}

class InjectRouteTest : public ::testing::Test {
 protected:
  const InjectRoutes routes_{{{*Ipv4Prefix::parse("0.0.0.0/0"), 0},
                              {*Ipv4Prefix::parse("10.0.0.1/24"), 0},
                              {*Ipv4Prefix::parse("10.0.1.1/24"), 1},
                              {*Ipv4Prefix::parse("10.0.1.128/25"), 0}},
                             2};
  const InjectRoutes no_default_{{{*Ipv4Prefix::parse("10.0.0.1/24"), 0}}, 2};
};

TEST_F(InjectRouteTest, ipv4_leaves_by_the_subnet_of_its_destination) {
  EXPECT_EQ(routes_.ports_for(ipv4_to("10.0.0.7")), 1u);
  EXPECT_EQ(routes_.ports_for(ipv4_to("10.0.1.7")), 2u);
}

TEST_F(InjectRouteTest, the_longest_prefix_wins) {
  EXPECT_EQ(routes_.ports_for(ipv4_to("10.0.1.200")), 1u);
}

TEST_F(InjectRouteTest, what_no_subnet_holds_leaves_towards_the_gateway) {
  EXPECT_EQ(routes_.ports_for(ipv4_to("192.0.2.1")), 1u);
  EXPECT_EQ(no_default_.ports_for(ipv4_to("192.0.2.1")), 0u);
}

TEST_F(InjectRouteTest, arp_asks_on_the_port_where_the_target_lives) {
  EXPECT_EQ(routes_.ports_for(arp_for("10.0.1.7")), 2u);
  EXPECT_EQ(routes_.ports_for(arp_for("10.0.0.7", kUnicast)), 1u);
}

TEST_F(InjectRouteTest, an_announcement_of_a_vip_goes_to_every_port) {
  EXPECT_EQ(no_default_.ports_for(arp_for("192.0.2.80")), 3u);
}

TEST(Arp, an_announcement_is_a_request_of_the_address_for_itself_to_everybody) {
  const auto frame = arp_announcement({0x020000000001}, {0x0a000005});
  ASSERT_EQ(frame.size(), 60u);
  const std::vector<std::uint8_t> expected = {
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  0, 0, 0, 0, 1, 8, 6,  // Ethernet
      0,    1,    8,    0,    6,    4,    0,  1,         // a request for Ethernet and IPv4
      2,    0,    0,    0,    0,    1,    10, 0, 0, 5,   // sender
      0,    0,    0,    0,    0,    0,    10, 0, 0, 5};  // target
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), frame.begin()));
}

TEST_F(InjectRouteTest, a_subnets_broadcast_stays_in_that_subnet) {
  EXPECT_EQ(routes_.ports_for(ipv4_to("10.0.0.255", kBroadcast)), 1u);
}

TEST_F(InjectRouteTest, broadcast_and_multicast_go_to_every_port) {
  EXPECT_EQ(routes_.ports_for(ipv4_to("255.255.255.255", kBroadcast)), 3u);
  EXPECT_EQ(routes_.ports_for(ipv4_to("224.0.0.1", 0x01005e000001)), 3u);
}

TEST_F(InjectRouteTest, other_protocols_and_short_frames_go_nowhere) {
  EXPECT_EQ(routes_.ports_for(frame_with(kBroadcast, 0x86dd)), 0u);
  const Frame frame = ipv4_to("10.0.0.7");
  EXPECT_EQ(routes_.ports_for(std::span(frame).first(13)), 0u);
  EXPECT_EQ(routes_.ports_for(std::span(frame).first(33)), 0u);
  EXPECT_EQ(routes_.ports_for(std::span(frame).first(34)), 1u);
}

}  // namespace
}  // namespace sluice::net
