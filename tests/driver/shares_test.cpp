// Device::apply with shares, which take effect when they are written: what leaves is told before
// the commit, what comes after it, whatever fails in between.
#include <unistd.h>

#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;

constexpr std::uint16_t kService = 3;

layout::Share share(std::uint32_t cost, std::uint8_t column) {
  layout::Share result{};
  result.cost = cost;
  result.column = column;
  result.service = kService;
  return result;
}

// A service that takes the least loaded of backends 5 and 6.
layout::TableImages before_images() {
  layout::TableImages images;
  images.config[0].mac = 0x020000000001;
  images.services[kService].valid = 1;
  images.services[kService].ring_base = 100;
  images.services[kService].ring_slots = 1;
  images.services[kService].scheduler = layout::kScheduler_least;
  images.ring[100].slot = layout::kRingSlotValid | 5;
  images.shares[5] = share(1000, 0);
  images.shares[6] = share(2000, 1);
  return images;
}

// 5 leaves, 6 is reweighted, 7 comes; the ring moves.
layout::TableImages after_images() {
  layout::TableImages images = before_images();
  images.services[kService].ring_base = 200;
  images.ring[200].slot = layout::kRingSlotValid | 6;
  images.shares[5].cost = 0;
  images.shares[6].cost = 3000;
  images.shares[7] = share(1000, 2);
  return images;
}

testing::AssertionResult same_shares(const layout::TableImages& a, const layout::TableImages& b) {
  for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
    if (!layout::same_record(a.shares[i], b.shares[i])) {
      return testing::AssertionFailure() << "shares[" << i << "] differ";
    }
  }
  return testing::AssertionSuccess();
}

TEST(Shares, AreOnTheCardAfterAnApply) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  ASSERT_TRUE(device->apply(before_images()));
  EXPECT_TRUE(same_shares(before_images(), fake->images(0)));
  EXPECT_TRUE(same_shares(before_images(), device->live()));
  const auto report = device->apply(after_images());
  ASSERT_TRUE(report);
  EXPECT_TRUE(same_shares(after_images(), fake->images(0)));
  EXPECT_TRUE(same_shares(after_images(), device->live()));
  EXPECT_EQ(device->apply(after_images())->words_written, 0u);
}

TEST(Shares, AloneNeedNoCommit) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  auto images = before_images();
  ASSERT_TRUE(device->apply(images));
  images.shares[5].cost = 77;
  const auto report = device->apply(images);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->committed);
  EXPECT_EQ(report->entries_written, 1u);
  EXPECT_TRUE(same_shares(images, fake->images(0)));
}

TEST(Shares, AreWrittenAgainForAServiceThatBeginsToCompareLoads) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  auto images = before_images();
  images.services[kService].scheduler = layout::kScheduler_pair;
  ASSERT_TRUE(device->apply(images));
  const auto words = device->apply(before_images());
  ASSERT_TRUE(words);
  EXPECT_EQ(words->entries_written, 4u) << "config and the service in the new bank, two shares";
}

TEST(Shares, AreReadBackByTheNextProgram) {
  auto fake = std::make_shared<FakeBoard>();
  ASSERT_TRUE(open_fake(fake)->apply(before_images()));
  auto device = open_fake(fake);
  ASSERT_TRUE(device);
  EXPECT_TRUE(same_shares(before_images(), device->live()));
  ASSERT_TRUE(device->apply(after_images()));
  EXPECT_TRUE(same_shares(after_images(), fake->images(0)));
}

// With a fault at every access in turn: nobody who left has a cost once the commit is done, nobody
// who comes has one before, and the next apply, or the next program, puts everything right.
void fail_at_every_access(std::optional<std::uint64_t> FakeFaults::* fault, bool stays,
                          const DeviceOptions& options) {
  const auto before = before_images();
  const auto after = after_images();
  for (std::uint64_t at = 0;; ++at) {
    auto fake = std::make_shared<FakeBoard>();
    auto device = open_fake(fake, options);
    ASSERT_TRUE(device->apply(before));
    const std::uint64_t start = fake->accesses();
    fake->faults.*fault = start + at;
    const auto report = device->apply(after);
    if (fake->accesses() <= start + at) {
      ASSERT_TRUE(report);
      EXPECT_GT(at, 10u);
      return;  // the fault lay behind the last access
    }
    const bool flipped = fake->live_bank() == 0;
    const auto shares = fake->images(0).shares;
    EXPECT_TRUE(same_to_packets(flipped ? after : before, fake->images(fake->live_bank()))) << at;
    if (flipped) {
      EXPECT_EQ(shares[5].cost, 0u) << "access " << at << ": left, and still gets connections";
    } else {
      EXPECT_EQ(shares[7].cost, 0u) << "access " << at << ": gets connections before it is known";
      EXPECT_EQ(shares[6].cost, 2000u) << at;
    }
    if (stays) fake->faults = {};
    if (!report.ok()) {
      EXPECT_TRUE(!flipped || device->lost()) << "access " << at << ": a commit goes unnoticed";
      if (device->lost()) device = open_fake(fake, options);
      ASSERT_TRUE(device) << at;
      ASSERT_TRUE(device->apply(after)) << at;
    }
    EXPECT_TRUE(same_shares(after, fake->images(0))) << at;
    EXPECT_TRUE(same_shares(after, device->live())) << at;
    auto successor = open_fake(fake, options);
    ASSERT_TRUE(successor);
    EXPECT_TRUE(same_shares(after, successor->live())) << at;
    EXPECT_EQ(successor->apply(after)->words_written, 0u) << at;
  }
}

class SharesFaults : public testing::TestWithParam<bool> {
 protected:
  SharesFaults() {
    if (GetParam()) options_.memory_file = path_;
  }
  ~SharesFaults() override { std::remove(path_.c_str()); }

  std::string path_ = testing::TempDir() + "sl-shares-" + std::to_string(getpid());
  DeviceOptions options_ = quick();
};

TEST_P(SharesFaults, RefusedAtAnyAccess) {
  fail_at_every_access(&FakeFaults::fail_access, false, options_);
}

TEST_P(SharesFaults, WithAnyAnswerLost) {
  fail_at_every_access(&FakeFaults::lose_answer, false, options_);
}

TEST_P(SharesFaults, WithTheLinkTornAtAnyAccess) {
  fail_at_every_access(&FakeFaults::torn_access, true, options_);
}

// The program dies at any access; its successor finds what the card holds and goes on.
TEST_P(SharesFaults, WithADeathAtAnyAccess) {
  const auto after = after_images();
  bool torn = true;
  for (std::uint64_t at = 0; torn; ++at) {
    auto fake = std::make_shared<FakeBoard>();
    auto first = open_fake(fake, options_);
    ASSERT_TRUE(first->apply(before_images()));
    fake->faults.torn_access = fake->accesses() + at;
    torn = !first->apply(after).ok();
    fake->faults = {};
    auto second = open_fake(fake, options_);
    ASSERT_TRUE(second);
    ASSERT_TRUE(same_shares(fake->images(0), second->live())) << at;
    ASSERT_TRUE(second->apply(after));
    EXPECT_TRUE(same_shares(after, fake->images(0))) << at;
    EXPECT_LT(at, 300u);
  }
}

// The same for a change of shares without a commit.
TEST_P(SharesFaults, WithADeathAtAnyAccessOfAChangeWithoutACommit) {
  auto after = before_images();
  after.shares[5].cost = 0;
  after.shares[6].cost = 4;
  bool torn = true;
  for (std::uint64_t at = 0; torn; ++at) {
    auto fake = std::make_shared<FakeBoard>();
    auto first = open_fake(fake, options_);
    ASSERT_TRUE(first->apply(before_images()));
    fake->faults.torn_access = fake->accesses() + at;
    torn = !first->apply(after).ok();
    fake->faults = {};
    auto second = open_fake(fake, options_);
    ASSERT_TRUE(second);
    ASSERT_TRUE(same_shares(fake->images(0), second->live())) << at;
    ASSERT_TRUE(second->apply(after));
    EXPECT_TRUE(same_shares(after, fake->images(0))) << at;
    EXPECT_LT(at, 100u);
  }
}

INSTANTIATE_TEST_SUITE_P(AndAMemory, SharesFaults, testing::Bool(),
                         [](const auto& memory) { return memory.param ? "Kept" : "None"; });

TEST(Turns, RefuseToBeWrittenOverInUse) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  auto images = before_images();
  images.services[kService].scheduler = layout::kScheduler_turns;
  images.services[kService].turns_base = 10;
  images.services[kService].turns_last = 2;
  images.turns[12].backend = 6;
  ASSERT_TRUE(device->apply(images));
  EXPECT_EQ(fake->images(0).turns[12].backend, 6u);
  images.turns[12].backend = 5;
  images.backends[1].address = 1;
  const auto report = device->apply(images);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::invalid);
  EXPECT_NE(report.error().what.find("turns[12]: in use"), std::string::npos)
      << report.error().what;
  images.services[kService].turns_base = layout::kTurns - 2;
  EXPECT_EQ(device->apply(images).error().code, Errc::invalid) << "beyond the memory's end";
}

TEST(ResponseTimes, AreWrittenAtOnceAndReadWithTheConnections) {
  auto fake = std::make_shared<FakeBoard>();
  auto device = open_fake(fake);
  ASSERT_TRUE(device->set_response_time(4095, 12345));
  ASSERT_TRUE(device->set_response_time(7, 0xffffffff));
  fake->set_counter(layout::kTable_backend_connections, 7, 0, 99);
  fake->set_counter(layout::kTable_service_connections, 1023, 0, 100);
  std::vector<bool> services(layout::kServices), backends(layout::kBackends);
  services[1023] = backends[4095] = backends[7] = true;
  const auto loads = device->loads(services, backends);
  ASSERT_TRUE(loads);
  EXPECT_EQ(loads->response_times[4095].mean, 12345u);
  EXPECT_EQ(loads->response_times[7].mean, 0xfffffu);
  EXPECT_EQ(loads->backends[7].active, 99u);
  EXPECT_EQ(loads->services[1023].active, 100u);
}

}  // namespace
}  // namespace sluice::driver
