// What a configuration that is right means: values, defaults, next hops.
#include <chrono>
#include <fstream>
#include <iterator>

#include "support.hpp"

namespace sluice::model {
namespace {

using std::chrono::milliseconds;

base::Ipv4 ip(const char* text) { return base::Ipv4::parse(text).value(); }

TEST(Config, TakesDefaultsForAllThatIsNotGiven) {
  const Config config = good_config();
  EXPECT_EQ(config.mac.to_string(), "02:53:c0:00:02:01") << "made of port 0's address";
  EXPECT_EQ(config.hash_seed, "sluice");
  EXPECT_TRUE(config.tunnel_source.is_zero());
  ASSERT_EQ(config.ports.size(), 2u);
  EXPECT_EQ(config.ports[0].mtu, 1500u);
  EXPECT_EQ(config.ports[0].gateway, ip("192.0.2.254"));
  EXPECT_FALSE(config.ports[1].gateway);
  ASSERT_EQ(config.services.size(), 2u);
  const ServiceConfig& web = config.services[0];
  EXPECT_EQ(web.protocol, Protocol::tcp);
  EXPECT_EQ(web.scheduler, Scheduler::maglev);
  EXPECT_EQ(web.hash, HashKind::tuple);
  EXPECT_EQ(web.ring_slots, 4093u);
  EXPECT_EQ(web.check, Check{});
  EXPECT_EQ(web.backends[0].weight, 1u);
  EXPECT_EQ(web.backends[1].weight, 3u);
}

TEST(Config, FindsNextHopsFromThePortsNetworks) {
  const Config config = good_config();
  const ServiceConfig& web = config.services[0];
  EXPECT_EQ(web.clients_next_hop, ip("192.0.2.254")) << "the gateway of the VIP's port";
  EXPECT_EQ(web.clients_port, 0u);
  EXPECT_EQ(web.backends[0].next_hop, ip("10.1.0.11"));
  EXPECT_EQ(web.backends[0].egress_port, 1u);
  const std::vector<NextHop> expected = {
      {ip("10.1.0.11"), 1}, {ip("10.1.0.12"), 1}, {ip("192.0.2.254"), 0}};
  EXPECT_EQ(next_hops(config), expected);
}

TEST(Config, SendsBackendsOfOtherNetworksToTheGatewayOrToTheirVia) {
  std::string text = replaced(kGoodConfig, "address: 10.1.0.11, port", "address: 10.9.0.11, port");
  text = replaced(text, "address: 10.1.0.12, port: 8080",
                  "address: 10.9.0.12, port: 8080, via: 10.1.0.9");
  const Config config = good_config(text);
  const auto& backends = config.services[0].backends;
  EXPECT_EQ(backends[0].next_hop, ip("192.0.2.254"));
  EXPECT_EQ(backends[0].egress_port, 0u);
  EXPECT_EQ(backends[1].next_hop, ip("10.1.0.9"));
  EXPECT_EQ(backends[1].egress_port, 1u);
}

TEST(Config, TakesClientsViaOverTheGateway) {
  const Config config = good_config(
      replaced(kGoodConfig, "    mode: dnat", "    mode: dnat\n    clients_via: 10.1.0.200"));
  EXPECT_EQ(config.services[0].clients_next_hop, ip("10.1.0.200"));
  EXPECT_EQ(config.services[0].clients_port, 1u);
}

TEST(Config, OfAVipInNoNetworkTakesTheOnlyGateway) {
  const Config config = good_config(replaced(kGoodConfig, "vip: 192.0.2.100", "vip: 203.0.113.5"));
  EXPECT_EQ(config.services[0].clients_next_hop, ip("192.0.2.254"));
}

TEST(Config, LeavesStaticNeighborsOutOfWhatMustBeResolved) {
  const Config config = good_config(
      replaced(kGoodConfig, "services:\n",
               "neighbors: [{address: 10.1.0.11, mac: 02:00:00:00:00:0b}]\nservices:\n"));
  ASSERT_EQ(config.neighbors.size(), 1u);
  EXPECT_EQ(config.neighbors[0].mac.value, 0x02000000000bu);
  EXPECT_EQ(next_hops(config).size(), 2u);
}

TEST(Config, ReadsEveryKey) {
  const Config config = good_config(R"(
version: 1
mac: 02:00:00:00:00:01
hash_seed: "cluster 7"
tunnel_source: 10.1.0.1
ring_slots: 1021
health: {interval: 2s, timeout: 700ms, rise: 4, fall: 5}
neighbors:
  - {address: 10.1.0.254, mac: 02:00:00:00:00:fe}
ports:
  - {name: only, address: 10.1.0.1/24, gateway: 10.1.0.254, mtu: 9000}
services:
  - name: dns
    vip: 10.1.0.100
    port: 53
    protocol: udp
    mode: ipip
    scheduler: maglev
    hash: source
    ring_slots: 509
    check: {type: tcp, port: 5353, interval: 1m, timeout: 1s, rise: 1, fall: 1}
    backends:
      - {name: far, address: 172.16.0.1, weight: 0}
  - {name: empty, vip: 10.1.0.101, port: 1, mode: dsr, check: none, backends: []}
)");
  EXPECT_EQ(config.mac.value, 0x020000000001u);
  EXPECT_EQ(config.hash_seed, "cluster 7");
  ASSERT_EQ(config.services.size(), 2u);
  EXPECT_EQ(config.ports[0].mtu, 9000u);
  const ServiceConfig& dns = config.services[0];
  EXPECT_EQ(dns.mode, Mode::ipip);
  EXPECT_EQ(dns.protocol, Protocol::udp);
  EXPECT_EQ(dns.hash, HashKind::source);
  EXPECT_EQ(dns.ring_slots, 509u);
  const Check check{CheckType::tcp, 5353, milliseconds(60000), milliseconds(1000), 1, 1};
  EXPECT_EQ(dns.check, check);
  EXPECT_EQ(dns.backends[0].next_hop, ip("10.1.0.254"));
  EXPECT_EQ(dns.backends[0].port, 53u);
  EXPECT_EQ(dns.backends[0].weight, 0u);
  EXPECT_EQ(config.services[1].check.type, CheckType::none);
  EXPECT_EQ(config.services[1].check.fall, 5u) << "from health";
  EXPECT_EQ(config.services[1].ring_slots, 1021u);
  EXPECT_EQ(config.find_service("empty"), &config.services[1]);
  EXPECT_EQ(config.find_service("none"), nullptr);
}

TEST(Config, ShortensTheDefaultTimeoutToTheInterval) {
  const Config config =
      good_config(replaced(kGoodConfig, "    hash: source", "    check: {interval: 100ms}"));
  EXPECT_EQ(config.services[1].check.timeout, milliseconds(100));
}

TEST(Config, ChecksUdpServicesNotUnlessTold) {
  const Config config = good_config(replaced(kGoodConfig, "    hash: source", "    protocol: udp"));
  EXPECT_EQ(config.services[1].check.type, CheckType::none);
}

TEST(Config, TunnelsFromThePortTowardsTheFirstBackendByDefault) {
  const Config config = good_config(replaced(kGoodConfig, "mode: dsr", "mode: ipip"));
  EXPECT_EQ(config.tunnel_source, ip("10.1.0.1"));
}

TEST(Config, AllowsOneBackendInADnatAndADsrService) {
  const Config config = good_config();
  EXPECT_EQ(config.services[0].backends[0].address, config.services[1].backends[0].address);
}

TEST(Config, AllowsVipAndPortTwiceWithOtherProtocols) {
  const Config config =
      good_config(replaced(kGoodConfig, "    vip: 192.0.2.101\n    port: 443",
                           "    vip: 192.0.2.100\n    port: 80\n    protocol: udp"));
  EXPECT_EQ(config.services[0].vip, config.services[1].vip);
}

TEST(ConfigPage, ShowsAnExampleThatIsRight) {
  std::ifstream page(SLUICE_CONFIG_PAGE);
  const std::string text((std::istreambuf_iterator<char>(page)), std::istreambuf_iterator<char>());
  const std::size_t begin = text.find("```yaml\n") + 8;
  const std::string example = text.substr(begin, text.find("```", begin) - begin);
  const Config config = good_config(example);
  ASSERT_EQ(config.services.size(), 2u);
  EXPECT_EQ(config.services[0].backends[1].weight, 3u);
}

TEST(ConfigPage, ShowsMistakesAsTheReaderReportsThem) {
  std::ifstream page(SLUICE_CONFIG_PAGE);
  const std::string text((std::istreambuf_iterator<char>(page)), std::istreambuf_iterator<char>());
  const std::string config = R"(version: 1
ports:
  - name: outside
    address: 192.0.2.1/24
    gatewy: 192.0.2.254
services:
  - name: web
    vip: 192.0.2.100
    port: 0
    mode: dnat
    clients_via: 192.0.2.254
    check: {timeout: 3}
    backends:
      - {name: be1, address: 192.0.2.256}
)";
  const ReadConfig read = read_config(config, "lb.yaml");
  ASSERT_EQ(read.problems.size(), 4u) << as_error(read.problems).what;
  EXPECT_NE(text.find("\n" + as_error(read.problems).what + "\n"), std::string::npos)
      << as_error(read.problems).what;
}

}  // namespace
}  // namespace sluice::model
