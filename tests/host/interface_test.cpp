// The TAP, its addresses and routes, and the neighbour table, against the real kernel.
#include "net/interface.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cstdio>
#include <memory>

#include "net/neighbours.hpp"
#include "net/tap.hpp"
#include "own_network.hpp"

namespace sluice::net {
namespace {

using base::Ipv4;
using base::Ipv4Prefix;
using base::Mac;

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string result;
  std::array<char, 512> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) result += buffer.data();
  return result;
}

class InterfaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::enter_own_network();
    auto opened = Tap::open("sluice0");
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    tap_.emplace(std::move(*opened));
  }

  InterfacePlan plan() const {
    InterfacePlan result;
    result.mac = *Mac::parse("02:00:00:00:00:11");
    result.mtu_bytes = 1400;
    result.addresses = {*Ipv4Prefix::parse("10.0.0.1/24"), *Ipv4Prefix::parse("10.0.1.1/24"),
                        *Ipv4Prefix::parse("192.0.2.80/32")};
    result.routes = {{*Ipv4Prefix::parse("0.0.0.0/0"), *Ipv4::parse("10.0.0.254")}};
    return result;
  }

  std::optional<Tap> tap_;
};

TEST_F(InterfaceTest, the_device_gets_mac_mtu_addresses_and_routes) {
  const auto done = apply_interface("sluice0", plan());
  ASSERT_TRUE(done.ok()) << done.error().message();
  const std::string link = output_of("ip link show sluice0");
  EXPECT_NE(link.find("02:00:00:00:00:11"), std::string::npos) << link;
  EXPECT_NE(link.find("mtu 1400"), std::string::npos) << link;
  const std::string addresses = output_of("ip -4 -o addr show dev sluice0");
  EXPECT_NE(addresses.find("10.0.0.1/24"), std::string::npos) << addresses;
  EXPECT_NE(addresses.find("192.0.2.80/32"), std::string::npos) << addresses;
  const std::string route = output_of("ip route get 198.51.100.1 from 192.0.2.80");
  EXPECT_NE(route.find("via 10.0.0.254 dev sluice0"), std::string::npos) << route;
}

TEST_F(InterfaceTest, the_device_takes_no_redirects_and_no_source_routes) {
  test::run("sysctl -q -w net.ipv4.conf.all.accept_redirects=1");
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  const std::string folder = "/proc/sys/net/ipv4/conf/";
  for (const char* name :
       {"sluice0/accept_redirects", "all/accept_redirects", "sluice0/secure_redirects",
        "sluice0/send_redirects", "sluice0/accept_source_route"}) {
    EXPECT_EQ(output_of("cat " + folder + name), "0\n") << name;
  }
}

TEST_F(InterfaceTest, the_hosts_own_routes_are_left_alone) {
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  EXPECT_EQ(output_of("ip route show default"), "");
}

TEST_F(InterfaceTest, applying_again_changes_nothing_and_a_new_plan_removes_the_old) {
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  const std::string before =
      output_of("ip -4 addr show dev sluice0; ip rule; ip route show table all");
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  EXPECT_EQ(output_of("ip -4 addr show dev sluice0; ip rule; ip route show table all"), before);

  InterfacePlan changed = plan();
  changed.addresses = {*Ipv4Prefix::parse("10.0.1.1/24"), *Ipv4Prefix::parse("192.0.2.81/32")};
  changed.routes.clear();
  const auto done = apply_interface("sluice0", changed);
  ASSERT_TRUE(done.ok()) << done.error().message();
  const std::string addresses = output_of("ip -4 -o addr show dev sluice0");
  EXPECT_EQ(addresses.find("10.0.0.1"), std::string::npos) << addresses;
  EXPECT_EQ(addresses.find("192.0.2.80"), std::string::npos) << addresses;
  EXPECT_NE(addresses.find("192.0.2.81"), std::string::npos) << addresses;
  const std::string rules = output_of("ip rule");
  EXPECT_EQ(rules.find("192.0.2.80"), std::string::npos) << rules;
  EXPECT_EQ(output_of("ip route show table 5343 default"), "");
}

TEST_F(InterfaceTest, addresses_and_routes_outlive_the_process_that_held_the_tap) {
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  tap_.reset();
  const std::string addresses = output_of("ip -4 -o addr show dev sluice0");
  EXPECT_NE(addresses.find("192.0.2.80/32"), std::string::npos) << addresses;
  auto again = Tap::open("sluice0");
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_TRUE(apply_interface("sluice0", plan()).ok());
}

TEST_F(InterfaceTest, a_tap_held_by_another_is_refused_as_busy) {
  const auto second = Tap::open("sluice0");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, base::Errc::busy);
}

TEST_F(InterfaceTest, a_missing_device_is_named) {
  const auto done = apply_interface("sl-none", plan());
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message(), "sl-none: no such network device");
}

TEST_F(InterfaceTest, neighbours_are_learned_from_the_dump_and_from_notifications) {
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  test::run("ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev sluice0");
  auto neighbours = Neighbours::open(*interface_index("sluice0"));
  ASSERT_TRUE(neighbours.ok());
  ASSERT_TRUE(neighbours->update(true).value());
  EXPECT_EQ(neighbours->mac(*Ipv4::parse("10.0.0.7")), Mac::parse("02:00:00:00:00:07"));
  EXPECT_FALSE(neighbours->mac(*Ipv4::parse("10.0.0.8")).has_value());

  test::run("ip neigh replace 10.0.0.7 lladdr 02:00:00:00:00:17 dev sluice0");
  EXPECT_TRUE(neighbours->update(false).value());
  EXPECT_EQ(neighbours->mac(*Ipv4::parse("10.0.0.7")), Mac::parse("02:00:00:00:00:17"));
  EXPECT_FALSE(neighbours->update(false).value());
}

TEST_F(InterfaceTest, a_mac_once_learned_is_kept_when_the_kernel_forgets) {
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  auto neighbours = Neighbours::open(*interface_index("sluice0"));
  ASSERT_TRUE(neighbours.ok());
  test::run("ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev sluice0");
  test::run("ip neigh del 10.0.0.7 dev sluice0");
  ASSERT_TRUE(neighbours->update(true).ok());
  EXPECT_EQ(neighbours->mac(*Ipv4::parse("10.0.0.7")), Mac::parse("02:00:00:00:00:07"));
}

TEST_F(InterfaceTest, probing_makes_the_kernel_ask_by_arp_with_the_ports_address) {
  ASSERT_TRUE(apply_interface("sluice0", plan()).ok());
  auto neighbours = Neighbours::open(*interface_index("sluice0"));
  ASSERT_TRUE(neighbours.ok());
  const auto probed = neighbours->probe(*Ipv4::parse("10.0.1.7"));
  ASSERT_TRUE(probed.ok()) << probed.error().message();
  std::array<std::uint8_t, 2048> frame;
  for (int tries = 0; tries < 20; ++tries) {
    pollfd wait{tap_->fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&wait, 1, 2000), 1) << "no ARP request came";
    const std::size_t bytes = tap_->read(frame).value();
    if (bytes < 42 || frame[12] != 0x08 || frame[13] != 0x06) continue;
    if (frame[41] != 7) continue;  // an announcement of an own address
    EXPECT_EQ(frame[30], 1) << "sender 10.0.1.1";
    EXPECT_EQ(frame[31], 1) << "sender 10.0.1.1";
    return;
  }
  FAIL() << "no ARP request for 10.0.1.7";
}

}  // namespace
}  // namespace sluice::net
