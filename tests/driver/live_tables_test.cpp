// Tables with one copy: what a write does to packets at once, and what only the card writes.
#include <cstring>

#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;

// One entry through the table window, as any program would write it.
base::Result<void> write_entry(FakeBoard& fake, layout::TableId id, std::uint32_t entry,
                               std::span<const std::uint32_t> words) {
  const std::uint32_t page = static_cast<std::uint32_t>(id) << 24 | entry;
  return fake.write_table(page, words);
}

TEST(FakeBoard, ShowsAShareInBothBanksAsSoonAsItIsWritten) {
  FakeBoard fake;
  layout::Share share{};
  share.cost = 0x3ffff;
  share.column = 63;
  share.service = 1023;
  std::uint32_t words[2];
  std::memcpy(words, &share, sizeof share);
  ASSERT_TRUE(write_entry(fake, layout::kTable_shares, 4095, words));
  for (const unsigned bank : {0u, 1u}) {
    EXPECT_TRUE(layout::same_record(fake.images(bank).shares[4095], share)) << bank;
  }
}

TEST(FakeBoard, LetsNobodyWriteWhatTheCardCountsAndShowsItWithoutASnapshot) {
  auto fake = std::make_shared<FakeBoard>();
  const std::uint32_t word = 7;
  const auto written =
      write_entry(*fake, layout::kTable_backend_connections, 3, std::span(&word, 1));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::io);
  fake->set_counter(layout::kTable_backend_connections, 3, 0, 12345);
  auto device = open_fake(fake);
  ASSERT_TRUE(device);
  const auto entry = device->read_entry<layout::kTable_backend_connections>(Device::Bank::live, 3);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->active, 12345u);
}

}  // namespace
}  // namespace sluice::driver
