// Tables by lists of writes: what reaches the card, in how many transfers, and what goes wrong.
#include "../../driver/write_list.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "../../driver/pause.hpp"
#include "support.hpp"

namespace sluice::driver {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kRingPage = static_cast<std::uint32_t>(layout::kTable_ring) << 24;

// The fake card with a memory: makes a list as soon as it is told to.
class ListCard : public SharedFake {
 public:
  explicit ListCard(std::shared_ptr<FakeBoard> fake) : SharedFake(fake), fake_(std::move(fake)) {}

  base::Result<std::uint32_t> read(std::uint32_t offset) override {
    if (offset == layout::kReg_status && older_reads != 0) {
      --older_reads;
      return layout::kStatusListBusy;
    }
    if (offset == layout::kReg_status && status_) {
      ++busy_reads;
      if (busy_for && started_ + *busy_for < std::chrono::steady_clock::now()) return 0;
      return *status_;
    }
    if (offset == layout::kReg_list_done) return done_;
    return SharedFake::read(offset);
  }
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    if (offset != layout::kReg_control || value != layout::kControlList) {
      return SharedFake::write(offset, value);
    }
    ++lists;
    if (start_lost) return {};
    const std::uint32_t writes = *SharedFake::read(layout::kReg_list_writes);
    EXPECT_EQ(*SharedFake::read(layout::kReg_list_addr_lo), 0x400u);
    EXPECT_EQ(*SharedFake::read(layout::kReg_list_addr_hi), 7u);
    EXPECT_EQ(memory.size(), 2 * writes);
    longest = std::max(longest, writes);
    for (done_ = 0; done_ < std::min(writes, most_writes); ++done_) {
      if (!SharedFake::write(memory[2 * done_], memory[2 * done_ + 1])) {
        status_ = layout::kStatusListFailed;
        break;
      }
    }
    if (hangs) status_ = layout::kStatusListBusy;
    started_ = std::chrono::steady_clock::now();
    return {};
  }

  ListMemory list_memory(std::size_t bytes) {
    return {0x7'0000'0400, bytes, [this, bytes](std::span<const std::uint32_t> words) {
              EXPECT_LE(4 * words.size(), bytes);
              EXPECT_EQ(older_reads, 0u) << "an older list still reads the memory";
              memory.assign(words.begin(), words.end());
              return base::Result<void>{};
            }};
  }

  std::vector<std::uint32_t> memory;
  std::uint32_t lists = 0;
  std::uint32_t longest = 0;
  bool hangs = false;
  std::optional<milliseconds> busy_for;  // then what hangs ends
  unsigned busy_reads = 0;
  bool start_lost = false;          // nobody tells
  std::uint32_t most_writes = ~0u;  // then the card is reset
  std::uint32_t older_reads = 0;    // of register status that still show a list begun before

 private:
  std::shared_ptr<FakeBoard> fake_;
  std::optional<std::uint32_t> status_;
  std::chrono::steady_clock::time_point started_;
  std::uint32_t done_ = 0;
};

std::vector<std::uint32_t> slots(std::size_t words) {
  std::vector<std::uint32_t> result(words);
  for (std::size_t i = 0; i < words; ++i) {
    result[i] = (static_cast<std::uint32_t>(i) * 2654435761u) & 0x8fff8fff;
  }
  return result;
}

void expect_ring(const FakeBoard& fake, std::uint32_t first,
                 const std::vector<std::uint32_t>& words) {
  const auto images = fake.images(0);
  for (std::size_t i = 0; i < 2 * words.size(); ++i) {
    ASSERT_EQ(images.ring[first + i].slot, static_cast<std::uint16_t>(words[i / 2] >> 16 * (i % 2)))
        << "slot " << i;
  }
}

TEST(WriteTableByList, BringsALargeRingInOneList) {
  auto fake = std::make_shared<FakeBoard>();
  ListCard card(fake);
  const auto words = slots(32769);
  ASSERT_TRUE(write_table_by_list(card, card.list_memory(8 * layout::kListWrites),
                                  layout::kListWrites, kRingPage | 1000, words,
                                  milliseconds(1000)));
  EXPECT_EQ(card.lists, 1u);
  EXPECT_EQ(card.longest, 32769u + 9);  // nine pages of the window
  expect_ring(*fake, 1000, words);
}

TEST(WriteEachByList, MakesAnyWritesInTheirOrderInListsOfTheGivenLength) {
  auto fake = std::make_shared<FakeBoard>();
  ListCard card(fake);
  std::vector<RegisterWrite> writes;
  for (std::uint32_t i = 0; i < 250; ++i) {
    writes.push_back({layout::kReg_scratch, i});
    writes.push_back({layout::kReg_config_id_lo, 1000 + i});
  }
  ASSERT_TRUE(write_each_by_list(card, card.list_memory(8 * layout::kListWrites), 200, writes,
                                 milliseconds(1000)));
  EXPECT_EQ(card.lists, 3u);
  EXPECT_EQ(card.longest, 200u);
  EXPECT_EQ(*fake->read(layout::kReg_scratch), 249u);
  EXPECT_EQ(*fake->read(layout::kReg_config_id_lo), 1249u);
}

TEST(WriteTableByList, KeepsToTheLengthOfTheListAndOfTheMemory) {
  for (const auto& [longest, bytes] :
       {std::pair{200u, std::size_t{1} << 20}, {65536u, std::size_t{1600}}}) {
    auto fake = std::make_shared<FakeBoard>();
    ListCard card(fake);
    const auto words = slots(1000);
    ASSERT_TRUE(write_table_by_list(card, card.list_memory(bytes), longest, kRingPage, words,
                                    milliseconds(1000)));
    EXPECT_EQ(card.lists, 6u);  // 199 words and their page each
    EXPECT_LE(card.longest, 200u);
    expect_ring(*fake, 0, words);
  }
}

TEST(WriteTableByList, SaysWhichWriteWasRefused) {
  ListCard card(std::make_shared<FakeBoard>());
  // The last 100 words are beyond the ring's end.
  const auto done =
      write_table_by_list(card, card.list_memory(1 << 20), 65536,
                          kRingPage | (layout::kRingSlots - 200), slots(200), milliseconds(1000));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Errc::verify_failed);
  EXPECT_NE(done.error().what.find("write 102 of a list of 201"), std::string::npos)
      << done.error().what;
}

TEST(WriteTableByList, WaitsOnlySoLong) {
  ListCard card(std::make_shared<FakeBoard>());
  card.hangs = true;
  const auto done = write_table_by_list(card, card.list_memory(1 << 20), 65536, kRingPage,
                                        slots(64), milliseconds(20));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Errc::hung);
}

TEST(WriteTableByList, AsksASlowCardOnlySoOften) {
  ListCard card(std::make_shared<FakeBoard>());
  card.hangs = true;
  card.busy_for = milliseconds(400);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(write_table_by_list(card, card.list_memory(1 << 20), 65536, kRingPage, slots(64),
                                  milliseconds(10'000)));
  EXPECT_GT(card.busy_reads, 10u);
  EXPECT_LT(card.busy_reads, 90u);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, *card.busy_for);
}

TEST(PauseAfter, GrowsWithWhatWasWaitedAndEndsSoonAfterTheCard) {
  using std::chrono::seconds;
  std::chrono::microseconds waited{0};
  unsigned asked = 0, asked_in_7_s = 0;
  for (; waited < seconds(60); waited += pause_after(waited)) {
    EXPECT_LE(pause_after(waited), std::max(waited / 8, kFirstPause));
    ++asked;
    asked_in_7_s += waited < seconds(7) ? 1 : 0;
  }
  EXPECT_LT(asked_in_7_s, 110u);
  EXPECT_LT(asked, 220u);
  EXPECT_EQ(pause_after(seconds(60)), kLongestPause);
}

TEST(WriteTableByList, WaitsForAListBegunBeforeAndLeavesItsMemoryAlone) {
  auto fake = std::make_shared<FakeBoard>();
  ListCard card(fake);
  card.older_reads = 5;
  const auto words = slots(100);
  ASSERT_TRUE(write_table_by_list(card, card.list_memory(1 << 20), 65536, kRingPage, words,
                                  milliseconds(1000)));
  EXPECT_EQ(card.lists, 1u);
  expect_ring(*fake, 0, words);
  card.memory.clear();
  card.older_reads = ~0u;
  const auto done = write_table_by_list(card, card.list_memory(1 << 20), 65536, kRingPage, words,
                                        milliseconds(20));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Errc::hung);
  EXPECT_NE(done.error().what.find("begun before"), std::string::npos) << done.error().what;
  EXPECT_EQ(card.lists, 1u);
  EXPECT_TRUE(card.memory.empty());
}

TEST(WriteTableByList, IsNoSuccessUnlessTheWholeListWasMade) {
  for (const bool lost : {false, true}) {
    ListCard card(std::make_shared<FakeBoard>());
    card.start_lost = lost;
    card.most_writes = 40;
    const auto done = write_table_by_list(card, card.list_memory(1 << 20), 65536, kRingPage,
                                          slots(64), milliseconds(1000));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, base::Errc::verify_failed);
    const std::string made = lost ? "made 0 of the 65 writes" : "made 40 of the 65 writes";
    EXPECT_NE(done.error().what.find(made), std::string::npos) << done.error().what;
  }
}

TEST(WriteTableByList, PassesOnThatTheMemoryCannotBeFilled) {
  ListCard card(std::make_shared<FakeBoard>());
  ListMemory memory = card.list_memory(1 << 20);
  memory.fill = [](std::span<const std::uint32_t>) -> base::Result<void> {
    return base::Error{base::Errc::link_down, "gone", "card"};
  };
  const auto done =
      write_table_by_list(card, memory, 65536, kRingPage, slots(64), milliseconds(20));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Errc::link_down);
  EXPECT_EQ(card.lists, 0u);
}

}  // namespace
}  // namespace sluice::driver
