// Random frames under every mix of idle input and output back-pressure.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "layout/reasons.hpp"
#include "plane_driver.hpp"
#include "test_frame.hpp"

namespace sluice::rtl_test {
namespace {

struct Mix {
  std::uint32_t idle;   // percent of cycles without a beat in
  std::uint32_t stall;  // percent of cycles the outside takes nothing
};

class Matrix : public testing::TestWithParam<Mix> {};

std::size_t random_length(packet_gen::Random& random) {
  switch (random.below(8)) {
    case 0:
      return 9000 + random.below(217);
    case 1:
      return random.between(16, 60);
    case 2:
      return random.between(60, 70);
    case 3:
      return random.between(120, 140);
    default:
      return random.between(60, 1514);
  }
}

FrameSpec random_spec(packet_gen::Random& random, std::uint32_t id) {
  FrameSpec spec{.egress_port = static_cast<std::uint8_t>(random.below(kPorts)), .id = id};
  const std::uint32_t kind = random.below(10);
  if (kind == 0) {
    spec.verdict = Verdict::drop;
    spec.reason = layout::kReason_no_backend;
  } else if (kind == 1) {
    spec.verdict = Verdict::punt;
    spec.reason = id % 2 == 0 ? layout::kReason_unserved : layout::kReason_local_reply;
  } else if (kind == 2) {
    spec.cut_bytes = static_cast<std::uint8_t>(random.between(60, 152));
  } else {
    spec.growth = static_cast<std::int8_t>(static_cast<int>(random.below(31)) - 10);
  }
  return spec;
}

struct World {
  std::map<std::uint32_t, Bytes> forwarded[kPorts];  // by id
  std::map<std::uint32_t, Bytes> punted;
  std::uint64_t errors = 0, dropped = 0, received = 0;
};

World feed(PlaneDriver& plane, std::uint64_t seed) {
  packet_gen::Random random(seed);
  World world;
  for (std::uint32_t id = 0; id < 600; ++id) {
    const FrameSpec spec = random_spec(random, id);
    const Bytes frame = make_frame(spec, random_length(random));
    const bool error = random.one_in(20);
    plane.receive(random.below(kPorts), frame, error);
    ++world.received;
    if (error) {
      ++world.errors;
    } else if (spec.verdict == Verdict::drop) {
      ++world.dropped;
    } else if (spec.verdict == Verdict::punt) {
      world.punted[id] = frame;
    } else {
      world.forwarded[spec.egress_port][id] = forwarded(spec, frame);
    }
    if (random.one_in(10)) {
      const std::uint32_t port = random.below(kPorts);
      const std::uint32_t injected_id = id | 0x80000000u;
      const Bytes inject = make_frame({.id = injected_id}, random.between(60, 2044));
      plane.inject(port, inject);
      world.forwarded[port][injected_id] = inject;
    }
  }
  return world;
}

// The id of a frame whose header may have grown or shrunk: by search among the expected ones.
std::uint64_t match_sent(const PlaneDriver& plane, const World& world) {
  std::uint64_t matched = 0;
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    std::map<Bytes, std::uint32_t> left;
    for (const auto& [id, bytes] : world.forwarded[port]) ++left[bytes];
    for (const TxFrame& frame : plane.sent[port]) {
      auto found = left.find(frame.bytes);
      EXPECT_TRUE(found != left.end() && found->second > 0)
          << "port " << port << " sent a frame of " << frame.bytes.size()
          << " bytes nobody gave it";
      if (found == left.end()) return matched;
      --found->second;
      ++matched;
    }
  }
  return matched;
}

TEST_P(Matrix, KeepsEveryFrameWholeAndConservesPackets) {
  const Mix mix = GetParam();
  const std::uint64_t seed = packet_gen::test_seed(0x51 + mix.idle * 7 + mix.stall);
  std::printf("seed %llu (SLUICE_SEED=%llu replays)\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  PlaneDriver plane(seed);
  plane.pace.rx_idle = {mix.idle, mix.idle};
  plane.pace.tx_stall = {mix.stall, mix.stall};
  plane.pace.punt_stall = {mix.stall, mix.stall};
  const World world = feed(plane, seed);
  ASSERT_TRUE(plane.run_until_idle(400'000));

  EXPECT_EQ(plane.conservation(), "");
  EXPECT_EQ(plane.in_flight(), 0u);
  EXPECT_EQ(plane.counts[0].rx_packets + plane.counts[1].rx_packets, world.received);
  EXPECT_EQ(plane.reasons[layout::kReason_rx_error], world.errors);
  const std::uint64_t matched = match_sent(plane, world);
  EXPECT_EQ(matched, plane.counts[0].tx_packets + plane.counts[1].tx_packets);
  std::uint64_t sent_bytes = 0;
  for (const auto& sent : plane.sent) {
    for (const TxFrame& frame : sent) sent_bytes += frame.bytes.size();
  }
  EXPECT_EQ(sent_bytes, plane.counts[0].tx_bytes + plane.counts[1].tx_bytes);
  for (const PuntFrame& frame : plane.punted) {
    std::uint32_t id = 0;
    std::memcpy(&id, &frame.bytes[12], 4);
    ASSERT_TRUE(world.punted.contains(id));
    EXPECT_EQ(frame.bytes, world.punted.at(id));
  }
  if (mix.stall == 0 && mix.idle >= 50) {
    const std::uint64_t forwarded =
        world.forwarded[0].size() + world.forwarded[1].size() - plane.reasons[15];
    EXPECT_EQ(matched, forwarded);
    EXPECT_EQ(plane.reasons[layout::kReason_no_backend], world.dropped);
  }
}

std::string mix_name(const testing::TestParamInfo<Mix>& test) {
  return "Idle" + std::to_string(test.param.idle) + "Stall" + std::to_string(test.param.stall);
}

INSTANTIATE_TEST_SUITE_P(IdleAndStall, Matrix,
                         testing::Values(Mix{0, 0}, Mix{0, 20}, Mix{0, 50}, Mix{0, 90}, Mix{20, 0},
                                         Mix{20, 50}, Mix{50, 0}, Mix{50, 20}, Mix{50, 50},
                                         Mix{90, 0}, Mix{90, 50}, Mix{90, 90}),
                         mix_name);

}  // namespace
}  // namespace sluice::rtl_test
