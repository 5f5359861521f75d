// The layouts keep the promises that hardware and host rely on, and the generator shows all of
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "generate.hpp"
#include "layout/describe.hpp"

namespace sluice::layout {
namespace {

std::vector<TableInfo> all_tables() {
  std::uint32_t count = 0;
  const TableInfo* first = tables(&count);
  return {first, first + count};
}

std::vector<RegisterInfo> all_registers() {
  std::uint32_t count = 0;
  const RegisterInfo* first = registers(&count);
  return {first, first + count};
}

std::vector<WindowInfo> all_windows() {
  std::uint32_t count = 0;
  const WindowInfo* first = windows(&count);
  return {first, first + count};
}

std::vector<ReasonInfo> all_reasons() {
  std::uint32_t count = 0;
  const ReasonInfo* first = reasons(&count);
  return {first, first + count};
}

TEST(Tables, HaveUniqueIdsAndNames) {
  std::set<int> ids;
  std::set<std::string> names;
  for (const TableInfo& table : all_tables()) {
    EXPECT_TRUE(ids.insert(table.id).second) << table.name;
    EXPECT_TRUE(names.insert(table.name).second) << table.name;
  }
}

TEST(Tables, HaveStridesThatArePowersOfTwoAndFitTheWindow) {
  for (const TableInfo& table : all_tables()) {
    EXPECT_EQ(table.stride_bytes & (table.stride_bytes - 1), 0u) << table.name;
    EXPECT_LE(table.stride_bytes, kWindowBytes_table) << table.name;
    EXPECT_EQ(kWindowBytes_table % table.stride_bytes, 0u) << table.name;
    EXPECT_LE(table.entries, 1u << 20) << table.name << ": table_page has 20 bits of entry";
  }
}

TEST(Tables, HaveFieldsThatFillTheRecordWithoutOverlapOrGap) {
  for (const TableInfo& table : all_tables()) {
    const RecordInfo record = record_of_table(table.id);
    EXPECT_STREQ(record.name, table.record);
    ASSERT_GT(record.field_count, 0u);
    std::uint32_t end_bits = 0;
    for (std::size_t i = 0; i < record.field_count; ++i) {
      const FieldInfo& field = record.fields[i];
      EXPECT_EQ(field.offset_bits, end_bits) << table.name << "." << field.name;
      EXPECT_LE(field.bits, field.storage_bits) << table.name << "." << field.name;
      end_bits = field.offset_bits + field.storage_bits;
    }
    EXPECT_EQ(end_bits, table.stride_bytes * 8) << table.name;
  }
}

TEST(Tables, HaveFieldNamesThatAreUniqueInTheirRecord) {
  for (const TableInfo& table : all_tables()) {
    const RecordInfo record = record_of_table(table.id);
    std::set<std::string> names;
    for (std::size_t i = 0; i < record.field_count; ++i) {
      EXPECT_TRUE(names.insert(record.fields[i].name).second)
          << table.name << "." << record.fields[i].name;
    }
  }
}

TEST(Tables, AskedByAnUnknownIdGiveAnEmptyRecord) {
  EXPECT_EQ(record_of_table(200).field_count, 0u);
}

TEST(Registers, AreAlignedUniqueAndBelowTheWindows) {
  std::set<std::uint32_t> offsets;
  std::set<std::string> names;
  for (const RegisterInfo& entry : all_registers()) {
    EXPECT_EQ(entry.offset % 4, 0u) << entry.name;
    EXPECT_LT(entry.offset, 0x1000u) << entry.name;
    EXPECT_TRUE(offsets.insert(entry.offset).second) << entry.name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    const std::string access = entry.access;
    EXPECT_TRUE(access == "ro" || access == "rw" || access == "wo") << entry.name;
  }
}

TEST(Windows, DoNotOverlapAndLieInTheAperture) {
  std::uint32_t end = 0x1000;
  auto in_order = all_windows();
  std::sort(in_order.begin(), in_order.end(),
            [](const WindowInfo& a, const WindowInfo& b) { return a.offset < b.offset; });
  for (const WindowInfo& window : in_order) {
    EXPECT_GE(window.offset, end) << window.name;
    end = window.offset + window.bytes;
  }
  EXPECT_LE(end, kApertureBytes);
}

TEST(Windows, OfTheMailboxesHoldTheLongestFrameAndItsDescriptor) {
  EXPECT_GE(kWindowBytes_punt, kMailboxFrameBytes + 4);
  EXPECT_GE(kWindowBytes_inject, kMailboxFrameBytes + 4);
}

TEST(Reasons, HaveUniqueCodesAndNamesAndKeepPuntsFrom32On) {
  std::set<int> codes;
  std::set<std::string> names;
  for (const ReasonInfo& reason : all_reasons()) {
    EXPECT_TRUE(codes.insert(reason.code).second) << reason.name;
    EXPECT_TRUE(names.insert(reason.name).second) << reason.name;
    EXPECT_GT(reason.code, 0) << reason.name;
    EXPECT_LT(reason.code, kReasons) << reason.name;
    EXPECT_EQ(reason.kind == ReasonKind::punt, reason.code >= 32) << reason.name;
  }
}

TEST(LayoutHash, IsInThePackageAndOnTheRegisterPage) {
  char text[16];
  std::snprintf(text, sizeof(text), "%08x", layout_hash());
  EXPECT_NE(layout_package().find(std::string("LAYOUT_HASH = 32'h") + text), std::string::npos);
  EXPECT_NE(reference_pages().at("registers.md").find(text), std::string::npos);
}

TEST(LayoutHasher, TellsTextsApartByTheirBoundsAndIsFnv1a) {
  LayoutHasher split;
  split.text("ab");
  split.text("c");
  LayoutHasher joined;
  joined.text("a");
  joined.text("bc");
  EXPECT_NE(split.value(), joined.value());
  LayoutHasher known;  // FNV-1a of "foobar" and a zero byte
  known.text("foobar");
  EXPECT_EQ(known.value(), 0xbf9cf968u * 16777619u);
}

TEST(Package, NamesEveryRegisterTableReasonWindowAndCapacity) {
  const std::string package = layout_package();
  const auto has = [&package](const std::string& word) {
    return package.find(" " + word + " = ") != std::string::npos;
  };
  for (const RegisterInfo& entry : all_registers()) EXPECT_TRUE(has("REG_" + upper(entry.name)));
  for (const TableInfo& table : all_tables()) EXPECT_TRUE(has("TABLE_" + upper(table.name)));
  for (const ReasonInfo& reason : all_reasons()) EXPECT_TRUE(has("REASON_" + upper(reason.name)));
  for (const WindowInfo& window : all_windows()) EXPECT_TRUE(has("WINDOW_" + upper(window.name)));
  std::uint32_t count = 0;
  const CapacityInfo* capacity = capacities(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    EXPECT_TRUE(has(upper(snake_case(capacity[i].name)))) << capacity[i].name;
  }
}

TEST(Package, StoresOnlyTheMeaningfulBitsOfARecord) {
  const std::string package = layout_package();
  EXPECT_NE(package.find("BACKEND_RECORD_BITS = 128;"), std::string::npos);
  EXPECT_NE(package.find("BACKEND_STORED_BITS = 99;"), std::string::npos);  // 32+16+2+1+48
  EXPECT_NE(package.find("record[111:64],\n            record[56:56],"), std::string::npos);
}

TEST(Names, AreTurnedToSnakeCase) {
  EXPECT_EQ(snake_case("ServiceKey"), "service_key");
  EXPECT_EQ(snake_case("kMaxFrameBytes"), "max_frame_bytes");
  EXPECT_EQ(snake_case("key"), "key");
}

TEST(Pages, NameEveryTableRegisterAndReason) {
  const auto pages = reference_pages();
  for (const RegisterInfo& entry : all_registers()) {
    EXPECT_NE(pages.at("registers.md").find("| `" + std::string(entry.name) + "` |"),
              std::string::npos);
  }
  for (const TableInfo& table : all_tables()) {
    const char* page = table.kind == TableKind::counter ? "counters.md" : "tables.md";
    EXPECT_NE(pages.at(page).find("## `" + std::string(table.name) + "`"), std::string::npos);
  }
  for (const ReasonInfo& reason : all_reasons()) {
    EXPECT_NE(pages.at("reasons.md").find("| `" + std::string(reason.name) + "` |"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::layout
