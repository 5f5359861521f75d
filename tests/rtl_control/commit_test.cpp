// A commit flips all banked tables at once, and no packet sees half an update.
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <map>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

TEST(Commit, FlipsTheLiveBankAndCounts) {
  Bench bench;
  EXPECT_EQ(bench.pins().epoch_o, 0);
  for (std::uint32_t i = 1; i <= 5; ++i) {
    bench.commit();
    EXPECT_EQ(bench.pins().epoch_o, i % 2);
    EXPECT_EQ(bench.read(kReg_commits), i);
    EXPECT_EQ((bench.read(kReg_status) & kStatusLiveBank) != 0, i % 2 == 1);
  }
}

TEST(Commit, HoldsTableWritesButNoReadUntilTheOldEpochHasLeft) {
  Bench bench;
  Vcontrol_plane& pins = bench.pins();
  bench.page(kTable_ring, 0);
  ASSERT_TRUE(bench.write(kReg_control, kControlCommit));
  pins.old_epoch_busy_i = 1;
  pins.axil_awaddr_i = kWindow_table;
  pins.axil_wdata_i = 0x80018002;
  pins.axil_wstrb_i = 0xf;
  pins.axil_awvalid_i = 1;
  pins.axil_wvalid_i = 1;
  bench.step();
  pins.axil_awvalid_i = 0;
  pins.axil_wvalid_i = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_FALSE(pins.axil_bvalid_o);
    ASSERT_NE(bench.read(kReg_status) & kStatusCommitBusy, 0u);
    ASSERT_EQ(bench.read(kWindow_table), 0u);
  }
  pins.old_epoch_busy_i = 0;
  bench.step(20);
  EXPECT_EQ(bench.read(kWindow_table), 0x80018002u);
  EXPECT_EQ(bench.read(kReg_status) & kStatusCommitBusy, 0u);
}

TEST(Commit, WaitsForTheOneBefore) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_control, kControlCommit));
  bench.pins().old_epoch_busy_i = 1;
  const std::uint64_t start = bench.cycle();
  bench.drive = [&] { bench.pins().old_epoch_busy_i = bench.cycle() < start + 200; };
  ASSERT_TRUE(bench.write(kReg_control, kControlCommit));
  EXPECT_GE(bench.cycle(), start + 200);
  EXPECT_EQ(bench.read(kReg_commits), 2u);
  EXPECT_EQ(bench.pins().epoch_o, 0);
}

TEST(Commit, IsBusyEvenIfNoPacketIsInside) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_control, kControlCommit));
  const std::uint32_t epoch = bench.pins().epoch_o;
  int busy_cycles = 0;
  // The packet plane may say "busy" a few cycles late; until then the old bank is not written.
  bench.page(kTable_ring, 0);
  while (bench.read(kReg_status) & kStatusCommitBusy) ++busy_cycles;
  EXPECT_LE(busy_cycles, 2);
  EXPECT_EQ(bench.pins().epoch_o, epoch);
}

// The bank that was live stays so: the other one may hold half of an update.
TEST(Commit, MakesNoHalfWrittenBankLiveByAReset) {
  Bench bench;
  for (std::uint32_t round = 1; round <= 2; ++round) {
    const Words live = random_record(bench, kTable_services);
    ASSERT_TRUE(bench.write_entry(kTable_services, 7, live));
    bench.commit();
    ASSERT_TRUE(bench.write_entry(kTable_services, 7, random_record(bench, kTable_services)));
    bench.pins().rst_i = 1;
    bench.step(8);
    bench.pins().rst_i = 0;
    bench.step(2);
    ASSERT_EQ(bench.pins().epoch_o, round % 2);
    bench.set_address(kTable_services, bench.pins().epoch_o * kServices + 7);
    bench.step(table_latency(kTable_services));
    EXPECT_EQ(bench.data(kTable_services), live);
    EXPECT_EQ(bench.read_entry(kTable_services, 7, true), live);
    EXPECT_EQ(bench.read(kReg_commits), 0u);
  }
}

// A packet takes the epoch as it enters and reads config, a service and a backend 3, 12 and 25
// cycles later, one packet a cycle. The host writes generation after generation and commits.
class PacketsUnderCommit {
 public:
  static constexpr std::size_t kStages = 30;
  static constexpr std::uint32_t kEntries = 8;

  explicit PacketsUnderCommit(Bench& bench) : bench_(bench) {}

  void drive() {
    Vcontrol_plane& pins = bench_.pins();
    if (bench_.chance(0.9)) {
      stages_.push_front({true, pins.epoch_o, bench_.below(kEntries), 0, false});
    } else {
      stages_.push_front({});
    }
    if (stages_.size() > kStages) stages_.pop_back();
    bool old = false;
    for (const Packet& packet : stages_) old |= packet.valid && packet.epoch != pins.epoch_o;
    busy_.push_back(old);  // the packet plane says so as late as it may
    pins.old_epoch_busy_i = busy_.front();
    busy_.pop_front();
    ask(3, kTable_config, 1, 1);
    ask(12, kTable_services, kServices, kEntries);
    ask(25, kTable_backends, kBackends, kEntries);
    check(3 + 1, kTable_config);
    check(12 + 2, kTable_services);
    check(25 + 2, kTable_backends);
  }

  std::uint64_t checked() const { return checked_; }
  std::uint32_t newest() const { return newest_; }

  // Every word of every field is derived from the generation.
  static Words record(std::uint8_t table, std::uint32_t generation) {
    return Words(table_info(table).stride_bytes / 4, generation * 0x01010101u);
  }

 private:
  struct Packet {
    bool valid = false;
    std::uint32_t epoch = 0;
    std::uint32_t entry = 0;
    std::uint32_t generation = 0;
    bool known = false;
  };

  void ask(std::size_t stage, std::uint8_t table, std::uint32_t entries, std::uint32_t used) {
    if (stage >= stages_.size() || !stages_[stage].valid) return;
    const Packet& packet = stages_[stage];
    bench_.set_address(table, packet.epoch * entries + packet.entry % used);
  }

  // Before the edge of a stage's cycle: the answer to what was asked `latency` cycles ago.
  void check(std::size_t stage, std::uint8_t table) {
    if (stage >= stages_.size() || !stages_[stage].valid) return;
    Packet& packet = stages_[stage];
    const Words data = bench_.data(table);
    const std::uint32_t generation = data[0] & 0xff;  // every record has these bits
    ASSERT_EQ(data[0], generation * 0x01010101u) << "a torn record";
    if (packet.known) {
      ASSERT_EQ(generation, packet.generation) << "half an update in " << table_info(table).name;
    }
    packet.known = true;
    packet.generation = generation;
    ASSERT_GE(generation + 1, newest_) << "a packet saw a bank that is being rewritten";
    newest_ = std::max(newest_, generation);
    ++checked_;
  }

  Bench& bench_;
  std::deque<Packet> stages_;
  std::deque<bool> busy_ = std::deque<bool>(4, false);
  std::uint64_t checked_ = 0;
  std::uint32_t newest_ = 0;
};

TEST(Commit, ShowsNoPacketHalfAnUpdate) {
  Bench bench;
  PacketsUnderCommit packets(bench);
  bench.drive = [&packets] { packets.drive(); };
  for (std::uint32_t generation = 1; generation <= 60; ++generation) {
    for (const std::uint8_t table : {kTable_config, kTable_services, kTable_backends}) {
      const std::uint32_t used = table == kTable_config ? 1 : PacketsUnderCommit::kEntries;
      for (std::uint32_t entry = 0; entry < used; ++entry) {
        ASSERT_TRUE(bench.write_entry(table, entry, PacketsUnderCommit::record(table, generation)));
      }
    }
    // The last word of the next generation's first entry follows the commit as soon as it can.
    const Words next = PacketsUnderCommit::record(kTable_backends, generation + 1);
    bench.page(kTable_backends, 0);
    for (std::uint32_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(bench.write(kWindow_table + 4 * i, next[i]));
    }
    ASSERT_TRUE(bench.write(kReg_control, kControlCommit));
    ASSERT_TRUE(bench.write(kWindow_table + 12, next[3]));
    if (bench.chance(0.3)) bench.step(static_cast<int>(bench.below(60)));
    if (testing::Test::HasFatalFailure()) return;
  }
  bench.step(100);
  EXPECT_EQ(packets.newest(), 60u);
  EXPECT_GT(packets.checked(), 10'000u);
}

}  // namespace
}  // namespace sluice::test
