// Every shell passes frames between the wires and the card, whatever its clocks do: whole, in
// order, rewritten; a MAC never waits for it, and it never waits for a dead MAC.
#include <gtest/gtest.h>

#include "layout/registers.hpp"
#include "layout/shell_registers.hpp"
#include "shells_bench.hpp"

namespace sluice::shells_test {
namespace {

constexpr const char* kNames[] = {"Alveo", "OpenNIC", "F2", "Corundum"};
constexpr std::size_t kMinBytes = 60;

// As the stand-in for the card sends it.
Frame rewritten(Frame frame) {
  frame.bytes[0] = static_cast<std::uint8_t>(~frame.bytes[0]);
  frame.user = false;
  return frame;
}

// What leaves each port, for frames that came in at the other one.
using Expected = std::array<std::vector<Frame>, 2>;

Expected push_frames(ShellsBench& bench, Shell shell, unsigned count, std::size_t max_bytes,
                     bool bad_ones) {
  Expected expected;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned port = static_cast<unsigned>(bench.random()() % 2);
    const std::size_t bytes = kMinBytes + bench.random()() % (max_bytes - kMinBytes + 1);
    Frame frame = random_frame(bench.random(), bytes);
    frame.user = bad_ones && bench.random()() % 8 == 0;
    if (!frame.user) expected[1 - port].push_back(rewritten(frame));
    if (shell == kF2) bench.f2_next.push_back(port);
    bench.sources[shell == kF2 ? 0 : port].push(std::move(frame));
  }
  return expected;
}

// F2 has one stream; its frames by the port that they left by, without the padding to 64 bytes.
Expected received(ShellsBench& bench, Shell shell, const Expected& expected) {
  if (shell != kF2) return {bench.sinks[0].frames, bench.sinks[1].frames};
  Expected got;
  for (std::size_t i = 0; i < bench.sinks[0].frames.size(); ++i) {
    Frame frame = bench.sinks[0].frames[i];
    EXPECT_GE(frame.bytes.size(), 64u);
    std::vector<Frame>& of_port = got[bench.f2_ports[i]];
    const std::vector<Frame>& wanted = expected[bench.f2_ports[i]];
    if (of_port.size() < wanted.size() && wanted[of_port.size()].bytes.size() < 64) {
      const std::size_t bytes = wanted[of_port.size()].bytes.size();
      for (std::size_t at = bytes; at < frame.bytes.size(); ++at) EXPECT_EQ(frame.bytes[at], 0);
      frame.bytes.resize(bytes);
    }
    of_port.push_back(std::move(frame));
  }
  return got;
}

class EveryShell : public testing::TestWithParam<Shell> {};

TEST_P(EveryShell, PassesFramesBothWaysWholeAndInOrder) {
  const Shell shell = GetParam();
  for (unsigned round = 0; round < 3; ++round) {
    ShellsBench bench(shell, seed() + round, round * 30, round * 25);
    const bool marks_bad = shell == kCorundum;
    const Expected expected = push_frames(bench, shell, 150, 1600, marks_bad);
    ASSERT_TRUE(bench.drain());
    const Expected got = received(bench, shell, expected);
    for (unsigned port = 0; port < 2; ++port) {
      EXPECT_EQ(bench.sinks[port].error, "");
      EXPECT_TRUE(got[port] == expected[port])
          << "port " << port << ": " << got[port].size() << " of " << expected[port].size();
    }
    EXPECT_EQ(bench.rx_refused, 0u);
    EXPECT_EQ(bench.error, "");
    if (shell != kOpennic) continue;
    for (unsigned port = 0; port < 2; ++port) {
      ASSERT_EQ(bench.sizes[port].size(), expected[port].size());
      for (std::size_t i = 0; i < expected[port].size(); ++i) {
        EXPECT_EQ(bench.sizes[port][i], expected[port][i].bytes.size());
      }
    }
  }
}

TEST_P(EveryShell, CarriesRegistersOfTheCardAndItsOwn) {
  const Shell shell = GetParam();
  ShellsBench bench(shell, seed() + 10, 0, 0);
  EXPECT_EQ(bench.read(layout::kReg_magic).data, layout::kMagic);
  EXPECT_EQ(bench.read(layout::kReg_build_id).data, 0x00a1f0e0u + shell);
  EXPECT_EQ(bench.read(layout::kReg_clock_khz).data, shell == kAlveo ? 300'000u : 250'000u);
  const std::uint32_t kinds[] = {1, 3, 2, 4};
  EXPECT_EQ(bench.read(layout::kShellReg_shell_kind).data, kinds[shell]);
  for (unsigned i = 0; i < 40; ++i) {
    const auto value = static_cast<std::uint32_t>(bench.random()());
    EXPECT_EQ(bench.write(layout::kReg_scratch, value).response, 0);
    EXPECT_EQ(bench.read(layout::kReg_scratch).data, value);
  }
  EXPECT_EQ(bench.write(layout::kShellReg_shell_kind, 7).response, 2);
  EXPECT_EQ(bench.read(layout::kShellReg_shell_kind).data, kinds[shell]);
  EXPECT_EQ(bench.read(0x8ffc).response, 2);
  EXPECT_EQ(bench.read(0x4000).response, 2) << "the stand-in has no such register";
  EXPECT_EQ(bench.error, "");
}

// What the PCIe board relies on: one read behind posted stores proves that the card has them.
TEST_P(EveryShell, LetsNoReadOvertakeTheWriteBeforeIt) {
  ShellsBench bench(GetParam(), seed() + 15, 0, 0);
  for (unsigned i = 0; i < 40; ++i) {
    const auto value = static_cast<std::uint32_t>(bench.random()());
    EXPECT_EQ(bench.read_behind_write(layout::kReg_scratch, value, i % 6).data, value);
    bench.run_cycles(static_cast<unsigned>(bench.random()() % 5));
  }
  EXPECT_EQ(bench.error, "");
}

TEST_P(EveryShell, WorksOnAfterAResetInTheMiddleOfTraffic) {
  const Shell shell = GetParam();
  for (unsigned round = 0; round < 3; ++round) {
    ShellsBench bench(shell, seed() + 20 + round, 0, 30);
    push_frames(bench, shell, 60, 900, false);
    bench.run_cycles(static_cast<unsigned>(100 + bench.random()() % 150));
    bench.set_reset(true);
    bench.f2_ports.clear();
    // What a MAC has begun it goes on with; the sender of a reset shell's frames is cut.
    for (Sink& sink : bench.sinks) sink.forget_frame();
    bench.set_reset(false);
    ASSERT_TRUE(bench.drain());
    bench.run_cycles(400);
    for (Sink& sink : bench.sinks) {
      sink.frames.clear();
      sink.error.clear();
    }
    bench.f2_ports.clear();
    const Expected expected = push_frames(bench, shell, 40, 900, false);
    ASSERT_TRUE(bench.drain());
    const Expected got = received(bench, shell, expected);
    for (unsigned port = 0; port < 2; ++port) {
      EXPECT_TRUE(got[port] == expected[port])
          << "port " << port << ": " << got[port].size() << " of " << expected[port].size();
      EXPECT_EQ(bench.sinks[port].error, "");
    }
    EXPECT_EQ(bench.read(layout::kReg_magic).data, layout::kMagic);
  }
}

INSTANTIATE_TEST_SUITE_P(Shells, EveryShell, testing::Values(kAlveo, kOpennic, kF2, kCorundum),
                         [](const auto& shell) { return std::string(kNames[shell.param]); });

// tx_to_mac waits 131,072 cycles. 256 frames of one beat fill its FIFO to the last; of 24 beats,
// ten do and leave room that no frame fits in.
class DeadMac : public testing::TestWithParam<unsigned> {};

TEST_P(DeadMac, HoldsUpNeitherTheCardNorTheOtherPort) {
  const unsigned beats = GetParam();
  ShellsBench bench(kAlveo, seed() + 30, 0, 0);
  bench.sinks[0].stop(true);
  Expected expected;
  const auto push = [&](unsigned port, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      Frame frame = random_frame(bench.random(), 64 * beats);
      expected[1 - port].push_back(rewritten(frame));
      bench.sources[port].push(std::move(frame));
    }
  };
  const unsigned early = 1'100 / beats;  // fit into tx_to_mac and the stand-in's 1,024 beats
  push(1, early);
  bench.run_cycles(3'000);
  EXPECT_EQ(bench.read(layout::kShellReg_tx_full).data, 1u);
  EXPECT_EQ(bench.read(layout::kShellReg_tx_lost_0).data, 0u) << "it is given time";
  push(0, 500);
  bench.run_cycles(500 * beats + 3'000);
  EXPECT_EQ(bench.sinks[1].frames.size(), 500u) << "the other port is held up";
  bench.run_cycles(131'072);
  constexpr unsigned kLate = 600;
  push(1, kLate);
  bench.run_cycles(kLate * beats + 3'000);
  const std::uint32_t lost = bench.read(layout::kShellReg_tx_lost_0).data;
  EXPECT_GE(lost, kLate) << "the card is held up again and again";
  bench.sinks[0].stop(false);
  ASSERT_TRUE(bench.drain());
  EXPECT_EQ(bench.sinks[0].frames.size() + lost, early + kLate);
  for (std::size_t i = 0; i < bench.sinks[0].frames.size(); ++i) {
    ASSERT_TRUE(bench.sinks[0].frames[i] == expected[0][i]) << "frame " << i;
  }
  EXPECT_EQ(bench.read(layout::kShellReg_tx_full).data, 0u);
  EXPECT_EQ(bench.read(layout::kShellReg_tx_lost_1).data, 0u);
}

INSTANTIATE_TEST_SUITE_P(Beats, DeadMac, testing::Values(1, 24),
                         [](const auto& beats) { return std::to_string(beats.param); });

// Frames of 65 bytes without a gap are two beats each: more than 250 MHz can take in.
TEST(FastMac, LosesWholeFramesAndCountsThemWhenTheCardIsSlower) {
  ShellsBench bench(kCorundum, seed() + 40, 0, 0);
  std::vector<Frame> sent;
  for (unsigned i = 0; i < 4000; ++i) {
    Frame frame = random_frame(bench.random(), 65);
    sent.push_back(rewritten(frame));
    bench.sources[0].push(std::move(frame));
  }
  ASSERT_TRUE(bench.drain());
  const std::uint32_t lost = bench.read(layout::kShellReg_rx_lost_0).data;
  EXPECT_GT(lost, 100u);
  EXPECT_EQ(bench.read(layout::kShellReg_rx_lost_1).data, 0u);
  EXPECT_EQ(bench.rx_refused, 0u);
  const std::vector<Frame>& got = bench.sinks[1].frames;
  ASSERT_EQ(got.size() + lost, sent.size());
  std::size_t at = 0;
  for (const Frame& frame : got) {
    while (at < sent.size() && !(sent[at] == frame)) ++at;
    ASSERT_LT(at, sent.size()) << "a frame that was never sent, or part of one";
    ++at;
  }
}

TEST(Alveo, ReadsTheBoardsMemory) {
  ShellsBench bench(kAlveo, seed() + 50, 0, 0);
  bench.run_cycles(100);
  EXPECT_EQ(bench.read(20 * 4).data, 0x40u) << "the word at the address that it asked for";
  EXPECT_GT(bench.read(21 * 4).data, 10u);
}

// An access to DDR's statistics that nobody answers hangs the shell (cl_ports.vh of the HDK).
TEST(F2, AnswersForTheDdrThatItLacks) {
  ShellsBench bench(kF2, seed() + 70, 0, 0);
  EXPECT_EQ(bench.dut().f2_ddr_stat_ack_o, 1);
  bench.run_cycles(20);
  EXPECT_EQ(bench.dut().f2_ddr_stat_ack_o, 1);
}

TEST(F2, ShowsIdsThatAmazonAllows) {
  ShellsBench bench(kF2, seed() + 60, 0, 0);
  EXPECT_EQ(bench.dut().f2_id0_o & 0xffff, 0x1d0fu);
  EXPECT_EQ(bench.dut().f2_id0_o >> 24, 0xf0u);
  EXPECT_NE(bench.dut().f2_id1_o & 0xffff, 0u);
  EXPECT_NE(bench.dut().f2_id1_o >> 16, 0u);
}

TEST(OpenNic, SaysWhenItsResetIsDone) {
  ShellsBench bench(kOpennic, seed() + 70, 0, 0);
  EXPECT_EQ(bench.dut().opennic_reset_done_o, 1);
  bench.set_reset(true);
  EXPECT_EQ(bench.dut().opennic_reset_done_o, 0);
  bench.set_reset(false);
  EXPECT_EQ(bench.dut().opennic_reset_done_o, 0) << "100 cycles of 8 ns";
  bench.run_cycles(200);
  EXPECT_EQ(bench.dut().opennic_reset_done_o, 1);
  EXPECT_EQ(bench.read(layout::kReg_magic).data, layout::kMagic);
}

}  // namespace
}  // namespace sluice::shells_test
