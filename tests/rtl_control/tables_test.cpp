// The host writes and reads tables through the window; the pipeline reads what is live.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "bench.hpp"

namespace sluice::test {
namespace {

using namespace layout;

std::vector<std::uint8_t> tables_of_kind(TableKind kind) {
  std::vector<std::uint8_t> ids;
  for (const TableInfo& table : table_list()) {
    if (table.kind == kind) ids.push_back(table.id);
  }
  return ids;
}

// First, last and some others in between.
std::vector<std::uint32_t> some_entries(Bench& bench, std::uint32_t entries, int count) {
  std::set<std::uint32_t> picked = {0, entries - 1, entries / 2};
  for (int i = 0; i < count; ++i) picked.insert(bench.below(entries));
  return {picked.begin(), picked.end()};
}

Words pipeline_read(Bench& bench, std::uint8_t table, std::uint32_t address) {
  bench.set_address(table, address);
  bench.step(table_latency(table));
  return bench.data(table);
}

TEST(Tables, KeepEveryMeaningfulBitOfTheShadowBank) {
  Bench bench;
  for (const std::uint8_t table : tables_of_kind(TableKind::banked)) {
    std::map<std::uint32_t, Words> written;
    for (const std::uint32_t entry : some_entries(bench, table_info(table).entries, 40)) {
      Words noise;
      written[entry] = random_record(bench, table, &noise);
      ASSERT_TRUE(bench.write_entry(table, entry, noise));
    }
    for (const auto& [entry, words] : written) {
      ASSERT_EQ(bench.read_entry(table, entry), words) << table_info(table).name << entry;
      ASSERT_EQ(bench.read_entry(table, entry, true), Words(words.size(), 0));
    }
  }
}

TEST(Tables, ShowThePipelineBothBanksAtTheSetLatency) {
  Bench bench;
  for (const std::uint8_t table : tables_of_kind(TableKind::banked)) {
    const std::uint32_t entries = table_info(table).entries;
    const std::uint32_t entry = bench.below(entries);
    const Words first = random_record(bench, table);
    const Words second = random_record(bench, table);
    ASSERT_TRUE(bench.write_entry(table, entry, first));  // bank 1 is the shadow
    bench.commit();
    ASSERT_TRUE(bench.write_entry(table, entry, second));  // bank 0
    EXPECT_EQ(bench.read_entry(table, entry, true), first);
    EXPECT_EQ(bench.read_entry(table, entry), second);
    EXPECT_EQ(pipeline_read(bench, table, entries + entry), first) << table_info(table).name;
    EXPECT_EQ(pipeline_read(bench, table, entry), second) << table_info(table).name;
    bench.set_address(table, entries + entry);  // not a cycle early
    for (int i = 0; i < table_latency(table) - 1; ++i) {
      bench.step();
      EXPECT_EQ(bench.data(table), second);
    }
    bench.step();
    EXPECT_EQ(bench.data(table), first);
    bench.commit();
  }
}

TEST(Tables, HoldTwoRingSlotsAWord) {
  Bench bench;
  std::map<std::uint32_t, std::uint32_t> written;
  for (const std::uint32_t slot : some_entries(bench, kRingSlots, 200)) {
    const std::uint32_t even = slot & ~1u;
    written[even] = static_cast<std::uint32_t>(bench.random()());
    ASSERT_TRUE(bench.write_entry(kTable_ring, even, {written[even]}));
  }
  for (const auto& [slot, word] : written) {
    ASSERT_EQ(bench.read_entry(kTable_ring, slot), Words{word});
    ASSERT_EQ(bench.read_entry(kTable_ring, slot, true), Words{word});
    ASSERT_EQ(pipeline_read(bench, kTable_ring, slot), Words{word & 0xffff});
    ASSERT_EQ(pipeline_read(bench, kTable_ring, slot + 1), Words{word >> 16});
  }
}

TEST(Tables, RefuseAPageThatStartsAtAnOddRingSlot) {
  Bench bench;
  bench.page(kTable_ring, 5);
  EXPECT_FALSE(bench.write(kWindow_table, 1));
  EXPECT_FALSE(bench.try_read(kWindow_table).has_value());
}

TEST(Tables, FollowThePipelineAddressEveryCycle) {
  Bench bench;
  std::vector<std::uint16_t> slots(64);
  for (std::uint32_t i = 0; i < slots.size(); i += 2) {
    const auto word = static_cast<std::uint32_t>(bench.random()());
    slots[i] = static_cast<std::uint16_t>(word);
    slots[i + 1] = static_cast<std::uint16_t>(word >> 16);
    ASSERT_TRUE(bench.write_entry(kTable_ring, i, {word}));
  }
  std::vector<std::uint32_t> asked;
  for (int cycle = 0; cycle < 2000; ++cycle) {
    asked.push_back(bench.below(64));
    bench.set_address(kTable_ring, asked.back());
    bench.step();
    if (cycle < 3) continue;
    ASSERT_EQ(bench.data(kTable_ring), Words{slots[asked[asked.size() - 3]]});
  }
}

TEST(Tables, AreAddressedFromThePageOn) {
  Bench bench;
  for (const std::uint8_t table : {kTable_services, kTable_backends, kTable_return_keys1}) {
    const std::uint32_t stride = table_info(table).stride_bytes;
    const std::uint32_t per_window = kWindowBytes_table / stride;
    const std::uint32_t base = bench.below(table_info(table).entries - per_window);
    bench.page(table, base);
    std::map<std::uint32_t, Words> written;
    for (int i = 0; i < 20; ++i) {
      const std::uint32_t k = i == 0 ? per_window - 1 : bench.below(per_window);
      const Words words = random_record(bench, table);
      for (std::uint32_t word = 0; word < words.size(); ++word) {
        ASSERT_TRUE(bench.write(kWindow_table + k * stride + 4 * word, words[word]));
      }
      written[base + k] = words;
    }
    for (const auto& [entry, words] : written) EXPECT_EQ(bench.read_entry(table, entry), words);
  }
}

TEST(Tables, TakeAnEntryWithItsLastWordOnly) {
  Bench bench;
  const Words first = random_record(bench, kTable_services);
  ASSERT_TRUE(bench.write_entry(kTable_services, 7, first));
  bench.page(kTable_services, 7);
  for (std::uint32_t i = 0; i < 7; ++i) {
    ASSERT_TRUE(bench.write(kWindow_table + 4 * i, ~first[i]));
    EXPECT_EQ(bench.read_entry(kTable_services, 7), first);
  }
}

TEST(Tables, RefuseWhatIsNotThere) {
  Bench bench;
  for (std::uint32_t id = 0; id < 256; ++id) {
    const std::vector<TableInfo> list = table_list();
    const bool known = std::any_of(list.begin(), list.end(),
                                   [id](const TableInfo& table) { return table.id == id; });
    bench.page(static_cast<std::uint8_t>(id), 0);
    EXPECT_EQ(bench.try_read(kWindow_table).has_value(), known) << id;
    if (!known) {
      EXPECT_FALSE(bench.write(kWindow_table, 1)) << id;
    }
  }
}

TEST(Tables, RefuseEntriesBeyondTheLast) {
  Bench bench;
  for (const TableInfo& table : table_list()) {
    const std::uint32_t step = table.stride_bytes == 2 ? 2 : 1;
    const std::uint32_t stride = std::max(4u, table.stride_bytes);
    bench.page(table.id, table.entries - step);
    EXPECT_TRUE(bench.try_read(kWindow_table).has_value()) << table.name;
    EXPECT_FALSE(bench.try_read(kWindow_table + stride).has_value()) << table.name;
    EXPECT_FALSE(bench.write(kWindow_table + stride, 1)) << table.name;
    if (table.entries == kRingSlots) continue;  // page_entry cannot say more
    bench.page(table.id, table.entries);
    EXPECT_FALSE(bench.try_read(kWindow_table).has_value()) << table.name;
    bench.page(table.id, 0xfffff);
    EXPECT_FALSE(bench.try_read(kWindow_table).has_value()) << table.name;
  }
}

TEST(Tables, RefuseWritesToTheLiveBankAndToCounters) {
  Bench bench;
  for (const TableInfo& table : table_list()) {
    if (table.kind == TableKind::direct || table.kind == TableKind::live) continue;
    bench.page(table.id, 0, true);
    for (std::uint32_t i = 0; i < table.stride_bytes / 4; ++i) {
      EXPECT_FALSE(bench.write(kWindow_table + 4 * i, 0xffffffff)) << table.name;
    }
    EXPECT_EQ(bench.read_entry(table.id, 0, true), Words(table.stride_bytes / 4, 0));
    if (table.kind == TableKind::banked) continue;
    bench.page(table.id, 0);
    EXPECT_FALSE(bench.write(kWindow_table, 0xffffffff)) << table.name;
    EXPECT_EQ(bench.read_entry(table.id, 0), Words(table.stride_bytes / 4, 0));
  }
}

TEST(Tables, AreOnlyWrittenByWholeWords) {
  Bench bench;
  bench.page(kTable_ring, 0);
  for (std::uint32_t strobes = 0; strobes < 15; ++strobes) {
    EXPECT_FALSE(bench.write(kWindow_table, 0xffffffff, strobes));
  }
  EXPECT_EQ(bench.read(kWindow_table), 0u);
}

TEST(Tables, SurviveAReset) {
  Bench bench;
  const Words words = random_record(bench, kTable_backends);
  ASSERT_TRUE(bench.write_entry(kTable_backends, 99, words));
  bench.pins().rst_i = 1;
  bench.step(2);
  bench.pins().rst_i = 0;
  bench.step(2);
  EXPECT_EQ(bench.read_entry(kTable_backends, 99), words);
}

}  // namespace
}  // namespace sluice::test
