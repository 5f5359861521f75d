#include "model/where.hpp"

#include <map>

#include "support.hpp"

namespace sluice::model {
namespace {

base::Ipv4 ip(const char* text) { return base::Ipv4::parse(text).value(); }

Plan planned(const std::string& text = kGoodConfig) {
  const Config config = good_config(text);
  auto plan = make_plan(config, all_reachable(config), {}, {});
  EXPECT_TRUE(plan.ok());
  return std::move(plan).value();
}

Flow to_web(std::uint16_t source_port) {
  return {ip("198.51.100.7"), source_port, ip("192.0.2.100"), 80, Protocol::tcp, 0};
}

TEST(Where, SendsAFlowToABackendAndItsAnswerBackFromTheVip) {
  const Plan plan = planned();
  const Where in = where(plan.images, to_web(40000));
  ASSERT_EQ(in.verdict, "forward");
  EXPECT_TRUE(in.to_backend);
  EXPECT_EQ(in.service, plan.services[0].index);
  EXPECT_EQ(in.egress_port, 1u);
  EXPECT_EQ(in.destination_port, 8080u);
  EXPECT_EQ(in.next_hop.value, 0x020000000000u | in.destination.value);
  EXPECT_EQ(in.source, ip("198.51.100.7"));

  const Where back =
      where(plan.images, {in.destination, 8080, ip("198.51.100.7"), 40000, Protocol::tcp, 1});
  ASSERT_EQ(back.verdict, "forward");
  EXPECT_TRUE(back.to_client);
  EXPECT_EQ(back.source, ip("192.0.2.100"));
  EXPECT_EQ(back.source_port, 80u);
  EXPECT_EQ(back.backend, in.backend);
  EXPECT_EQ(back.egress_port, 0u);
}

TEST(Where, SpreadsFlowsByWeight) {
  const Plan plan = planned();
  std::map<std::uint16_t, unsigned> hits;
  for (std::uint16_t port = 1024; port < 1024 + 400; ++port) {
    ++hits[where(plan.images, to_web(port)).backend];
  }
  EXPECT_NEAR(hits[plan.services[0].backends[0].index], 100, 35);  // weight 1 of 4; 4 sigma
  EXPECT_NEAR(hits[plan.services[0].backends[1].index], 300, 35);
}

TEST(Where, KeepsASourceWithOneBackendWhenHashedBySource) {
  const Plan plan =
      planned(replaced(kGoodConfig, "    mode: dnat", "    mode: dnat\n    hash: source"));
  const std::uint16_t backend = where(plan.images, to_web(1)).backend;
  for (std::uint16_t port = 2; port < 50; ++port) {
    EXPECT_EQ(where(plan.images, to_web(port)).backend, backend);
  }
}

TEST(Where, NamesReasonsOfDropsAndPunts) {
  const Plan plan = planned();
  Flow flow = to_web(1);
  flow.destination_port = 81;
  EXPECT_EQ(where(plan.images, flow).verdict, "drop");
  EXPECT_EQ(where(plan.images, flow).reason, "no_service");
  flow.destination = ip("10.1.0.1");
  EXPECT_EQ(where(plan.images, flow).reason, "local_reply") << "a segment, not a bare SYN";

  const Config config = good_config();
  auto unreachable = make_plan(config, {}, {}, {});
  ASSERT_TRUE(unreachable);
  EXPECT_EQ(where(unreachable->images, to_web(1)).verdict, "drop");
  EXPECT_EQ(where(unreachable->images, to_web(1)).reason, "no_backend");
}

TEST(Where, SendsAVipsOtherPortsWhereItsPolicySays) {
  Flow flow = to_web(1);
  flow.destination_port = 81;
  Flow files = flow;
  files.destination = ip("192.0.2.101");
  const auto with = [](const char* lines) {
    return planned(replaced(kGoodConfig, "services:\n", std::string(lines) + "services:\n"));
  };
  for (const char* policy : {"reject", "host"}) {
    const Plan all = with((std::string("unserved: ") + policy + "\n").c_str());
    EXPECT_EQ(where(all.images, flow).verdict, "punt");
    EXPECT_EQ(where(all.images, flow).reason, "unserved");
    EXPECT_EQ(where(all.images, files).reason, "unserved");
    const Plan one =
        with((std::string("vips: [{address: 192.0.2.101, unserved: ") + policy + "}]\n").c_str());
    EXPECT_EQ(where(one.images, flow).reason, "no_service");
    EXPECT_EQ(where(one.images, files).reason, "unserved");
  }
  EXPECT_EQ(
      where(with("unserved: host\nvips: [{address: 192.0.2.101, unserved: drop}]\n").images, files)
          .verdict,
      "drop");
  flow.destination = ip("192.0.2.102");
  EXPECT_EQ(where(planned().images, flow).reason, "no_service");
}

TEST(Where, DropsWhatNoHostSends) {
  const Plan plan = planned();
  Flow flow = to_web(1);
  for (const char* source : {"0.0.0.7", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.255",
                             "10.1.0.255", "192.0.2.1", "10.1.0.1", "192.0.2.100", "192.0.2.101"}) {
    flow.source = ip(source);
    EXPECT_EQ(where(plan.images, flow).reason, "martian") << source;
  }
  const Plan open =
      planned(replaced(kGoodConfig, "services:\n", "drop_martians: false\nservices:\n"));
  EXPECT_EQ(where(open.images, flow).verdict, "forward");
}

TEST(Where, TakesTheLastAddressOfAPointToPointLinkForAHost) {
  const Plan plan = planned(replaced(replaced(kGoodConfig, "192.0.2.1/24", "192.0.2.254/31"),
                                     "gateway: 192.0.2.254", "gateway: 192.0.2.255"));
  Flow flow = to_web(1);
  flow.source = ip("192.0.2.255");
  EXPECT_EQ(where(plan.images, flow).verdict, "forward");
}

TEST(Where, BelievesClientsAndBackendsOnlyByTheirPorts) {
  const Plan plan = planned();
  Flow flow = to_web(1);
  flow.ingress_port = 1;
  EXPECT_EQ(where(plan.images, flow).reason, "wrong_port");
  Flow back = {ip("10.1.0.11"), 8080, ip("198.51.100.7"), 1, Protocol::tcp, 0};
  EXPECT_EQ(where(plan.images, back).reason, "wrong_port");

  const Plan open = planned(
      replaced(kGoodConfig, "    mode: dnat", "    mode: dnat\n    client_ports: [port0, port1]"));
  EXPECT_EQ(where(open.images, flow).verdict, "forward");
}

TEST(Where, LeavesTheDestinationAloneInDsr) {
  const Plan plan = planned();
  const Where in =
      where(plan.images, {ip("198.51.100.7"), 1, ip("192.0.2.101"), 443, Protocol::tcp, 0});
  ASSERT_EQ(in.verdict, "forward");
  EXPECT_EQ(in.destination, ip("192.0.2.101"));
  EXPECT_EQ(in.next_hop.value, 0x020000000000u | ip("10.1.0.11").value);
}

TEST(Where, ShowsTheTunnelOfIpip) {
  const Plan plan = planned(replaced(kGoodConfig, "mode: dsr", "mode: ipip"));
  const Where in =
      where(plan.images, {ip("198.51.100.7"), 1, ip("192.0.2.101"), 443, Protocol::tcp, 0});
  ASSERT_EQ(in.verdict, "forward");
  EXPECT_EQ(in.tunnel_destination, ip("10.1.0.11"));
  EXPECT_EQ(in.destination, ip("192.0.2.101"));
  EXPECT_EQ(in.destination_port, 443u);
}

TEST(Where, AsksForUdpToo) {
  const Plan plan = planned(replaced(kGoodConfig, "    hash: source", "    protocol: udp"));
  EXPECT_EQ(
      where(plan.images, {ip("198.51.100.7"), 1, ip("192.0.2.101"), 443, Protocol::udp, 0}).verdict,
      "forward");
}

}  // namespace
}  // namespace sluice::model
