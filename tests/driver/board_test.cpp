// The default way of the seam to write a table, and how a long write is cut.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "layout/registers.hpp"
#include "support.hpp"

namespace sluice::driver {
namespace {

constexpr std::uint32_t page_of(layout::TableId id, std::uint32_t entry) {
  return static_cast<std::uint32_t>(id) << 24 | entry;
}

TEST(TablePart, IsCutAtWholeEntriesAndNamesTheNextOne) {
  const std::vector<std::uint32_t> words(5 * 16);  // 5 services of 16 words
  TablePart rest{page_of(layout::kTable_services, 7), words};
  auto part = take_table_part(rest, 40);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->page, page_of(layout::kTable_services, 7));
  EXPECT_EQ(part->words.size(), 32u);
  EXPECT_EQ(rest.page, page_of(layout::kTable_services, 9));
  EXPECT_EQ(rest.words.size(), 48u);
  part = take_table_part(rest, 3);  // less than an entry counts as one
  ASSERT_TRUE(part);
  EXPECT_EQ(part->words.size(), 16u);
  part = take_table_part(rest, 1000);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->page, page_of(layout::kTable_services, 10));
  EXPECT_EQ(part->words.size(), 32u);
  EXPECT_TRUE(rest.words.empty());
}

TEST(TablePart, CountsTwoRingSlotsAWord) {
  const std::vector<std::uint32_t> words(100);
  TablePart rest{page_of(layout::kTable_ring, 40), words};
  ASSERT_TRUE(take_table_part(rest, 30));
  EXPECT_EQ(rest.page, page_of(layout::kTable_ring, 100));
}

TEST(TablePart, RefusesWhatIsNotWholeEntriesOrNoTable) {
  const std::vector<std::uint32_t> words(9);
  TablePart rest{page_of(layout::kTable_services, 0), words};
  auto part = take_table_part(rest, 100);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().code, base::Errc::invalid);
  rest.page = 0xfe000000;
  EXPECT_FALSE(take_table_part(rest, 100));
}

TEST(WriteEach, GoesByBlocksOfConsecutiveRegistersInOrder) {
  FakeBoard fake;
  const RegisterWrite writes[] = {{layout::kReg_scratch, 1},
                                  {layout::kReg_config_id_lo, 2},
                                  {layout::kReg_config_id_hi, 3},
                                  {layout::kReg_scratch, 4}};
  ASSERT_TRUE(fake.write_each(writes));
  EXPECT_EQ(fake.accesses(), 4u);
  EXPECT_EQ(*fake.read(layout::kReg_scratch), 4u);
  EXPECT_EQ(*fake.read(layout::kReg_config_id_lo), 2u);
  EXPECT_EQ(*fake.read(layout::kReg_config_id_hi), 3u);
  EXPECT_EQ(*fake.list_writes(), 0u);
}

TEST(WriteTable, FillsARingOfSeveralPages) {
  FakeBoard fake;
  const std::uint32_t slots = 65538;
  std::vector<std::uint32_t> words(slots / 2);
  std::iota(words.begin(), words.end(), 0x10002u);
  for (auto& word : words) word &= 0x8fff8fff;
  ASSERT_TRUE(fake.write_table(page_of(layout::kTable_ring, 1000), words));
  const auto images = fake.images(1);
  for (std::uint32_t i = 0; i < slots; ++i) {
    ASSERT_EQ(images.ring[1000 + i].slot, static_cast<std::uint16_t>(words[i / 2] >> 16 * (i % 2)))
        << "slot " << i;
  }
  EXPECT_EQ(images.ring[999].slot, 0u);
  EXPECT_EQ(images.ring[1000 + slots].slot, 0u);
  // One access for each word and one for each of nine pages.
  EXPECT_EQ(fake.traffic().accesses, slots / 2 + 9);
}

}  // namespace
}  // namespace sluice::driver
