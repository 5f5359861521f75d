// What the host asked for reaches it, however much else is thrown at it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string>

#include "card/table_loader.hpp"
#include "layout/reasons.hpp"
#include "packet_gen/frame.hpp"
#include "sim/conservation.hpp"
#include "sim/sim_card.hpp"

namespace sluice::cosim {
namespace {

using packet_gen::FrameSpec;

constexpr std::uint64_t kCardMac = 0x02aabbccdd01;
constexpr std::uint32_t kPortAddress[] = {0x0a000002, 0x0a010002};
constexpr std::uint32_t kBackend = 0x0a01000a;
constexpr std::uint64_t kDrainBoundCycles = 400'000;
constexpr std::size_t kNumberAt = 14 + 20 + 20;  // of the frame, in its TCP payload

// A card without services: all that comes in is the host's, by its kind.
class PuntClasses : public testing::Test {
 protected:
  PuntClasses() {
    auto images = std::make_unique<layout::TableImages>();
    images->config[0].mac = kCardMac;
    images->config[0].port0_address = kPortAddress[0];
    images->config[0].port1_address = kPortAddress[1];
    card_test::TableLoader(card_).apply(*images);
  }

  static sim::Frame frame_of(FrameSpec spec, std::uint32_t number) {
    spec.destination_mac = kCardMac;
    spec.source = kBackend;
    spec.payload_bytes = 6;
    sim::Frame frame;
    packet_gen::build_frame(spec, frame.bytes);
    std::memcpy(&frame.bytes[kNumberAt], &number, sizeof number);
    return frame;
  }
  // A SYN ACK to the card's own address.
  static sim::Frame answer(std::uint32_t port, std::uint32_t number) {
    FrameSpec spec;
    spec.destination = kPortAddress[port];
    spec.tcp_flags = 0x12;
    return frame_of(spec, number);
  }
  static sim::Frame ping(std::uint32_t port) {
    FrameSpec spec;
    spec.destination = kPortAddress[port];
    spec.protocol = packet_gen::kIcmp;
    spec.payload_bytes = 56;
    spec.destination_mac = kCardMac;
    spec.source = kBackend;
    sim::Frame frame;
    packet_gen::build_frame(spec, frame.bytes);
    return frame;
  }

  std::uint32_t read(std::uint32_t offset) {
    const auto value = card_.read(offset);
    EXPECT_TRUE(value) << value.error().message();
    return value ? *value : 0;
  }
  void pop() { EXPECT_TRUE(card_.write(layout::kReg_punt_pop, 0)); }

  sim::SimCard card_;
};

struct Shown {
  std::uint8_t reason;
  std::uint32_t number;
};

TEST_F(PuntClasses, AFullLoadOfPingsOnBothPortsDelaysNoAnswer) {
  constexpr std::uint32_t kAnswers = 60;
  constexpr std::uint64_t kPopCycles = 600;
  constexpr std::uint64_t kAnswerCycles = 2 * kPopCycles;  // half of what the host takes
  // A frame in the window, and one other for each three of what the host asked for.
  constexpr std::uint32_t kMostPops = 4;
  std::uint32_t sent = 0;
  std::uint64_t pops = 0;
  std::array<std::uint64_t, kAnswers> pops_before{};
  std::set<std::uint32_t> seen;
  std::uint64_t most_pops = 0, others = 0;
  const std::uint64_t begin = card_.cycle();
  card_.set_before_step([&] {
    if (sent < kAnswers && card_.cycle() >= begin + 1000 + sent * kAnswerCycles) {
      pops_before[sent] = pops;
      card_.rx(1).push(answer(1, sent++));
    }
    for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
      while (card_.rx(port).queued_frames() < 2) card_.rx(port).push(ping(port));
    }
  });
  std::uint64_t due = card_.cycle();
  while (seen.size() < kAnswers && pops < 4 * kAnswers) {
    const std::uint32_t word = read(layout::kWindow_punt);
    if (layout::is_asked(static_cast<std::uint8_t>(word >> 24 & 0x3f))) {
      std::uint32_t number = read(layout::kWindow_punt + 4 + kNumberAt / 4 * 4) >> 16;
      ASSERT_LT(number, kAnswers);
      ASSERT_TRUE(seen.insert(number).second);
      most_pops = std::max(most_pops, pops - pops_before[number]);
    } else if (word != 0) {
      ++others;
    }
    pop();
    ++pops;
    due += kPopCycles;
    while (card_.cycle() < due) card_.step();
  }
  EXPECT_EQ(seen.size(), kAnswers) << "an answer was lost";
  EXPECT_LE(most_pops, kMostPops);
  EXPECT_GT(others, kAnswers / 4) << "the rest is not shut out";
  EXPECT_EQ(read(layout::kReg_punt_asked_lost), 0u);
  card_.set_before_step(nullptr);
  ASSERT_TRUE(card_.drain(kDrainBoundCycles)) << card_.error();
  const auto counters = sim::read_counters(card_);
  ASSERT_TRUE(counters);
  EXPECT_TRUE(counters->conserved()) << counters->equation();
  EXPECT_EQ(counters->reasons[layout::kReason_local_reply].packets, kAnswers);
  EXPECT_GT(counters->reasons[layout::kReason_punt_full].packets, 1000u) << "no load";
  EXPECT_EQ(counters->reasons[layout::kReason_punt_full_asked].packets, 0u);
}

TEST_F(PuntClasses, AFloodOfArpAtOnePortLeavesHalfOfTheShareToTheOther) {
  constexpr std::uint32_t kAnswers = 40;
  constexpr std::uint64_t kPopCycles = 400;
  FrameSpec arp;
  arp.destination_mac = 0xffffffffffff;
  arp.ethertype = 0x0806;
  arp.payload_bytes = 6;
  sim::Frame flood;
  packet_gen::build_frame(arp, flood.bytes);
  std::uint32_t sent = 0, seen = 0, pops = 0;
  const std::uint64_t begin = card_.cycle();
  card_.set_before_step([&] {
    if (sent < kAnswers && card_.cycle() >= begin + 5000 + sent * 3 * kPopCycles) {
      card_.rx(1).push(answer(1, sent++));
    }
    while (card_.rx(0).queued_frames() < 2) card_.rx(0).push(flood);
  });
  std::uint64_t due = card_.cycle();
  while (seen < kAnswers && pops < 6 * kAnswers) {
    const std::uint32_t word = read(layout::kWindow_punt);
    seen += (word >> 24 & 0x3f) == layout::kReason_local_reply ? 1u : 0u;
    pop();
    ++pops;
    due += kPopCycles;
    while (card_.cycle() < due) card_.step();
  }
  EXPECT_EQ(seen, kAnswers) << "an answer was lost";
  // The flood's own losses show in the register, and that they were at the other port.
  const std::uint32_t lost = read(layout::kReg_punt_asked_lost);
  EXPECT_NE(lost & 0xffff, 0u);
  EXPECT_EQ(lost >> 16, 0u);
  card_.set_before_step(nullptr);
  ASSERT_TRUE(card_.drain(kDrainBoundCycles)) << card_.error();
  const auto counters = sim::read_counters(card_);
  ASSERT_TRUE(counters);
  EXPECT_TRUE(counters->conserved()) << counters->equation();
  EXPECT_EQ(counters->reasons[layout::kReason_local_reply].packets, kAnswers);
  EXPECT_GT(counters->reasons[layout::kReason_punt_full_asked].packets, 1000u);
  EXPECT_EQ(counters->reasons[layout::kReason_punt_full_asked].packets & 0xffff,
            read(layout::kReg_punt_asked_lost));
  EXPECT_EQ(counters->reasons[layout::kReason_punt_full].packets, 0u);
}

}  // namespace
}  // namespace sluice::cosim
