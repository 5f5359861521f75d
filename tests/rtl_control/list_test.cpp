// Lists of register writes in the board's memory do what the host's own writes do, beside them.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <vector>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

constexpr std::uint64_t kBase = 0x3'4567'8400;  // no page's begin, above 32 bits

// A memory behind the read port that answers a beat in most cycles.
class ListMemory {
 public:
  explicit ListMemory(Bench& bench) : bench_(bench) {
    bench_.drive = [this] { drive(); };
    bench_.sample = [this] { sample(); };
  }
  ~ListMemory() {
    bench_.drive = nullptr;
    bench_.sample = nullptr;
  }

  void add(std::uint32_t address, std::uint32_t data) {
    words_.push_back(address);
    words_.push_back(data);
  }
  void add_entry(std::uint8_t table, std::uint32_t entry, const Words& words) {
    add(kReg_table_page, static_cast<std::uint32_t>(table) << 24 | entry);
    for (std::uint32_t i = 0; i < words.size(); ++i) add(kWindow_table + 4 * i, words[i]);
  }
  std::uint32_t writes() const { return static_cast<std::uint32_t>(words_.size() / 2); }
  void clear() { words_.clear(); }

  bool start() {
    bench_.write(kReg_list_addr_lo, static_cast<std::uint32_t>(kBase));
    bench_.write(kReg_list_addr_hi, static_cast<std::uint32_t>(kBase >> 32));
    bench_.write(kReg_list_writes, writes());
    return bench_.write(kReg_control, kControlList);
  }
  void run() {
    ASSERT_TRUE(start());
    wait();
  }
  void wait() {
    for (int i = 0; i < 10'000 && (bench_.read(kReg_status) & kStatusListBusy) != 0; ++i) {
    }
    ASSERT_EQ(bench_.read(kReg_status) & kStatusListBusy, 0u) << "the list does not end";
  }

 private:
  void drive() {
    Vcontrol_plane& pins = bench_.pins();
    pins.axi_arready_i = beats_ == 0;
    pins.axi_rvalid_i = beats_ != 0 && bench_.chance(0.7);
    pins.axi_rlast_i = beats_ == 1;
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::size_t at = static_cast<std::size_t>(next_ - kBase) / 4 + i;
      pins.axi_rdata_i[i] = beats_ != 0 && at < words_.size() ? words_[at] : 0xdeadbeef;
    }
  }
  void sample() {
    Vcontrol_plane& pins = bench_.pins();
    if (pins.axi_rvalid_i && pins.axi_rready_o) {
      --beats_;
      next_ += 64;
    }
    if (pins.axi_arvalid_o && pins.axi_arready_i) {
      next_ = pins.axi_araddr_o;
      beats_ = pins.axi_arlen_o + 1u;
    }
  }

  Bench& bench_;
  std::vector<std::uint32_t> words_;
  std::uint64_t next_ = kBase;
  std::uint32_t beats_ = 0;
};

TEST(WriteList, FillsATableAsTheWindowDoes) {
  Bench bench;
  ListMemory memory(bench);
  std::map<std::uint32_t, Words> wanted;
  for (int i = 0; i < 40; ++i) {
    const std::uint32_t entry = bench.below(kBackends);
    wanted[entry] = random_record(bench, kTable_backends);
  }
  for (const auto& [entry, words] : wanted) memory.add_entry(kTable_backends, entry, words);
  memory.run();
  EXPECT_EQ(bench.read(kReg_list_done), memory.writes());
  EXPECT_EQ(bench.read(kReg_status) & kStatusListFailed, 0u);
  for (const auto& [entry, words] : wanted) {
    EXPECT_EQ(bench.read_entry(kTable_backends, entry), words) << entry;
  }
}

TEST(WriteList, LetsTheHostsOwnAccessesInBetween) {
  Bench bench;
  ListMemory memory(bench);
  for (std::uint32_t i = 0; i < 2000; ++i) memory.add(kReg_config_id_lo, i);
  ASSERT_TRUE(memory.start());
  std::uint32_t own = 0;
  std::uint32_t last = 0;
  while ((bench.read(kReg_status) & kStatusListBusy) != 0) {
    ASSERT_TRUE(bench.write(kReg_scratch, ++own));
    ASSERT_EQ(bench.read(kReg_scratch), own);
    const std::uint32_t seen = bench.read(kReg_config_id_lo);
    ASSERT_GE(seen, last);
    last = seen;
    ASSERT_LT(own, 10'000u);
  }
  EXPECT_GT(own, 100u) << "the list held the host up";
  EXPECT_EQ(bench.read(kReg_config_id_lo), 1999u);
}

TEST(WriteList, IsRefusedWhileOneRunsWhenTooLongAndWhenMisplaced) {
  Bench bench;
  ListMemory memory(bench);
  for (std::uint32_t i = 0; i < 200; ++i) memory.add(kReg_config_id_lo, i);
  ASSERT_TRUE(memory.start());
  EXPECT_FALSE(bench.write(kReg_control, kControlList)) << "one is busy";
  while ((bench.read(kReg_status) & kStatusListBusy) != 0) {
  }
  EXPECT_EQ(bench.read(kReg_list_done), 200u) << "the refused start changed nothing";
  bench.write(kReg_list_writes, kListWrites + 1);
  EXPECT_FALSE(bench.write(kReg_control, kControlList)) << "longer than cap_list_writes";
  bench.write(kReg_list_writes, 0xffffffff);
  EXPECT_FALSE(bench.write(kReg_control, kControlList));
  bench.write(kReg_list_writes, 1);
  bench.write(kReg_list_addr_lo, 512);
  EXPECT_FALSE(bench.write(kReg_control, kControlList)) << "not a multiple of 1,024";
  // 1,024 bytes hold 128 writes.
  const struct {
    std::uint32_t address;
    std::uint32_t writes;
    bool fits;
  } places[] = {{0xfffffc00, 128, true},   {0xfffffc00, 129, false},   {0xfffff800, 256, true},
                {0xfffff800, 257, false},  {0xfff80000, 65536, true},  {0xfff80400, 65536, false},
                {0xfff80400, 65408, true}, {0xfff80400, 65409, false}, {0x7ffffc00, 65536, true},
                {0xfff7fc00, 65536, true}};
  for (const auto& place : places) {
    bench.write(kReg_list_addr_lo, place.address);
    bench.write(kReg_list_writes, place.writes);
    const bool started = bench.write(kReg_control, kControlList);
    EXPECT_EQ(started, place.fits) << std::hex << place.address << ' ' << place.writes;
    memory.wait();  // one that starts ends at once: there is nothing
  }
  bench.write(kReg_list_addr_lo, 0);
  bench.write(kReg_list_writes, 0);
  EXPECT_TRUE(bench.write(kReg_control, kControlList)) << "an empty list ends at once";
  EXPECT_EQ(bench.read(kReg_status) & (kStatusListBusy | kStatusListFailed), 0u);
}

// What it has not written yet would go live half.
TEST(WriteList, LetsNoCommitHappenBeforeItsEnd) {
  Bench bench;
  ListMemory memory(bench);
  for (std::uint32_t i = 0; i < 200; ++i) memory.add(kReg_config_id_lo, i);
  ASSERT_TRUE(memory.start());
  EXPECT_FALSE(bench.write(kReg_control, kControlCommit));
  EXPECT_FALSE(bench.write(kReg_control, kControlCommit | kControlSnapshot));
  EXPECT_TRUE(bench.write(kReg_control, kControlSnapshot)) << "that changes nothing for packets";
  ASSERT_NE(bench.read(kReg_status) & kStatusListBusy, 0u) << "too short a list for this test";
  memory.wait();
  EXPECT_EQ(bench.read(kReg_list_done), 200u);
  EXPECT_EQ(bench.read(kReg_commits), 0u);
  bench.commit();
  EXPECT_EQ(bench.read(kReg_commits), 1u);
  memory.clear();
  memory.add(kReg_scratch, 5);
  memory.add(kReg_control, kControlCommit);
  memory.run();
  EXPECT_NE(bench.read(kReg_status) & kStatusListFailed, 0u) << "nor does a list commit";
  EXPECT_EQ(bench.read(kReg_list_done), 1u);
  EXPECT_EQ(bench.read(kReg_commits), 1u);
}

TEST(WriteList, SaysWhichWriteTheCardRefused) {
  Bench bench;
  ListMemory memory(bench);
  memory.add(kReg_scratch, 5);
  memory.add(kReg_scratch, 6);
  memory.add(kReg_magic, 7);  // read-only
  memory.add(kReg_scratch, 8);
  memory.run();
  EXPECT_NE(bench.read(kReg_status) & kStatusListFailed, 0u);
  EXPECT_EQ(bench.read(kReg_list_done), 2u);
  EXPECT_EQ(bench.read(kReg_scratch), 6u);
  EXPECT_EQ(bench.read(kReg_refused), 0u) << "it was no write of the host";
  memory.clear();
  memory.add(kReg_scratch, 9);
  memory.run();
  EXPECT_EQ(bench.read(kReg_status) & kStatusListFailed, 0u) << "a new list begins anew";
  EXPECT_EQ(bench.read(kReg_scratch), 9u);
}

}  // namespace
}  // namespace sluice::test
