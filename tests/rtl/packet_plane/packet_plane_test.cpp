// The packet plane around a pipeline that obeys the packets: speed, latency, order, epochs.
#include <gtest/gtest.h>

#include <set>

#include "packet_gen/random.hpp"
#include "plane_driver.hpp"
#include "test_frame.hpp"

namespace sluice::rtl_test {
namespace {

// From the cycle of a frame's last beat in to the cycle of its first beat out.
constexpr std::uint64_t kPlaneLatencyCycles = 16;

TEST(PacketPlane, ForwardsFramesOfEveryLengthUnchanged) {
  PlaneDriver plane(1);
  std::vector<Bytes> expected;
  std::vector<std::size_t> lengths;
  for (std::size_t bytes = 16; bytes <= 300; ++bytes) lengths.push_back(bytes);
  for (std::size_t bytes : {1514u, 9000u, 9020u, 9215u, 9216u}) lengths.push_back(bytes);
  std::uint32_t id = 0;
  for (std::size_t bytes : lengths) {
    const FrameSpec spec{.egress_port = 1, .id = id++};
    const Bytes frame = make_frame(spec, bytes);
    expected.push_back(forwarded(spec, frame));
    plane.receive(0, frame);
  }
  ASSERT_TRUE(plane.run_until_idle());
  ASSERT_EQ(plane.sent[1].size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(plane.sent[1][i].bytes, expected[i]) << lengths[i] << " bytes";
  }
  EXPECT_EQ(plane.sent[0].size(), 0u);
  EXPECT_EQ(plane.conservation(), "");
}

// Each between two that are not cut and whose payload must stay theirs.
TEST(PacketPlane, CutsFramesOfEveryLengthToTheirHeader) {
  PlaneDriver plane(9);
  std::vector<Bytes> expected;
  std::vector<FlowEvent> flows;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint32_t id = 0;
  const auto add = [&](const FrameSpec& spec, std::size_t bytes) {
    const Bytes frame = make_frame(spec, bytes);
    expected.push_back(forwarded(spec, frame));
    flows.push_back(
        {spec.direction, spec.service, spec.backend, static_cast<std::uint32_t>(bytes)});
    bytes_in += bytes;
    bytes_out += expected.back().size();
    plane.receive(0, frame);
  };
  for (std::size_t bytes :
       {16u, 59u, 60u, 64u, 65u, 127u, 128u, 129u, 192u, 193u, 256u, 257u, 1514u}) {
    for (const std::uint32_t cut : {60u, 64u, 65u, 74u, 128u, 129u, 152u}) {
      const auto backend = static_cast<std::uint16_t>(id);
      add({.egress_port = 1,
           .backend = backend,
           .cut_bytes = static_cast<std::uint8_t>(cut),
           .id = id++},
          bytes);
      add({.egress_port = 1, .backend = backend, .id = id++}, 60 + id * 37 % 400);
      if (id % 5 == 0)
        add({.egress_port = 1, .cut_bytes = static_cast<std::uint8_t>(cut), .id = id++}, bytes);
    }
  }
  ASSERT_TRUE(plane.run_until_idle());
  ASSERT_EQ(plane.sent[1].size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(plane.sent[1][i].bytes, expected[i]) << "frame " << i;
  }
  EXPECT_EQ(plane.flows, flows) << "a cut frame counts as it came";
  EXPECT_EQ(plane.counts[0].rx_bytes, bytes_in);
  EXPECT_EQ(plane.counts[1].tx_bytes, bytes_out);
  EXPECT_EQ(plane.drops(), 0u);
  EXPECT_EQ(plane.conservation(), "");
}

TEST(PacketPlane, CarriesAOneBeatFrameEachCycleOfOnePortWithoutABubble) {
  PlaneDriver plane(2);
  constexpr std::uint32_t kFrames = 2000;
  for (std::uint32_t id = 0; id < kFrames; ++id) {
    plane.receive(
        0,
        make_frame({.egress_port = id % 2 == 0 ? std::uint8_t{0} : std::uint8_t{1}, .id = id}, 60));
  }
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.drops(), 0u);
  EXPECT_EQ(plane.sent[0].size() + plane.sent[1].size(), kFrames);
  // Every other packet a port: it sends in every other cycle.
  for (const auto& sent : plane.sent) {
    EXPECT_EQ(sent.back().last_cycle - sent.front().first_cycle, 2 * (kFrames / 2 - 1));
  }
}

TEST(PacketPlane, SharesThePipelineWhenBothPortsOfferMoreThanItTakes) {
  PlaneDriver plane(8);
  constexpr std::uint32_t kFrames = 2000;  // a port, a frame each cycle: twice what the path takes
  for (std::uint32_t id = 0; id < kFrames; ++id) {
    for (std::uint32_t port = 0; port < kPorts; ++port) {
      plane.receive(port,
                    make_frame({.egress_port = static_cast<std::uint8_t>(port), .id = id}, 60));
    }
  }
  ASSERT_TRUE(plane.run_until_idle());
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    EXPECT_GT(plane.sent[port].size(), kFrames / 2 - 10);
    EXPECT_LT(plane.sent[port].size(), kFrames / 2 + 100);  // the FIFOs' content on top
  }
  EXPECT_EQ(plane.conservation(), "");
}

TEST(PacketPlane, SendsWithoutABubbleWhenOnePortIsAlwaysBusy) {
  PlaneDriver plane(3);
  std::uint64_t beats = 0;
  for (std::uint32_t id = 0; id < 500; ++id) {
    const std::size_t bytes = 60 + id % 200;
    beats += beats_of(bytes);
    plane.receive(1, make_frame({.egress_port = 0, .id = id}, bytes));
  }
  ASSERT_TRUE(plane.run_until_idle());
  ASSERT_EQ(plane.sent[0].size(), 500u);
  // The first frame waits for none, and each one is whole before it leaves: only the difference of
  // two neighbours' lengths, which grows by at most a beat, can show as a bubble.
  const std::uint64_t busy =
      plane.sent[0].back().last_cycle - plane.sent[0].front().first_cycle + 1;
  EXPECT_LE(busy, beats + 3 * 4);
}

class LineRate : public testing::TestWithParam<std::size_t> {};

TEST_P(LineRate, LosesNothingOnBothPortsAtOnce) {
  PlaneDriver plane(4);
  plane.pace.wire_rate = true;
  const std::size_t bytes = GetParam();
  const std::uint32_t frames = bytes > 1000 ? 200 : 3000;
  for (std::uint32_t id = 0; id < frames; ++id) {
    for (std::uint32_t port = 0; port < kPorts; ++port) {
      plane.receive(
          port, make_frame({.egress_port = static_cast<std::uint8_t>(1 - port), .id = id}, bytes));
    }
  }
  ASSERT_TRUE(plane.run_until_idle(400'000));
  EXPECT_EQ(plane.drops(), 0u);
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    ASSERT_EQ(plane.sent[port].size(), frames);
    const auto& in = plane.received_cycles[1 - port];
    const auto& out = plane.sent[port];
    // Neither a queue that grows nor a slow start: the last frame waits no longer than the first.
    EXPECT_LE(out.back().first_cycle - in.back(), out.front().first_cycle - in.front() + 2);
  }
}

INSTANTIATE_TEST_SUITE_P(FrameBytes, LineRate,
                         testing::Values(60, 64, 65, 66, 69, 128, 129, 256, 512, 1024, 1514, 9000),
                         testing::PrintToStringParamName());

TEST(PacketPlane, AddsSixteenCyclesToThePipelinesLatencyAtEveryLength) {
  for (std::size_t bytes : {60u, 64u, 65u, 128u, 129u, 192u, 193u, 1514u, 9000u}) {
    PlaneDriver plane(5);
    plane.receive(0, make_frame({.egress_port = 0, .id = 1}, bytes));
    ASSERT_TRUE(plane.run_until_idle());
    ASSERT_EQ(plane.sent[0].size(), 1u);
    EXPECT_EQ(plane.sent[0][0].first_cycle - plane.received_cycles[0][0],
              kPlaneLatencyCycles + kPathLatencyCycles)
        << bytes << " bytes";
    EXPECT_EQ(plane.sent[0][0].last_cycle - plane.sent[0][0].first_cycle + 1, beats_of(bytes));
  }
}

// Resets at any moment, between beats and packets, with full queues and empty ones: no credit,
// count or half a frame is left over.
TEST(PacketPlane, StartsAfreshAfterAResetInTheMiddleOfTraffic) {
  packet_gen::Random random(packet_gen::test_seed(31));
  PlaneDriver plane(31);
  std::set<Bytes> whole;  // frames that may leave
  std::uint32_t id = 0;
  for (std::uint32_t round = 0; round < 40; ++round) {
    plane.pace.tx_stall = {round % 3 * 45, 30};
    plane.pace.punt_stall.fill(round % 2 * 80);
    for (std::uint32_t i = 0; i < 120; ++i) {
      const bool cut = random.one_in(6);
      const FrameSpec spec{.verdict = random.one_in(8) ? Verdict::punt : Verdict::forward,
                           .egress_port = static_cast<std::uint8_t>(random.below(2)),
                           .reason = 40,
                           .cut_bytes = cut ? std::uint8_t{60} : std::uint8_t{0},
                           .id = id++};
      const Bytes frame = make_frame(spec, 60 + random.below(random.one_in(4) ? 2000 : 200));
      whole.insert(forwarded(spec, frame));
      plane.receive(random.below(2), frame, random.one_in(20));
    }
    const Bytes host = make_frame({.id = id++}, 60 + random.below(400));
    whole.insert(host);
    plane.inject(round % 2, host);
    plane.run(random.below(600));
    plane.reset(8);
    if (round % 2 == 0) plane.run(random.below(300));
    if (round % 4 != 0) continue;
    ASSERT_TRUE(plane.run_until_idle());
    ASSERT_EQ(plane.conservation(), "");
    for (const auto& sent : plane.sent) {
      for (const TxFrame& frame : sent) ASSERT_EQ(whole.count(frame.bytes), 1u);
    }
  }
  ASSERT_TRUE(plane.run_until_idle());
  plane.reset(8);
  // It takes as much as ever.
  plane.pace = {};
  for (std::uint32_t i = 0; i < 2000; ++i) plane.receive(0, make_frame({.id = id++}, 60));
  ASSERT_TRUE(plane.run_until_idle());
  EXPECT_EQ(plane.drops(), 0u);
}

TEST(PacketPlane, KeepsThePacketsOfAPortAndItsEgressPortInOrder) {
  PlaneDriver plane(6);
  packet_gen::Random random(6);
  std::array<std::array<std::vector<std::uint32_t>, kPorts>, kPorts> expected;  // [in][out]
  for (std::uint32_t id = 0; id < 600; ++id) {
    const std::uint32_t port = random.below(kPorts);
    const FrameSpec spec{.egress_port = static_cast<std::uint8_t>(random.below(kPorts)),
                         .backend = static_cast<std::uint16_t>(port),
                         .id = id};
    plane.receive(port, make_frame(spec, random.between(60, 400)));
    expected[port][spec.egress_port].push_back(id);
  }
  plane.pace.wire_rate = true;
  ASSERT_TRUE(plane.run_until_idle());
  std::array<std::array<std::vector<std::uint32_t>, kPorts>, kPorts> seen;
  for (std::uint32_t out = 0; out < kPorts; ++out) {
    for (const TxFrame& frame : plane.sent[out]) {
      std::uint32_t id = 0;
      std::memcpy(&id, &frame.bytes[12], 4);
      seen[frame.bytes[6]][out].push_back(id);
    }
  }
  EXPECT_EQ(plane.drops(), 0u);
  EXPECT_EQ(seen, expected);
}

TEST(PacketPlane, ReportsTheOldEpochBusyExactlyWhileOneOfItsPacketsIsInThePipeline) {
  PlaneDriver plane(7);
  std::uint32_t busy_cycles = 0;
  bool epoch = false;
  for (std::uint32_t id = 0; id < 4000; ++id) {
    plane.receive(id % 2, make_frame({.egress_port = 0, .id = id}, 60));
  }
  plane.pace.rx_idle = {60, 90};
  for (int cycle = 0; cycle < 4000; ++cycle) {
    if (cycle % 97 == 96) {
      epoch = !epoch;
      plane.set_epoch(epoch);
    }
    plane.step();
    // The driver counts a packet while it is at the path's input or inside, as the RTL does.
    ASSERT_EQ(plane.old_epoch_busy(), plane.in_path(!epoch) != 0) << "cycle " << cycle;
    busy_cycles += plane.old_epoch_busy() ? 1 : 0;
  }
  EXPECT_GT(busy_cycles, 100u);
  EXPECT_LT(busy_cycles, 4000u / 97 * (kPathLatencyCycles + 4));
}

}  // namespace
}  // namespace sluice::rtl_test
