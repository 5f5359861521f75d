// The AXI4-Lite slave takes its channels in any order and at any pace.
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

// One write whose channels come at set cycles; returns its response.
int timed_write(Bench& bench, int aw_delay, int w_delay, int b_delay, std::uint32_t value) {
  Vcontrol_plane& pins = bench.pins();
  pins.axil_bready_i = 0;
  bool aw_done = false;
  bool w_done = false;
  int waited = 0;
  for (int cycle = 0; cycle < 100; ++cycle) {
    pins.axil_awvalid_i = !aw_done && cycle >= aw_delay;
    pins.axil_awaddr_i = pins.axil_awvalid_i ? std::uint16_t{kReg_scratch} : std::uint16_t{0xfffc};
    pins.axil_wvalid_i = !w_done && cycle >= w_delay;
    pins.axil_wdata_i = pins.axil_wvalid_i ? value : 0xdeadbeef;
    pins.axil_wstrb_i = 0xf;
    if (pins.axil_bvalid_o) pins.axil_bready_i = waited++ >= b_delay;
    const bool answered = pins.axil_bvalid_o && pins.axil_bready_i;
    const int response = pins.axil_bresp_o;
    aw_done |= pins.axil_awvalid_i && pins.axil_awready_o;
    w_done |= pins.axil_wvalid_i && pins.axil_wready_o;
    bench.step();
    if (answered) {
      pins.axil_bready_i = 1;
      return response;
    }
  }
  return -1;
}

TEST(AxiLite, TakesAddressAndDataInAnyOrder) {
  Bench bench;
  for (int aw_delay = 0; aw_delay < 6; ++aw_delay) {
    for (int w_delay = 0; w_delay < 6; ++w_delay) {
      for (int b_delay = 0; b_delay < 4; ++b_delay) {
        const auto value = static_cast<std::uint32_t>(bench.random()());
        ASSERT_EQ(timed_write(bench, aw_delay, w_delay, b_delay, value), 0);
        ASSERT_EQ(bench.read(kReg_scratch), value);
      }
    }
  }
}

TEST(AxiLite, KeepsReadDataUntilItIsTaken) {
  Bench bench;
  Vcontrol_plane& pins = bench.pins();
  for (int delay = 0; delay < 6; ++delay) {
    const auto value = static_cast<std::uint32_t>(bench.random()());
    ASSERT_TRUE(bench.write(kReg_scratch, value));
    pins.axil_rready_i = 0;
    pins.axil_araddr_i = kReg_scratch;
    pins.axil_arvalid_i = 1;
    bench.step();
    pins.axil_arvalid_i = 0;
    bench.step(10 + delay);
    ASSERT_TRUE(pins.axil_rvalid_o);
    ASSERT_EQ(pins.axil_rdata_o, value);
    pins.axil_rready_i = 1;
    bench.step();
    ASSERT_FALSE(pins.axil_rvalid_o);
  }
}

// A master on the other side of a reset that is the card's only: it would wait for ever.
TEST(AxiLite, LosesNoRequestThatComesInAReset) {
  Bench bench;
  Vcontrol_plane& pins = bench.pins();
  int taken = 0;
  int answers = 0;
  bench.sample = [&] {
    taken += pins.axil_awvalid_i && pins.axil_awready_o;
    taken += pins.axil_wvalid_i && pins.axil_wready_o;
    taken += pins.axil_arvalid_i && pins.axil_arready_o;
    answers += pins.axil_bvalid_o + pins.axil_rvalid_o;
  };
  pins.rst_i = 1;
  pins.axil_awaddr_i = kReg_scratch;
  pins.axil_wdata_i = 77;
  pins.axil_wstrb_i = 0xf;
  pins.axil_araddr_i = kReg_magic;
  pins.axil_awvalid_i = 1;
  pins.axil_wvalid_i = 1;
  pins.axil_arvalid_i = 1;
  bench.step(10);
  EXPECT_EQ(taken, 0);
  pins.rst_i = 0;
  bench.step();
  EXPECT_EQ(taken, 3);
  pins.axil_awvalid_i = 0;
  pins.axil_wvalid_i = 0;
  pins.axil_arvalid_i = 0;
  bench.step(20);
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(bench.read(kReg_scratch), 77u);
}

// A master that fills every channel as fast as it is ready, with random gaps: responses come in
// order and none is lost or doubled.
TEST(AxiLite, AnswersEveryRequestOnceUnderRandomTraffic) {
  Bench bench;
  Vcontrol_plane& pins = bench.pins();
  std::deque<bool> writes;  // address is mapped
  std::deque<bool> reads;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  bool next_write_good = true;
  bool next_read_good = true;
  std::deque<bool> addresses;
  std::uint64_t data_sent = 0;
  std::uint64_t addresses_sent = 0;
  for (int cycle = 0; cycle < 60'000; ++cycle) {
    if (!pins.axil_awvalid_i && addresses_sent <= data_sent && bench.chance(0.6)) {
      next_write_good = bench.chance(0.5);
      pins.axil_awvalid_i = 1;
      pins.axil_awaddr_i = next_write_good ? std::uint16_t{kReg_scratch} : std::uint16_t{0x0ffc};
    }
    if (!pins.axil_wvalid_i && data_sent <= addresses_sent && bench.chance(0.6)) {
      pins.axil_wvalid_i = 1;
      pins.axil_wdata_i = static_cast<std::uint32_t>(bench.random()());
      pins.axil_wstrb_i = 0xf;
    }
    if (!pins.axil_arvalid_i && bench.chance(0.6)) {
      next_read_good = bench.chance(0.5);
      pins.axil_arvalid_i = 1;
      pins.axil_araddr_i = next_read_good ? std::uint16_t{kReg_magic} : std::uint16_t{0x0ffc};
    }
    pins.axil_bready_i = bench.chance(0.5);
    pins.axil_rready_i = bench.chance(0.5);
    const bool aw = pins.axil_awvalid_i && pins.axil_awready_o;
    const bool w = pins.axil_wvalid_i && pins.axil_wready_o;
    const bool ar = pins.axil_arvalid_i && pins.axil_arready_o;
    if (pins.axil_bvalid_o && pins.axil_bready_i) {
      ASSERT_FALSE(writes.empty());
      ASSERT_EQ(pins.axil_bresp_o, writes.front() ? 0 : 2);
      writes.pop_front();
      ++written;
    }
    if (pins.axil_rvalid_o && pins.axil_rready_i) {
      ASSERT_FALSE(reads.empty());
      ASSERT_EQ(pins.axil_rresp_o, reads.front() ? 0 : 2);
      ASSERT_EQ(pins.axil_rdata_o, reads.front() ? kMagic : 0u);
      reads.pop_front();
      ++read;
    }
    bench.step();
    if (aw) {
      writes.push_back(next_write_good);
      pins.axil_awvalid_i = 0;
      ++addresses_sent;
    }
    if (w) {
      pins.axil_wvalid_i = 0;
      ++data_sent;
    }
    if (ar) {
      reads.push_back(next_read_good);
      pins.axil_arvalid_i = 0;
    }
  }
  EXPECT_GT(written, 3000u);
  EXPECT_GT(read, 3000u);
  EXPECT_LE(writes.size(), 2u);
  EXPECT_LE(reads.size(), 2u);
}

}  // namespace
}  // namespace sluice::test
