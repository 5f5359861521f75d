// Device::apply on the fake board: only commits change what packets see.
#include <unistd.h>

#include <fstream>
#include <utility>

#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;

layout::TableImages images_with_ring(std::uint32_t base, std::uint32_t slots,
                                     std::uint16_t backend) {
  layout::TableImages images;
  images.config[0].mac = 0x020000000001;
  images.services[3].valid = 1;
  images.services[3].ring_base = base;
  images.services[3].ring_slots = slots;
  for (std::uint32_t i = 0; i < slots; ++i) {
    images.ring[base + i].slot = static_cast<std::uint16_t>(layout::kRingSlotValid | backend);
  }
  return images;
}

// The images after `before` whose service has a ring of other backends elsewhere.
layout::TableImages with_ring_moved(const layout::TableImages& before) {
  layout::TableImages images = images_with_ring(200, 7, 6);
  const layout::Service& old = before.services[3];
  std::copy_n(before.ring.begin() + old.ring_base, old.ring_slots,
              images.ring.begin() + old.ring_base);
  return images;
}

TEST(Apply, MakesTheImagesLiveWithOneCommit) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  ASSERT_TRUE(device) << device.error().message();
  const auto images = images_with_ring(101, 7, 5);
  auto report = device->apply(images);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_TRUE(report->committed);
  EXPECT_EQ(fake->live_bank(), 1u);
  EXPECT_TRUE(same_to_packets(images, fake->images(1)));
  EXPECT_EQ(device->status()->commits, 1u);
}

TEST(Apply, OfWhatIsLiveAlreadyWritesNothing) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  const auto images = images_with_ring(101, 7, 5);
  ASSERT_TRUE(device->apply(images));
  auto report = device->apply(images);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->committed);
  EXPECT_EQ(report->words_written, 0u);
  EXPECT_EQ(fake->live_bank(), 1u);
}

TEST(Apply, WritesOnlyWhatDiffersOnceBothBanksAreKnown) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  auto images = images_with_ring(100, 7, 5);
  ASSERT_TRUE(device->apply(images));
  images.backends[9].address = 0x0a000001;
  auto second = device->apply(images);
  ASSERT_TRUE(second);
  // The bank that was live at first was all zeros: config, services[3] and backends[9] differ.
  EXPECT_EQ(second->entries_written, 3u);
  images.backends[10].address = 0x0a000002;
  images.backends[11].address = 0x0a000003;
  auto third = device->apply(images);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->entries_written, 3u);  // backends 9 (from the commit before), 10, 11
  EXPECT_EQ(third->words_written, 3u * sizeof(layout::Backend) / 4);
}

TEST(Apply, KeepsTheLiveBankEqualToTheImagesThroughManyRandomChanges) {
  std::mt19937_64 rng(test_seed());
  auto fake = std::make_shared<FakeBoard>();
  DeviceOptions options = quick();
  options.verify_writes = true;
  auto device = open_fake(fake, options);
  layout::TableImages images;
  for (int round = 0; round < 200; ++round) {
    images = device->live();
    mutate(images, device->live(), rng);
    auto report = device->apply(images);
    ASSERT_TRUE(report) << "round " << round << ": " << report.error().message();
    ASSERT_TRUE(same_to_packets(images, fake->images(fake->live_bank()))) << "round " << round;
    if (round % 20 == 19) {  // the host restarts and finds the card as it left it
      device = open_fake(fake, options);
      ASSERT_TRUE(device) << device.error().message();
      ASSERT_TRUE(same_to_packets(images, device->live())) << "round " << round;
    }
  }
}

TEST(Apply, ToACardJustConfiguredNeedsFewAccesses) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  ASSERT_TRUE(device->apply(images_with_ring(100, 7, 5)));
  EXPECT_LT(fake->accesses(), 250u);
}

TEST(Apply, TrustsNoShadowBankThatAnotherDaemonHasTouched) {
  const auto before = images_with_ring(100, 7, 5);
  const auto after = with_ring_moved(before);
  auto half = after;
  half.backends[4000].address = 1;
  bool torn = true;
  for (std::uint64_t at = 0; torn; ++at) {
    auto fake = std::make_shared<FakeBoard>();
    auto first = open_fake(fake);
    ASSERT_TRUE(first->apply(before));
    fake->faults.torn_access = fake->accesses() + at;  // some way into the shadow bank
    torn = !first->apply(half).ok();
    fake->faults.torn_access.reset();
    auto second = open_fake(fake);
    ASSERT_TRUE(second);
    if (torn && fake->live_bank() == 1) {
      EXPECT_TRUE(same_to_packets(before, second->live()));
    }
    ASSERT_TRUE(second->apply(after));
    EXPECT_TRUE(same_to_packets(after, fake->images(fake->live_bank()))) << "access " << at;
    EXPECT_LT(at, 200u);
  }
}

class Memory : public testing::Test {
 protected:
  Memory() { options_.memory_file = path_; }
  ~Memory() override { std::remove(path_.c_str()); }

  // Accesses that it takes to open the card and find `expected` live.
  std::uint64_t open_cost(const layout::TableImages& expected) {
    const std::uint64_t before = fake_->accesses();
    auto device = open_fake(fake_, options_);
    EXPECT_TRUE(device && same_to_packets(expected, device->live()));
    return fake_->accesses() - before;
  }

  std::string path_ = testing::TempDir() + "sl-memory-" + std::to_string(getpid());
  std::shared_ptr<FakeBoard> fake_ = std::make_shared<FakeBoard>();
  DeviceOptions options_ = quick();
};

constexpr std::uint64_t kFewAccesses = 100;

TEST_F(Memory, SparesReadingBackAndTheNextApplyWritesOnlyDifferences) {
  const auto before = images_with_ring(100, 7, 5);
  ASSERT_TRUE(open_fake(fake_, options_)->apply(before));
  EXPECT_LT(open_cost(before), kFewAccesses);
  auto device = open_fake(fake_, options_);
  const auto after = with_ring_moved(before);
  auto report = device->apply(after);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->warning, "");
  EXPECT_LT(report->words_written, 60u);
  EXPECT_TRUE(same_to_packets(after, fake_->images(fake_->live_bank())));
  EXPECT_LT(open_cost(after), kFewAccesses);
  EXPECT_LT(open_cost(after), kFewAccesses) << "opening does not spend it";
}

TEST_F(Memory, IsNotBelievedAfterADeathInTheMiddleOfAnApply) {
  const auto before = images_with_ring(100, 7, 5);
  const auto after = with_ring_moved(before);
  auto half = after;
  half.backends[4000].address = 1;
  bool torn = true;
  for (std::uint64_t at = 0; torn; ++at) {
    fake_ = std::make_shared<FakeBoard>();
    auto first = open_fake(fake_, options_);
    ASSERT_TRUE(first->apply(before));
    fake_->faults.torn_access = fake_->accesses() + at;
    torn = !first->apply(half).ok();
    fake_->faults.torn_access.reset();
    auto second = open_fake(fake_, options_);
    ASSERT_TRUE(second);
    ASSERT_TRUE(same_to_packets(fake_->images(fake_->live_bank()), second->live())) << at;
    ASSERT_TRUE(second->apply(after));
    EXPECT_TRUE(same_to_packets(after, fake_->images(fake_->live_bank()))) << "access " << at;
    EXPECT_LT(at, 200u);
  }
}

TEST_F(Memory, OfWhatHadToBeReadBackSparesTheNextReading) {
  const auto before = images_with_ring(100, 7, 5);
  auto half = with_ring_moved(before);
  half.backends[4000].address = 1;
  ASSERT_TRUE(open_fake(fake_, options_)->apply(before));
  // A death in the middle of an apply: what the shadow bank holds is not known from here on.
  auto first = open_fake(fake_, options_);
  fake_->faults.torn_access = fake_->accesses() + 20;
  ASSERT_FALSE(first->apply(half));
  fake_->faults.torn_access.reset();
  std::vector<unsigned> told;
  options_.reading_back = [&told](unsigned percent) { told.push_back(percent); };
  EXPECT_GT(open_cost(before), kFewAccesses);
  ASSERT_GT(told.size(), 3u);
  EXPECT_EQ(told.front(), 0u);
  EXPECT_EQ(told.back(), 100u);
  told.clear();
  EXPECT_LT(open_cost(before), kFewAccesses);
  EXPECT_TRUE(told.empty()) << "nothing was read back";
  auto next = open_fake(fake_, options_);
  const auto after = with_ring_moved(before);
  ASSERT_TRUE(next->apply(after));
  EXPECT_TRUE(same_to_packets(after, fake_->images(fake_->live_bank())));
}

TEST_F(Memory, IsNotBelievedOfAnotherCardOrWhenDamaged) {
  const auto before = images_with_ring(100, 7, 5);
  ASSERT_TRUE(open_fake(fake_, options_)->apply(before));
  const auto old_card = std::exchange(fake_, std::make_shared<FakeBoard>());
  const auto other = images_with_ring(200, 7, 6);
  ASSERT_TRUE(open_fake(fake_)->apply(other));  // as many commits, without a memory
  EXPECT_GT(open_cost(other), kFewAccesses);
  fake_ = old_card;
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('x');
  }
  EXPECT_GT(open_cost(before), kFewAccesses);
  std::ofstream(path_, std::ios::trunc) << "short";
  EXPECT_GT(open_cost(before), kFewAccesses);
}

TEST_F(Memory, ThatCannotBeWrittenIsAWarningOnly) {
  options_.memory_file = "/nonexistent/folder/memory";
  auto device = open_fake(fake_, options_);
  auto report = device->apply(images_with_ring(100, 7, 5));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->committed);
  EXPECT_NE(report->warning.find("/nonexistent/folder/memory"), std::string::npos);
}

TEST(Apply, RefusesImagesWithoutTheCardsMac) {
  auto device = open_fake(std::make_shared<FakeBoard>());
  auto report = device->apply(layout::TableImages());
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().what.find("no MAC"), std::string::npos) << report.error().what;
}

TEST(Apply, RefusesToWriteOverARingInUse) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  ASSERT_TRUE(device->apply(images_with_ring(100, 7, 5)));
  auto report = device->apply(images_with_ring(106, 7, 6));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::invalid);
  EXPECT_NE(report.error().what.find("ring[100]: in use"), std::string::npos)
      << report.error().what;
  EXPECT_TRUE(same_to_packets(images_with_ring(100, 7, 5), fake->images(fake->live_bank())));
}

TEST(Apply, RefusesFieldsThatTheCardCannotStore) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  layout::TableImages images;
  images.config[0].mac = 1;
  images.services[2].mode = 4;  // two bits
  auto report = device->apply(images);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::invalid);
  EXPECT_NE(report.error().what.find("services[2]"), std::string::npos) << report.error().what;
}

TEST(Apply, RefusesARingBeyondTheEndOfTheMemory) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  layout::TableImages images;
  images.config[0].mac = 1;
  images.services[2].valid = 1;
  images.services[2].ring_base = layout::kRingSlots - 3;
  images.services[2].ring_slots = 5;
  EXPECT_EQ(device->apply(images).error().code, Errc::invalid);
}

TEST(Apply, NoticesThatAnotherProgramHasCommitted) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  auto other = open_fake(fake);
  ASSERT_TRUE(other->apply(images_with_ring(100, 7, 5)));
  auto report = device->apply(images_with_ring(200, 7, 5));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::busy);
  EXPECT_TRUE(same_to_packets(images_with_ring(100, 7, 5), fake->images(fake->live_bank())));
}

TEST(Apply, WithVerificationFindsACardThatStoresOtherBits) {
  auto fake = std::make_shared<FakeBoard>();
  DeviceOptions options = quick();
  options.verify_writes = true;
  auto device = open_fake(fake, options);
  fake->faults.flip_written_bits = true;
  auto report = device->apply(images_with_ring(100, 7, 5));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::verify_failed);
  EXPECT_EQ(fake->live_bank(), 0u);
  fake->faults.flip_written_bits = false;
  EXPECT_TRUE(device->apply(images_with_ring(100, 7, 5)));
  EXPECT_TRUE(same_to_packets(images_with_ring(100, 7, 5), fake->images(1)));
}

TEST(Apply, GivesUpOnACommitThatNeverEnds) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  fake->faults.commit_never_ends = true;
  EXPECT_EQ(device->apply(images_with_ring(100, 7, 5)).error().code, Errc::hung);
  EXPECT_EQ(device->apply(images_with_ring(100, 7, 5)).error().code, Errc::link_down);
}

enum class Fault { refused, answer_lost };

// Applies with a fault at every access in turn. Whatever fails: what is live is the old or the new,
// whole, and either trying again works, or the device asks to be opened again and then it does.
void fail_at_every_access(Fault kind, const DeviceOptions& options) {
  const auto before = images_with_ring(100, 7, 5);
  auto after = with_ring_moved(before);
  after.backends[6].address = 0x0a000006;
  after.return_keys1[77].valid = 1;
  for (std::uint64_t at = 0;; ++at) {
    auto fake = std::make_shared<FakeBoard>();
    auto device = open_fake(fake, options);
    ASSERT_TRUE(device->apply(before));
    const std::uint64_t start = fake->accesses();
    (kind == Fault::refused ? fake->faults.fail_access : fake->faults.lose_answer) = start + at;
    auto report = device->apply(after);
    if (fake->accesses() <= start + at) {
      ASSERT_TRUE(report);
      EXPECT_GT(at, 10u);
      return;  // the fault lay behind the last access
    }
    const bool flipped = fake->live_bank() == 0;
    const auto live = fake->images(fake->live_bank());
    EXPECT_TRUE(same_to_packets(flipped ? after : before, live)) << "access " << at;
    if (report.ok()) {  // the answer of a read is never lost
      EXPECT_EQ(kind, Fault::answer_lost);
      EXPECT_TRUE(flipped);
      continue;
    }
    EXPECT_TRUE(!flipped || device->lost()) << "access " << at << ": a commit goes unnoticed";
    if (device->lost()) {
      EXPECT_EQ(device->apply(after).error().code, Errc::link_down);
      device = open_fake(fake, options);
      ASSERT_TRUE(device);
      EXPECT_TRUE(same_to_packets(flipped ? after : before, device->live())) << "access " << at;
    }
    auto again = device->apply(after);
    ASSERT_TRUE(again) << "access " << at << ": " << again.error().message();
    EXPECT_TRUE(same_to_packets(after, fake->images(fake->live_bank()))) << "access " << at;
  }
}

TEST(Apply, RefusedAtAnyAccessNeverLeavesHalfAnUpdateLive) {
  fail_at_every_access(Fault::refused, quick());
}

TEST(Apply, WithAnyAnswerLostNeverLeavesHalfAnUpdateLive) {
  fail_at_every_access(Fault::answer_lost, quick());
}

TEST_F(Memory, IsNeverWrongAfterAFaultAtAnyAccess) {
  fail_at_every_access(Fault::refused, options_);
  fail_at_every_access(Fault::answer_lost, options_);
}

TEST(Apply, WithALinkTornAtAnyAccessAsksForANewDevice) {
  const auto before = images_with_ring(100, 7, 5);
  const auto after = with_ring_moved(before);
  for (const bool hang : {false, true}) {
    for (std::uint64_t at = 0; at < 12; ++at) {
      auto fake = std::make_shared<FakeBoard>();
      auto device = open_fake(fake);
      ASSERT_TRUE(device->apply(before));
      auto& fault = hang ? fake->faults.hang_access : fake->faults.torn_access;
      fault = fake->accesses() + at;
      auto report = device->apply(after);
      ASSERT_FALSE(report);
      EXPECT_EQ(report.error().code, hang ? Errc::hung : Errc::link_down);
      fault.reset();
      EXPECT_EQ(device->apply(after).error().code, Errc::link_down);
      device = open_fake(fake);
      ASSERT_TRUE(device);
      ASSERT_TRUE(device->apply(after));
      EXPECT_TRUE(same_to_packets(after, fake->images(fake->live_bank())));
    }
  }
}

}  // namespace
}  // namespace sluice::driver
