// Every register of layout/registers.hpp behaves as its access says.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

std::vector<RegisterInfo> register_list() {
  std::uint32_t count = 0;
  const RegisterInfo* first = registers(&count);
  return {first, first + count};
}

bool is_mapped(std::uint32_t address) {
  for (const RegisterInfo& entry : register_list()) {
    if (entry.offset == address) return true;
  }
  std::uint32_t count = 0;
  const WindowInfo* window = windows(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (address >= window[i].offset && address < window[i].offset + window[i].bytes) return true;
  }
  return false;
}

TEST(Registers, ShowWhatTheCardIs) {
  Bench bench;
  const std::map<std::uint32_t, std::uint32_t> expected = {{kReg_magic, kMagic},
                                                           {kReg_abi_version, kAbiVersion},
                                                           {kReg_build_id, 0x00c0ffee},
                                                           {kReg_layout_hash, layout_hash()},
                                                           {kReg_cap_ports, kPorts},
                                                           {kReg_cap_services, kServices},
                                                           {kReg_cap_backends, kBackends},
                                                           {kReg_cap_ring_slots, kRingSlots},
                                                           {kReg_clock_khz, kClockKhz},
                                                           {kReg_tick_hz, kTickHz},
                                                           {kReg_scratch, 0},
                                                           {kReg_status, kStatusIdle},
                                                           {kReg_commits, 0},
                                                           {kReg_in_flight, 0},
                                                           {kReg_table_page, 0},
                                                           {kReg_config_id_lo, 0},
                                                           {kReg_config_id_hi, 0},
                                                           {kReg_punt_status, 0},
                                                           {kReg_inject_status, kInjectSlots},
                                                           {kReg_refused, 0},
                                                           {kReg_tick, 0}};
  for (const auto& [address, value] : expected) EXPECT_EQ(bench.read(address), value) << address;
}

TEST(Registers, ThatAreReadOnlyRefuseWrites) {
  Bench bench;
  for (const RegisterInfo& entry : register_list()) {
    if (std::string(entry.access) != "ro") continue;
    const std::uint32_t before = bench.read(entry.offset);
    EXPECT_FALSE(bench.write(entry.offset, ~before)) << entry.name;
    if (entry.offset == kReg_cycles_lo) continue;
    const std::uint32_t counted = entry.offset == kReg_refused ? 1 : 0;
    EXPECT_EQ(bench.read(entry.offset), before + counted) << entry.name;
  }
}

TEST(Registers, CountEveryRefusedWriteOfTheHostOnce) {
  Bench bench;
  EXPECT_EQ(bench.read(kReg_refused), 0u);
  std::uint32_t refused = 0;
  for (int i = 0; i < 3000; ++i) {
    switch (bench.below(6)) {
      case 0:  // any place, and sometimes no whole word
        refused += bench.write(bench.below(0x10000), 0, 1 + bench.below(15)) ? 0 : 1;
        break;
      case 1:
        bench.page(kTable_services, 0, true);
        EXPECT_FALSE(bench.write(kWindow_table, 1)) << "the live bank";
        ++refused;
        break;
      case 2:
        EXPECT_FALSE(bench.try_read(kReg_control).has_value()) << "reads do not count";
        break;
      default:
        EXPECT_TRUE(bench.write(kReg_scratch, 1));
    }
    // At once behind the answer, as a bridge lets a read follow.
    ASSERT_EQ(bench.read(kReg_refused), refused);
  }
  EXPECT_GT(refused, 500u);
  bench.pins().rst_i = 1;
  bench.step(2);
  bench.pins().rst_i = 0;
  bench.step(2);
  EXPECT_EQ(bench.read(kReg_refused), 0u);
}

TEST(Registers, ThatAreReadWriteKeepEveryBit) {
  Bench bench;
  std::map<std::uint32_t, std::uint32_t> written;
  for (int round = 0; round < 20; ++round) {
    for (const RegisterInfo& entry : register_list()) {
      if (std::string(entry.access) != "rw") continue;
      const auto value = static_cast<std::uint32_t>(bench.random()());
      EXPECT_TRUE(bench.write(entry.offset, value)) << entry.name;
      written[entry.offset] = value;
    }
    for (const auto& [address, value] : written) EXPECT_EQ(bench.read(address), value) << address;
  }
  EXPECT_EQ(written.size(), 14u);
}

TEST(Registers, ThatAreWriteOnlyRefuseReads) {
  Bench bench;
  int count = 0;
  for (const RegisterInfo& entry : register_list()) {
    if (std::string(entry.access) != "wo") continue;
    EXPECT_FALSE(bench.try_read(entry.offset).has_value()) << entry.name;
    ++count;
  }
  EXPECT_EQ(count, 18);
}

TEST(Registers, ElsewhereAnswerWithAnError) {
  Bench bench;
  for (std::uint32_t address = 0; address < 0x1000; address += 4) {
    if (is_mapped(address)) continue;
    ASSERT_FALSE(bench.try_read(address).has_value()) << std::hex << address;
    ASSERT_FALSE(bench.write(address, 0xffffffff)) << std::hex << address;
  }
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t address = bench.below(0x4000) * 4;
    if (is_mapped(address)) continue;
    ASSERT_FALSE(bench.try_read(address).has_value()) << std::hex << address;
    ASSERT_FALSE(bench.write(address, 0xffffffff)) << std::hex << address;
  }
  EXPECT_EQ(bench.read(kReg_commits), 0u);
  EXPECT_EQ(bench.read(kReg_status), kStatusIdle);
}

TEST(Registers, AreOnlyWrittenWhole) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_scratch, 0x12345678));
  for (std::uint32_t strobes = 0; strobes < 15; ++strobes) {
    EXPECT_FALSE(bench.write(kReg_scratch, 0xffffffff, strobes)) << strobes;
    EXPECT_FALSE(bench.write(kReg_control, kControlCommit, strobes)) << strobes;
  }
  EXPECT_EQ(bench.read(kReg_scratch), 0x12345678u);
  EXPECT_EQ(bench.read(kReg_commits), 0u);
}

TEST(Registers, RefuseMisalignedAddresses) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_scratch, 0x12345678));
  for (std::uint32_t offset = 1; offset < 4; ++offset) {
    EXPECT_FALSE(bench.write(kReg_scratch + offset, 0));
    EXPECT_FALSE(bench.try_read(kReg_scratch + offset).has_value());
  }
  EXPECT_EQ(bench.read(kReg_scratch), 0x12345678u);
}

TEST(Registers, AreNotChangedByReadingTheWholeAperture) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_scratch, 0xabcd));
  std::map<std::uint32_t, std::optional<std::uint32_t>> first;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t address = 0; address < 0x10000; address += 4) {
      if (address == kReg_cycles_lo) continue;
      const std::optional<std::uint32_t> value = bench.try_read(address);
      if (round == 0) {
        first[address] = value;
      } else {
        ASSERT_EQ(first[address], value) << std::hex << address;
      }
    }
  }
}

TEST(Registers, CountTicksAndCycles) {
  Bench bench;
  int ticks = 0;
  bench.drive = [&] {
    bench.pins().tick_i = bench.chance(0.5);
    ticks += bench.pins().tick_i;
  };
  bench.step(140'000);  // beyond 16 bits
  bench.drive = nullptr;
  bench.pins().tick_i = 0;
  bench.step(4);
  EXPECT_EQ(bench.read(kReg_tick), static_cast<std::uint32_t>(ticks));
  const std::uint32_t low = bench.read(kReg_cycles_lo);
  const std::uint64_t cycle = bench.cycle();
  EXPECT_NEAR(static_cast<double>(low), static_cast<double>(cycle), 16);
  bench.step(1000);
  const std::uint32_t later = bench.read(kReg_cycles_lo);
  EXPECT_EQ(later - low, bench.cycle() - cycle);
  EXPECT_EQ(bench.read(kReg_cycles_hi), 0u);
}

TEST(Registers, ShowWhatThePacketPlaneHolds) {
  Bench bench;
  bench.pins().idle_i = 0;
  bench.pins().in_flight_i = 1234;
  bench.step(3);
  EXPECT_EQ(bench.read(kReg_in_flight), 1234u);
  EXPECT_EQ(bench.read(kReg_status) & kStatusIdle, 0u);
}

TEST(Registers, StartOverAfterAReset) {
  Bench bench;
  ASSERT_TRUE(bench.write(kReg_scratch, 1));
  ASSERT_TRUE(bench.write(kReg_config_id_hi, 1));
  bench.commit();
  bench.pins().rst_i = 1;
  bench.step(2);
  bench.pins().rst_i = 0;
  bench.step(2);
  EXPECT_EQ(bench.read(kReg_scratch), 0u);
  EXPECT_EQ(bench.read(kReg_config_id_hi), 0u);
  EXPECT_EQ(bench.read(kReg_commits), 0u);
  // But the live bank stays live, for the tables stay too.
  EXPECT_EQ(bench.read(kReg_status), kStatusIdle | kStatusLiveBank);
}

}  // namespace
}  // namespace sluice::test
