// What a configuration that is right means: values, defaults, next hops.
#include <chrono>
#include <fstream>
#include <iterator>

#include "support.hpp"

namespace sluice::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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

unsigned client_ports_of(const std::string& from, const std::string& to, std::size_t service = 0) {
  return good_config(replaced(kGoodConfig, from, to)).services[service].client_ports;
}

TEST(Config, LetsClientsInByThePortOfTheirWayBack) {
  EXPECT_EQ(good_config().services[0].client_ports, 1u);
  EXPECT_EQ(client_ports_of("    mode: dnat", "    mode: dnat\n    clients_via: 10.1.0.200"), 2u);
  EXPECT_EQ(client_ports_of("vip: 192.0.2.100", "vip: 203.0.113.5"), 1u) << "the only gateway's";
}

TEST(Config, LetsClientsOfDsrInByThePortWhereTheVipIsOrByAnyPort) {
  EXPECT_EQ(good_config().services[1].client_ports, 1u);
  EXPECT_EQ(client_ports_of("vip: 192.0.2.101", "vip: 203.0.113.5", 1), kAllPorts);
}

TEST(Config, LetsClientsInByThePortsThatTheServiceNames) {
  const auto with = [](const char* ports) {
    return client_ports_of("    mode: dnat",
                           std::string("    mode: dnat\n    client_ports: ") + ports);
  };
  EXPECT_EQ(with("[port0, port1]"), kAllPorts);
  EXPECT_EQ(with("[port1]"), 2u);
}

TEST(Config, HasAPolicyForEveryVip) {
  using Vips = std::vector<VipConfig>;
  EXPECT_EQ(good_config().vips,
            (Vips{{ip("192.0.2.100"), Unserved::drop}, {ip("192.0.2.101"), Unserved::drop}}));
  const Config config = good_config(
      replaced(kGoodConfig, "services:\n",
               "unserved: reject\nvips:\n  - {address: 192.0.2.101, unserved: host}\nservices:\n"));
  EXPECT_EQ(config.vips,
            (Vips{{ip("192.0.2.100"), Unserved::reject}, {ip("192.0.2.101"), Unserved::host}}));
  EXPECT_EQ(config.unserved_of(ip("192.0.2.101")), Unserved::host);
  EXPECT_EQ(config.unserved_of(ip("192.0.2.102")), Unserved::drop);
}

TEST(Config, DropsMartiansUnlessItIsToldNotTo) {
  EXPECT_TRUE(good_config().drop_martians);
  EXPECT_FALSE(
      good_config(replaced(kGoodConfig, "services:\n", "drop_martians: false\nservices:\n"))
          .drop_martians);
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
drop_martians: false
unserved: reject
vips: [{address: 10.1.0.101, unserved: host}]
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
    scheduler: p2c
    hash: source
    ring_slots: 509
    client_ports: [only]
    timeouts: {established: 2m}
    on_backend_down: move
    when_table_full: drop
    persistence: 0s
    slow_start: 30s
    check: {type: tcp, port: 5353, interval: 1m, timeout: 1s, rise: 1, fall: 1}
    backends:
      - {name: far, address: 172.16.0.1, weight: 0}
      - {name: farther, address: 172.16.0.2, drain: true}
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
  EXPECT_EQ(dns.client_ports, 1u);
  EXPECT_FALSE(config.drop_martians);
  EXPECT_EQ(config.unserved_of(ip("10.1.0.100")), Unserved::reject);
  EXPECT_EQ(config.unserved_of(ip("10.1.0.101")), Unserved::host);
  const Check check{CheckType::tcp, 5353, milliseconds(60000), milliseconds(1000), 1, 1};
  EXPECT_EQ(dns.check, check);
  EXPECT_EQ(dns.backends[0].next_hop, ip("10.1.0.254"));
  EXPECT_EQ(dns.backends[0].port, 53u);
  EXPECT_EQ(dns.backends[0].weight, 0u);
  EXPECT_FALSE(dns.backends[0].drain);
  EXPECT_TRUE(dns.backends[1].drain);
  EXPECT_EQ(dns.scheduler, Scheduler::p2c);
  EXPECT_TRUE(dns.connections);
  EXPECT_EQ(dns.timeouts.established, seconds(120));
  EXPECT_EQ(dns.on_backend_down, OnBackendDown::move);
  EXPECT_EQ(dns.when_table_full, WhenTableFull::drop);
  EXPECT_EQ(dns.persistence, seconds(0));
  EXPECT_EQ(dns.slow_start, milliseconds(30000));
  EXPECT_EQ(config.services[1].check.type, CheckType::none);
  EXPECT_EQ(config.services[1].check.fall, 5u) << "from health";
  EXPECT_EQ(config.services[1].ring_slots, 1021u);
  EXPECT_EQ(config.find_service("empty"), &config.services[1]);
  EXPECT_EQ(config.find_service("none"), nullptr);
}

TEST(Config, RemembersConnectionsUnlessTold) {
  const Config config = good_config();
  const ServiceConfig& web = config.services[0];
  EXPECT_TRUE(web.connections);
  EXPECT_EQ(web.timeouts, (Timeouts{seconds(60), seconds(900), seconds(120), seconds(10)}));
  EXPECT_EQ(web.on_backend_down, OnBackendDown::reset);
  EXPECT_EQ(web.on_backend_removed, OnBackendDown::keep);
  EXPECT_EQ(web.when_table_full, WhenTableFull::hash);
  EXPECT_EQ(web.slow_start, milliseconds(0));
  const Config without = good_config(
      replaced(kGoodConfig, "    hash: source", "    hash: source\n    connections: false"));
  EXPECT_FALSE(without.services[1].connections);
}

TEST(Config, OfUdpForgetsEarlierAndMovesClients) {
  const Config config = good_config(replaced(kGoodConfig, "    hash: source", "    protocol: udp"));
  EXPECT_EQ(config.services[1].timeouts.established, seconds(300));
  EXPECT_EQ(config.services[1].on_backend_down, OnBackendDown::move);
  EXPECT_EQ(config.services[1].on_backend_removed, OnBackendDown::move);
}

TEST(Config, LeavesConnectionsAloneIfItIsToldTo) {
  const Config config = good_config(
      replaced(kGoodConfig, "    hash: source",
               "    on_backend_down: keep\n    on_backend_removed: reset\n    hash: source"));
  EXPECT_EQ(config.services[1].on_backend_down, OnBackendDown::keep);
  EXPECT_EQ(config.services[1].on_backend_removed, OnBackendDown::reset);
}

TEST(Config, TakesTimeoutsAtTheirBounds) {
  const Config config = good_config(
      replaced(kGoodConfig, "    hash: source",
               "    timeouts: {opening: 2s, established: 86400s, half_closed: 1440m, closed: 1m}"));
  EXPECT_EQ(config.services[1].timeouts,
            (Timeouts{seconds(2), seconds(86'400), seconds(86'400), seconds(60)}));
}

TEST(Config, KnowsSchedulersByTheirNamesAndByIpvsadms) {
  const std::pair<const char*, Scheduler> words[] = {
      {"maglev", Scheduler::maglev},
      {"hash", Scheduler::hash},
      {"source", Scheduler::source},
      {"random", Scheduler::random},
      {"round_robin", Scheduler::round_robin},
      {"weighted_round_robin", Scheduler::weighted_round_robin},
      {"least_connections", Scheduler::least_connections},
      {"weighted_least_connections", Scheduler::weighted_least_connections},
      {"p2c", Scheduler::p2c},
      {"least_response_time", Scheduler::least_response_time},
      {"mh", Scheduler::maglev},
      {"sh", Scheduler::source},
      {"rr", Scheduler::round_robin},
      {"wrr", Scheduler::weighted_round_robin},
      {"lc", Scheduler::least_connections},
      {"wlc", Scheduler::weighted_least_connections}};
  for (const auto& [word, scheduler] : words) {
    const Config config = good_config(
        replaced(kGoodConfig, "    hash: source", std::string("    scheduler: ") + word));
    EXPECT_EQ(config.services[1].scheduler, scheduler) << word;
    EXPECT_EQ(config.services[1].hash,
              scheduler == Scheduler::source ? HashKind::source : HashKind::tuple)
        << word;
    const bool is_alias = std::string(word).size() <= 3 && scheduler != Scheduler::p2c;
    EXPECT_EQ(name(scheduler) == std::string(word), !is_alias) << word;
  }
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
