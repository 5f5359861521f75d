// Queues that fill: egress, punt, inject; a slow one must not hold up another.
#include <gtest/gtest.h>

#include "layout/reasons.hpp"
#include "plane_driver.hpp"
#include "test_frame.hpp"

namespace sluice::rtl_test {
namespace {

TEST(PacketPlaneQueues, DropWholeFramesForASlowPortAndSpareTheOther) {
  PlaneDriver plane(11);
  plane.pace.tx_stall = {100, 0};
  constexpr std::uint32_t kFrames = 3000;
  for (std::uint32_t id = 0; id < kFrames; ++id) {
    plane.receive(
        0, make_frame({.egress_port = static_cast<std::uint8_t>(id % 2), .id = id}, 60 + id % 300));
  }
  while (plane.waiting(0) != 0) plane.step();
  plane.run(300);
  EXPECT_EQ(plane.sent[1].size(), kFrames / 2);
  EXPECT_EQ(plane.sent[0].size(), 0u);
  EXPECT_GT(plane.reasons[layout::kReason_egress_full], 100u);
  EXPECT_EQ(plane.reasons[layout::kReason_egress_full] + plane.in_flight(), kFrames / 2);
  EXPECT_EQ(plane.reasons[layout::kReason_ingress_full], 0u);
  EXPECT_EQ(plane.conservation(), "");

  plane.pace.tx_stall = {50, 0};  // what was taken leaves whole
  ASSERT_TRUE(plane.run_until_idle());
  for (const TxFrame& frame : plane.sent[0]) {
    std::uint32_t id = 0;
    std::memcpy(&id, &frame.bytes[12], 4);
    EXPECT_EQ(frame.bytes, make_frame({.egress_port = 0, .id = id}, 60 + id % 300));
  }
  EXPECT_EQ(plane.conservation(), "");
}

TEST(PacketPlaneQueues, FillAndDrainToTheLastBeatOfJumboFrames) {
  PlaneDriver plane(12);
  plane.pace.tx_stall = {100, 100};
  for (std::uint32_t id = 0; id < 8; ++id) {
    plane.receive(0, make_frame({.egress_port = 1, .id = id}, 9216));
  }
  while (plane.waiting(0) != 0) plane.step();
  plane.run(300);
  // 512 beats take three payloads of 142 beats.
  EXPECT_EQ(plane.in_flight(), 3u);
  EXPECT_EQ(plane.reasons[layout::kReason_egress_full], 5u);
  plane.pace.tx_stall = {0, 0};
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.sent[1].size(), 3u);
  // All credit has come back.
  for (std::uint32_t id = 0; id < 3; ++id) {
    plane.receive(0, make_frame({.egress_port = 1, .id = id}, 9216));
  }
  plane.pace.tx_stall = {100, 100};
  while (plane.waiting(0) != 0) plane.step();
  plane.run(300);
  plane.pace.tx_stall = {0, 0};
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.sent[1].size(), 6u);
  EXPECT_EQ(plane.reasons[layout::kReason_egress_full], 5u);
}

// The payload of a frame that is cut takes no room behind the admission, and its own room in front
// of it comes back.
TEST(PacketPlaneQueues, TakeCutJumboFramesForTheirHeaderOnly) {
  PlaneDriver plane(18);
  for (std::uint32_t round = 0; round < 3; ++round) {
    plane.pace.tx_stall = {100, 100};
    constexpr std::uint32_t kFrames = 40;  // 142 payload beats each, of 512 that the queue holds
    for (std::uint32_t id = 0; id < kFrames; ++id) {
      plane.receive(0, make_frame({.egress_port = 1, .cut_bytes = 60, .id = id}, 9216));
    }
    for (std::uint32_t id = 0; id < 5; ++id) {
      plane.receive(0, make_frame({.egress_port = 1, .id = id}, 9216));
    }
    while (plane.waiting(0) != 0) plane.step();
    plane.run(300);
    EXPECT_EQ(plane.in_flight(), kFrames + 3);  // three payloads fit, as ever
    EXPECT_EQ(plane.reasons[layout::kReason_egress_full], 2 * (round + 1));
    EXPECT_EQ(plane.reasons[layout::kReason_ingress_full], 0u);
    plane.pace.tx_stall = {0, 0};
    ASSERT_TRUE(plane.run_until_idle());
    EXPECT_EQ(plane.sent[1].size(), (kFrames + 3) * (round + 1));
    EXPECT_EQ(plane.conservation(), "");
  }
}

TEST(PacketPlaneQueues, HandPuntedFramesToTheHostAsReceived) {
  PlaneDriver plane(13);
  plane.pace.punt_stall = {30, 30};
  constexpr std::uint32_t kReasons = 8;
  // In order within a class of a port.
  std::array<std::array<std::vector<Bytes>, 2>, kPorts> expected;
  for (std::uint32_t id = 0; id < 60; ++id) {
    const std::size_t bytes = id < 50 ? 16 + 5 * id : id == 50 ? 2044 : 1000 + id;
    const FrameSpec spec{
        .verdict = Verdict::punt,
        .reason = static_cast<std::uint8_t>(layout::kReason_not_ipv4 + id / 2 % kReasons),
        .id = id};
    const Bytes frame = make_frame(spec, bytes);
    plane.receive(id % 2, frame);
    expected[id % 2][layout::is_asked(spec.reason) ? 1 : 0].push_back(frame);
    plane.run(200);
  }
  ASSERT_TRUE(plane.run_until_idle());
  std::array<std::array<std::size_t, 2>, kPorts> next{};
  ASSERT_EQ(plane.punted.size(), 60u);
  for (const PuntFrame& frame : plane.punted) {
    const std::size_t punt_class = layout::is_asked(frame.bytes[2]) ? 1 : 0;
    EXPECT_EQ(frame.bytes, expected[frame.port][punt_class][next[frame.port][punt_class]++]);
    EXPECT_EQ(frame.reason, frame.bytes[2]);
  }
  for (std::uint32_t reason = 0; reason < kReasons; ++reason) {
    EXPECT_EQ(plane.reasons[layout::kReason_not_ipv4 + reason], reason < 6 ? 8u : 6u);
  }
  EXPECT_EQ(plane.drops(), 0u);
}

TEST(PacketPlaneQueues, DropPuntedFramesThatTheHostDoesNotTakeAndForwardOn) {
  PlaneDriver plane(14);
  plane.pace.punt_stall = {100, 100};
  for (std::uint32_t id = 0; id < 300; ++id) {
    const bool punt = id % 3 != 0;
    plane.receive(0, make_frame({.verdict = punt ? Verdict::punt : Verdict::forward,
                                 .egress_port = 1,
                                 .reason = layout::kReason_not_ipv4,
                                 .id = id},
                                300));
  }
  while (plane.waiting(0) != 0) plane.step();
  plane.run(200);
  EXPECT_EQ(plane.sent[1].size(), 100u);
  EXPECT_EQ(plane.punted.size(), 0u);
  // 300 bytes have three payload beats; 64 beats hold 21 frames, the one at the exit has left some.
  EXPECT_GE(plane.in_flight(), 21u);
  EXPECT_EQ(plane.reasons[layout::kReason_punt_full] + plane.in_flight(), 200u);
  // Each packet counts once: with the reason of its punt only if it entered the queue.
  EXPECT_EQ(plane.reasons[layout::kReason_not_ipv4], plane.in_flight());
  EXPECT_EQ(plane.conservation(), "");
  plane.pace.punt_stall = {0, 0};
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.punted.size(), plane.reasons[layout::kReason_not_ipv4]);
}

// The mailbox takes no more of one class: the other passes, also when a frame of the full class
// came first, and neither takes the other's room.
TEST(PacketPlaneQueues, KeepTheClassesOfPuntsApart) {
  for (const std::uint32_t full : {0u, 1u}) {
    PlaneDriver plane(19 + full);
    plane.pace.punt_stall[full] = 100;
    plane.pace.rx_idle = {60, 60};  // together less than a packet a cycle
    constexpr std::uint8_t kReasonOf[] = {layout::kReason_not_ipv4, layout::kReason_arp};
    constexpr std::uint8_t kFullOf[] = {layout::kReason_punt_full, layout::kReason_punt_full_asked};
    constexpr std::uint32_t kOften = 400;
    for (std::uint32_t id = 0; id < kOften; ++id) {
      for (std::uint32_t port = 0; port < kPorts; ++port) {
        const std::uint32_t punt_class = id % 8 == 7 ? 1 - full : full;
        plane.receive(
            port,
            make_frame({.verdict = Verdict::punt, .reason = kReasonOf[punt_class], .id = id}, 60));
      }
    }
    while (plane.waiting(0) + plane.waiting(1) != 0) plane.step();
    plane.run(300);
    EXPECT_EQ(plane.punted.size(), kPorts * kOften / 8);
    EXPECT_EQ(plane.reasons[kReasonOf[1 - full]], kPorts * kOften / 8);
    EXPECT_EQ(plane.reasons[kFullOf[1 - full]], 0u);
    EXPECT_GT(plane.reasons[kFullOf[full]], 500u);
    EXPECT_EQ(plane.conservation(), "");
    plane.pace.punt_stall[full] = 0;
    ASSERT_TRUE(plane.run_until_idle());
    EXPECT_EQ(plane.punted.size(), plane.reasons[kReasonOf[0]] + plane.reasons[kReasonOf[1]]);
  }
}

// A port that floods a class leaves the other port its turn in it.
TEST(PacketPlaneQueues, LetPortsTakeTurnsInAClassOfPunts) {
  for (const std::uint8_t reason : {layout::kReason_fragment, layout::kReason_arp}) {
    PlaneDriver plane(21);
    plane.pace.punt_stall = {95, 95};
    for (std::uint32_t id = 0; id < 6000; ++id) {
      plane.receive(0, make_frame({.verdict = Verdict::punt, .reason = reason, .id = id}, 60));
      // Port 1 brings one where port 0 brings a hundred.
      if (id % 100 == 0) {
        plane.receive(1, make_frame({.verdict = Verdict::punt, .reason = reason, .id = id}, 60));
        plane.run(100);
      }
    }
    ASSERT_TRUE(plane.run_until_idle());
    std::uint32_t of_port1 = 0;
    for (const PuntFrame& frame : plane.punted) of_port1 += frame.port;
    EXPECT_EQ(of_port1, 60u) << "of the port that does not flood, none may be lost";
    EXPECT_LT(plane.punted.size(), 3000u);
    EXPECT_EQ(plane.conservation(), "");
  }
}

TEST(PacketPlaneQueues, DropPuntedFramesLongerThanAMailboxSlot) {
  PlaneDriver plane(15);
  plane.receive(1, make_frame({.verdict = Verdict::punt, .reason = 33, .id = 1}, 2044));
  plane.receive(1, make_frame({.verdict = Verdict::punt, .reason = 33, .id = 2}, 2045));
  plane.receive(1, make_frame({.verdict = Verdict::punt, .reason = 33, .id = 3}, 9216));
  plane.receive(1, make_frame({.verdict = Verdict::punt, .reason = 33, .id = 4}, 60));
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.punted.size(), 2u);
  EXPECT_EQ(plane.reasons[layout::kReason_punt_oversize], 2u);
  EXPECT_EQ(plane.reasons[33], 2u);
  EXPECT_EQ(plane.conservation(), "");
}

TEST(PacketPlaneQueues, GiveFramesFromTheHostTheirShareOfABusyPort) {
  PlaneDriver plane(16);
  std::vector<Bytes> expected;
  for (std::uint32_t id = 0; id < 40; ++id) {
    const Bytes frame = make_frame({.backend = 0xfff, .id = id}, 60 + 50 * id);
    expected.push_back(frame);
    plane.inject(id % 2, frame);
  }
  for (std::uint32_t id = 0; id < 2000; ++id) {
    plane.receive(0, make_frame({.egress_port = 0, .id = id}, 60));
    plane.receive(1, make_frame({.egress_port = 0, .id = id}, 60));
  }
  ASSERT_TRUE(plane.run_until_idle());
  std::array<std::size_t, kPorts> seen{};
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    for (const TxFrame& frame : plane.sent[port]) {
      if (frame.bytes[6] != 0xff) continue;
      EXPECT_EQ(frame.bytes, expected[2 * seen[port] + port]);
      ++seen[port];
    }
  }
  EXPECT_EQ(seen[0], 20u);
  EXPECT_EQ(seen[1], 20u);
  EXPECT_EQ(plane.conservation(), "");
}

TEST(PacketPlaneQueues, CountFlowsOfForwardedPacketsWithTheirReceivedLength) {
  PlaneDriver plane(17);
  std::vector<FlowEvent> expected;
  for (std::uint32_t id = 0; id < 100; ++id) {
    const auto verdict = static_cast<Verdict>(id % 3);
    constexpr std::uint8_t kReasonOf[] = {layout::kReason_no_backend, 0, layout::kReason_fragment};
    const FrameSpec spec{.verdict = verdict,
                         .reason = kReasonOf[id % 3],
                         .growth = 20,
                         .service = static_cast<std::uint16_t>(id * 7 % 1024),
                         .backend = static_cast<std::uint16_t>(id * 31 % 4096),
                         .direction = static_cast<std::uint8_t>(id % 3),
                         .id = id};
    plane.receive(0, make_frame(spec, 60 + id));
    if (verdict == Verdict::forward) {
      expected.push_back({spec.direction, spec.service, spec.backend, 60 + id});
    }
    plane.run(10);
  }
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.flows, expected);
}

}  // namespace
}  // namespace sluice::rtl_test
