// Opening a card, counters and mailboxes, on the fake board.
#include <numeric>

#include "layout/describe.hpp"
#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;

struct WrongCard {
  const char* name;
  std::uint32_t offset;
  std::uint32_t value;
  Errc code;
  const char* says;
};

class OpenRefuses : public testing::TestWithParam<WrongCard> {};

TEST_P(OpenRefuses, ACardThatIsNotOursAndSaysWhatToDo) {
  auto fake = std::make_shared<FakeBoard>();
  fake->faults.overrides[GetParam().offset] = GetParam().value;
  auto device = open_fake(fake);
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, GetParam().code);
  EXPECT_EQ(device.error().where, "fake");
  EXPECT_NE(device.error().what.find(GetParam().says), std::string::npos) << device.error().what;
}

INSTANTIATE_TEST_SUITE_P(
    Cards, OpenRefuses,
    testing::Values(
        WrongCard{"Magic", layout::kReg_magic, 0x12345678, Errc::incompatible,
                  "0x12345678 instead of 0x534c5549; load a Sluice image"},
        WrongCard{"NewerMajor", layout::kReg_abi_version, layout::kAbiVersion + 0x10000,
                  Errc::incompatible, "register ABI 2.0"},
        WrongCard{"OlderMajor", layout::kReg_abi_version, 0, Errc::incompatible, "ABI 0.0"},
        WrongCard{"LayoutHash", layout::kReg_layout_hash, 1, Errc::incompatible,
                  "other table layouts (hash 0x00000001"},
        WrongCard{"FewerPorts", layout::kReg_cap_ports, 1, Errc::incompatible, "1 ports"},
        WrongCard{"FewerServices", layout::kReg_cap_services, 16, Errc::incompatible,
                  "16 services"},
        WrongCard{"FewerBackends", layout::kReg_cap_backends, 16, Errc::incompatible,
                  "16 backends"},
        WrongCard{"FewerSlots", layout::kReg_cap_ring_slots, 16, Errc::incompatible,
                  "16 ring slots"},
        WrongCard{"DeadScratch", layout::kReg_scratch, 7, Errc::verify_failed,
                  "writes do not arrive"}),
    [](const auto& card) { return card.param.name; });

TEST(Open, AcceptsALaterMinorOfTheAbi) {
  auto fake = std::make_shared<FakeBoard>();
  fake->faults.overrides[layout::kReg_abi_version] = layout::kAbiVersion + 3;
  EXPECT_TRUE(open_fake(fake));
}

TEST(Open, SaysThatACardReadingAllOnesIsGone) {
  auto fake = std::make_shared<FakeBoard>();
  fake->faults.all_ones = true;
  auto device = open_fake(fake);
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, Errc::link_down);
  EXPECT_NE(device.error().what.find("0xffffffff"), std::string::npos);
}

TEST(Open, NoticesLostWrites) {
  auto fake = std::make_shared<FakeBoard>();
  fake->faults.writes_lost = true;
  auto device = open_fake(fake);
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, Errc::verify_failed);
}

TEST(Open, WaitsOnlySoLongForACommitOrAListBegunBefore) {
  for (const std::uint32_t busy : {layout::kStatusCommitBusy, layout::kStatusListBusy}) {
    auto fake = std::make_shared<FakeBoard>();
    fake->faults.overrides[layout::kReg_status] = busy;
    auto device = open_fake(fake);
    ASSERT_FALSE(device) << busy;
    EXPECT_EQ(device.error().code, Errc::hung);
  }
}

TEST(Open, FailsCleanlyAtAnyRefusedAccessOfIdentification) {
  for (std::uint64_t at = 0; at < 60; ++at) {
    auto fake = std::make_shared<FakeBoard>();
    fake->faults.fail_access = at;
    auto device = open_fake(fake);
    ASSERT_FALSE(device) << "access " << at;
    EXPECT_EQ(device.error().code, Errc::io);
  }
}

TEST(Open, ShowsWhatTheCardSaysOfItself) {
  auto device = open_fake(std::make_shared<FakeBoard>());
  ASSERT_TRUE(device);
  EXPECT_EQ(device->info().layout_hash, layout::layout_hash());
  EXPECT_EQ(device->info().ports, layout::kPorts);
  EXPECT_EQ(device->info().clock_khz, layout::kClockKhz);
  EXPECT_EQ(device->info().tick_hz, layout::kTickHz);
}

TEST(Status, ShowsTicksMailboxesAndTheConfigId) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  EXPECT_EQ(device->status()->config_id, 0u);
  ASSERT_TRUE(device->set_config_id(0x0123456789abcdef));
  fake->advance_ticks(77);
  fake->punt({0, layout::kReason_not_ipv4, std::vector<std::uint8_t>(60)});
  auto status = device->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->config_id, 0x0123456789abcdefu);
  EXPECT_EQ(*device->config_id(), 0x0123456789abcdefu);
  EXPECT_EQ(status->tick, 77u);
  EXPECT_EQ(status->punt_waiting, 1u);
  EXPECT_EQ(status->inject_free, layout::kInjectSlots);
  EXPECT_TRUE(status->idle);
  EXPECT_GT(status->cycles, 0u);
}

TEST(Snapshot, ReadsCountersAsTheyWereFrozen) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  fake->set_counter(layout::kTable_service_counters, 7, 0, 70);
  fake->set_counter(layout::kTable_backend_counters, 4095, 4, 11);
  fake->set_counter(layout::kTable_port_counters, 1, 0, 123);
  fake->set_counter(layout::kTable_port_counters, 1, 1, 1);
  fake->set_counter(layout::kTable_reason_counters, layout::kReason_runt, 0, 9);
  auto counters = device->snapshot();
  ASSERT_TRUE(counters) << counters.error().message();
  EXPECT_EQ(counters->services[7].in_packets, 70u);
  EXPECT_EQ(counters->backends[4095].out_packets, 11u);
  EXPECT_EQ(counters->ports[1].rx_packets, (1ull << 32) + 123);
  EXPECT_EQ(counters->reasons[layout::kReason_runt], 9u);
  fake->set_counter(layout::kTable_reason_counters, layout::kReason_runt, 0, 10);
  auto entry =
      device->read_entry<layout::kTable_reason_counters>(Device::Bank::live, layout::kReason_runt);
  EXPECT_EQ(entry->packets, 9u) << "still the snapshot";
  EXPECT_EQ(device->snapshot()->reasons[layout::kReason_runt], 10u);
}

TEST(Snapshot, OfWantedEntriesReadsThemAndFewOthers) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  std::vector<bool> services(layout::kServices);
  std::vector<bool> backends(layout::kBackends);
  for (const std::uint32_t i : {0u, 2u, 500u, 1023u}) {
    services[i] = true;
    fake->set_counter(layout::kTable_service_counters, i, 0, i + 1);
  }
  backends[4000] = true;
  fake->set_counter(layout::kTable_backend_counters, 4000, 0, 4000);
  const std::uint64_t before = fake->accesses();
  auto counters = device->snapshot(services, backends);
  ASSERT_TRUE(counters);
  for (const std::uint32_t i : {0u, 2u, 500u, 1023u}) {
    EXPECT_EQ(counters->services[i].in_packets, i + 1);
  }
  EXPECT_EQ(counters->backends[4000].in_packets, 4000u);
  EXPECT_LT(fake->accesses() - before, 300u);
}

TEST(Snapshot, GivesUpWhenItNeverEnds) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  fake->faults.snapshot_never_ends = true;
  EXPECT_EQ(device->snapshot().error().code, Errc::hung);
}

TEST(Conservation, SumsPortsAndDropsButNotPunts) {
  Counters counters;
  counters.ports[0].rx_packets = 10;
  counters.ports[1].injected_packets = 2;
  counters.ports[1].tx_packets = 6;
  counters.ports[0].punted_packets = 3;
  counters.reasons[layout::kReason_runt] = 2;
  counters.reasons[layout::kReason_ingress_full] = 1;
  counters.reasons[layout::kReason_not_ipv4] = 3;  // punted: counted above
  EXPECT_EQ(conservation(counters).in, 12u);
  EXPECT_EQ(conservation(counters).out, 12u);
}

TEST(Mailbox, DeliversFramesOfEveryLengthInOrder) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  for (const std::size_t bytes : {1u, 3u, 4u, 13u, 14u, 59u, 60u, 61u, 1514u, 2044u}) {
    FakeBoard::Frame frame{1, layout::kReason_unserved, std::vector<std::uint8_t>(bytes)};
    std::iota(frame.bytes.begin(), frame.bytes.end(), static_cast<std::uint8_t>(bytes));
    ASSERT_TRUE(fake->punt(frame));
    auto received = device->receive();
    ASSERT_TRUE(received && received->has_value());
    EXPECT_EQ((*received)->bytes, frame.bytes);
    EXPECT_EQ((*received)->port, 1u);
    EXPECT_EQ((*received)->reason, layout::kReason_unserved);

    if (bytes < 14) {
      EXPECT_EQ(device->send(0, frame.bytes).error().code, Errc::invalid) << "no Ethernet header";
      continue;
    }
    ASSERT_TRUE(device->send(0, frame.bytes));
    auto sent = fake->take_sent();
    ASSERT_EQ(sent.size(), 1u);
    frame.bytes.resize(std::max<std::size_t>(bytes, layout::kMinFrameBytes));
    EXPECT_EQ(sent[0].bytes, frame.bytes);
    EXPECT_EQ(sent[0].port, 0u);
  }
  auto nothing = device->receive();
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->has_value());
}

TEST(Mailbox, HoldsSixteenFramesOfAClassAndCountsWhatTheHostAskedForAndLost) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  const std::vector<std::uint8_t> bytes(60);
  for (unsigned i = 0; i < layout::kPuntSlots; ++i) {
    EXPECT_EQ(fake->punt({0, layout::kReason_not_tcp_udp, bytes}), i < layout::kPuntSlots / 2);
  }
  EXPECT_EQ(*device->asked_lost(), AskedLost{}) << "nobody asked for these";
  for (unsigned i = 0; i < layout::kPuntSlots; ++i) {
    EXPECT_EQ(fake->punt({0, layout::kReason_local_reply, bytes}), i < layout::kPuntSlots / 2);
  }
  EXPECT_FALSE(fake->punt({1, layout::kReason_arp, bytes}));
  const AskedLost lost = {layout::kPuntSlots / 2, 1};
  EXPECT_EQ(*device->asked_lost(), lost);
  EXPECT_EQ(device->status()->punt_asked_lost, lost);
}

TEST(Mailbox, SaysWhenItIsFullAndRefusesImpossibleFrames) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  const std::vector<std::uint8_t> frame(60);
  for (unsigned i = 0; i < layout::kInjectSlots; ++i) ASSERT_TRUE(device->send(0, frame));
  EXPECT_EQ(device->send(0, frame).error().code, Errc::exhausted);
  fake->take_sent();
  EXPECT_TRUE(device->send(0, frame));
  EXPECT_EQ(device->send(2, frame).error().code, Errc::invalid);
  EXPECT_EQ(device->send(0, {}).error().code, Errc::invalid);
  EXPECT_EQ(device->send(0, std::vector<std::uint8_t>(2045)).error().code, Errc::invalid);
}

TEST(Mailbox, DoesNotTrustADescriptorFromADeadCard) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  fake->faults.all_ones = true;
  EXPECT_EQ(device->receive().error().code, Errc::link_down);
}

}  // namespace
}  // namespace sluice::driver
