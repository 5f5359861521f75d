// What every board must do, whoever made it: the register and table semantics that the driver
// stands on. Runs on all kinds of cards.hpp.
#include <numeric>

#include "cards.hpp"
#include "driver/open_board.hpp"
#include "layout/describe.hpp"
#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    card_ = make_card(GetParam());
    device_ = open();
  }
  // A card has one owner at a time.
  std::unique_ptr<Device> open() {
    device_.reset();
    auto board = card_->connect();
    if (!board) {
      ADD_FAILURE() << board.error().message();
      return nullptr;
    }
    auto device = Device::open(std::move(*board));
    if (!device) {
      ADD_FAILURE() << device.error().message();
      return nullptr;
    }
    return std::make_unique<Device>(std::move(*device));
  }
  Board& board() { return device_->board(); }
  // Writes the words of one entry of the shadow bank (or where `page_bits` point).
  base::Result<void> write_entry(layout::TableId id, std::uint32_t entry,
                                 std::span<const std::uint32_t> words,
                                 std::uint32_t page_bits = 0) {
    auto done = board().write(layout::kReg_table_page,
                              static_cast<std::uint32_t>(id) << 24 | page_bits | entry);
    return done ? board().write_block(layout::kWindow_table, words) : done;
  }

  std::unique_ptr<Card> card_;
  std::unique_ptr<Device> device_;
};

INSTANTIATE_TEST_SUITE_P(Boards, Conformance, testing::ValuesIn(card_kinds()),
                         [](const auto& kind) { return kind.param; });

TEST_P(Conformance, ACardJustConfiguredIsEmptyAndIdle) {
  ASSERT_TRUE(device_);
  auto status = device_->status();
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->idle);
  EXPECT_EQ(status->commits, 0u);
  EXPECT_EQ(status->live_bank, 0u);
  EXPECT_EQ(status->in_flight, 0u);
  EXPECT_EQ(status->config_id, 0u);
  EXPECT_EQ(status->punt_waiting, 0u);
  EXPECT_EQ(status->inject_free, layout::kInjectSlots);
  for (const auto bank : {Device::Bank::shadow, Device::Bank::live}) {
    auto backend = device_->read_entry<layout::kTable_backends>(bank, layout::kBackends - 1);
    ASSERT_TRUE(backend);
    EXPECT_TRUE(layout::same_record(*backend, layout::Backend{}));
  }
}

TEST_P(Conformance, TheIdentityIsThatOfThisRevision) {
  ASSERT_TRUE(device_);
  const DeviceInfo& info = device_->info();
  EXPECT_FALSE(info.board.empty());
  EXPECT_EQ(info.board, board().name());
  EXPECT_EQ(info.abi_version >> 16, layout::kAbiVersion >> 16);
  EXPECT_EQ(info.layout_hash, layout::layout_hash());
  EXPECT_EQ(info.ports, layout::kPorts);
  EXPECT_EQ(info.ring_slots, layout::kRingSlots);
  EXPECT_NE(info.clock_khz, 0u);
  EXPECT_EQ(*board().read(layout::kReg_magic), layout::kMagic);
  EXPECT_EQ(*board().read(layout::kReg_build_id), info.build_id);
}

TEST_P(Conformance, ABlockIsItsRegistersOneByOne) {
  ASSERT_TRUE(device_);
  std::mt19937_64 rng(test_seed());
  // Identity and capacities stand in a row; table_page and config_id can be written in a row.
  std::vector<std::uint32_t> block(8);
  ASSERT_TRUE(board().read_block(layout::kReg_magic, block));
  for (std::uint32_t i = 0; i < block.size(); ++i) {
    EXPECT_EQ(*board().read(layout::kReg_magic + 4 * i), block[i]) << i;
  }
  const std::uint32_t words[] = {layout::kTable_backends << 24 | 5,
                                 static_cast<std::uint32_t>(rng()),
                                 static_cast<std::uint32_t>(rng())};
  ASSERT_TRUE(board().write_block(layout::kReg_table_page, words));
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(*board().read(layout::kReg_table_page + 4 * i), words[i]) << i;
  }
  EXPECT_TRUE(board().read_block(layout::kReg_magic, {}));
  EXPECT_TRUE(board().write_block(layout::kReg_scratch, {}));
}

TEST_P(Conformance, AllOnesInARegisterAreDataWhileTheCardIsThere) {
  ASSERT_TRUE(device_);
  ASSERT_TRUE(board().write(layout::kReg_scratch, 0xffffffff));
  auto value = board().read(layout::kReg_scratch);
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(*value, 0xffffffffu);
}

TEST_P(Conformance, ATableIsWrittenInBulkAcrossPages) {
  ASSERT_TRUE(device_);
  constexpr std::uint32_t kFirst = 1000;
  constexpr std::uint32_t kSlots = 2 * 5000;  // more than one page of the window
  std::vector<std::uint32_t> words(kSlots / 2);
  std::iota(words.begin(), words.end(), 0x80018001u);
  for (auto& word : words) word &= 0x8fff8fff;
  const auto before = board().traffic();
  auto done = board().write_table(layout::kTable_ring << 24 | kFirst, words);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_GE(board().traffic().bytes - before.bytes, 4 * words.size());
  const auto bank = Device::Bank::shadow;
  for (const std::uint32_t slot : {0u, 1u, 4095u, 8191u, 8192u, kSlots - 1}) {
    auto entry = device_->read_entry<layout::kTable_ring>(bank, kFirst + slot);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->slot, static_cast<std::uint16_t>(words[slot / 2] >> 16 * (slot % 2))) << slot;
  }
  EXPECT_EQ(device_->read_entry<layout::kTable_ring>(bank, kFirst - 1)->slot, 0u);
  EXPECT_EQ(device_->read_entry<layout::kTable_ring>(bank, kFirst + kSlots)->slot, 0u);
}

TEST_P(Conformance, ABulkWriteOfNoWholeEntriesIsRefused) {
  ASSERT_TRUE(device_);
  const std::vector<std::uint32_t> words(sizeof(layout::Service) / 4 + 1);
  EXPECT_EQ(board().write_table(layout::kTable_services << 24, words).error().code, Errc::invalid);
  EXPECT_EQ(board().write_table(0xfe000000, words).error().code, Errc::invalid);
  EXPECT_TRUE(board().write_table(layout::kTable_services << 24, {}));
}

TEST_P(Conformance, TrafficCountsWhatCrossedTheLink) {
  ASSERT_TRUE(device_);
  const auto start = board().traffic();
  EXPECT_GT(start.accesses, 0u) << "opening a device reads registers";
  ASSERT_TRUE(board().read(layout::kReg_magic));
  const auto read = board().traffic();
  EXPECT_EQ(read.accesses, start.accesses + 1);
  EXPECT_EQ(read.bytes, start.bytes + 4);
  std::vector<std::uint32_t> words(8);
  ASSERT_TRUE(board().read_block(layout::kReg_magic, words));
  const auto block = board().traffic();
  EXPECT_GT(block.accesses, read.accesses);
  EXPECT_EQ(block.bytes, read.bytes + 4 * words.size());
  ASSERT_TRUE(board().write(layout::kReg_scratch, 1));
  EXPECT_GT(board().traffic().accesses, block.accesses);
  EXPECT_GE(board().traffic().bytes, block.bytes + 4);
}

TEST_P(Conformance, AFrameGoesToTheHostAndOneFromIt) {
  ASSERT_TRUE(device_);
  layout::TableImages images;
  images.config[0].mac = 0x020000000001;
  auto applied = device_->apply(images);
  ASSERT_TRUE(applied) << applied.error().message();
  card_->arrive();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  base::Result<std::optional<PuntFrame>> punted = device_->receive();
  while (punted.ok() && !punted->has_value() && std::chrono::steady_clock::now() < deadline) {
    punted = device_->receive();
  }
  ASSERT_TRUE(punted) << punted.error().message();
  ASSERT_TRUE(punted->has_value());
  EXPECT_EQ((*punted)->bytes, arp_request());
  EXPECT_EQ((*punted)->port, 0u);
  EXPECT_EQ((*punted)->reason, layout::kReason_arp);
  EXPECT_FALSE(device_->receive()->has_value()) << "it came once";
  EXPECT_EQ(device_->status()->punt_waiting, 0u);
  std::vector<std::uint8_t> reply(107);
  std::iota(reply.begin(), reply.end(), std::uint8_t{1});
  auto sent = device_->send(1, reply);
  ASSERT_TRUE(sent) << sent.error().message();
  EXPECT_TRUE(card_->has_left(*device_, 1, reply));
}

TEST_P(Conformance, MisalignedAndDistantAccessesAreRefusedAndHarmNothing) {
  ASSERT_TRUE(device_);
  std::vector<std::uint32_t> two(2);
  for (const std::uint32_t offset : {layout::kReg_scratch + 1u, layout::kReg_scratch + 2u,
                                     layout::kApertureBytes, layout::kApertureBytes + 0x10000}) {
    auto value = board().read(offset);
    ASSERT_FALSE(value) << std::hex << offset;
    EXPECT_EQ(value.error().code, Errc::io) << std::hex << offset;
    auto done = board().write(offset, 1);
    ASSERT_FALSE(done) << std::hex << offset;
    EXPECT_EQ(done.error().code, Errc::io) << std::hex << offset;
  }
  auto done = board().read_block(layout::kApertureBytes - 4, two);
  ASSERT_FALSE(done) << "the second word is beyond the aperture";
  EXPECT_EQ(done.error().code, Errc::io);
  EXPECT_EQ(*board().read(layout::kReg_magic), layout::kMagic);
}

TEST_P(Conformance, AFailureSaysWhoseItIsAndWhatFailed) {
  ASSERT_TRUE(device_);
  auto value = board().read(layout::kApertureBytes);
  ASSERT_FALSE(value);
  EXPECT_FALSE(value.error().where.empty());
  EXPECT_GT(value.error().what.size(), 10u) << value.error().what;
}

TEST_P(Conformance, ReadingARegisterTwiceGivesTheSameUnlessItCounts) {
  ASSERT_TRUE(device_);
  std::uint32_t count = 0;
  const layout::RegisterInfo* entry = layout::registers(&count);
  std::uint32_t compared = 0;
  std::uint32_t unreadable = 0;
  for (const layout::RegisterInfo* end = entry + count; entry != end; ++entry) {
    if (entry->access == std::string("wo")) {
      ++unreadable;
      continue;
    }
    const auto first = board().read(entry->offset);
    const auto second = board().read(entry->offset);
    ASSERT_TRUE(first && second) << entry->name;
    if (entry->offset == layout::kReg_cycles_lo || entry->offset == layout::kReg_cycles_hi ||
        entry->offset == layout::kReg_tick) {
      continue;
    }
    EXPECT_EQ(*first, *second) << entry->name;
    ++compared;
  }
  EXPECT_EQ(compared, count - 3 - unreadable) << "three count time";
  EXPECT_EQ(unreadable, 18u);
  auto before = device_->status();
  auto after = device_->status();
  EXPECT_LT(before->cycles, after->cycles);
}

TEST_P(Conformance, AnEntryIsTakenWithItsLastWord) {
  ASSERT_TRUE(device_);
  const std::uint32_t words[] = {0x0a000001, 0x0001'1f90, 0x0000'0001, 0x0200};
  ASSERT_TRUE(write_entry(layout::kTable_backends, 7, std::span(words).first(3)));
  auto entry = device_->read_entry<layout::kTable_backends>(Device::Bank::shadow, 7);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->address, 0u) << "three of four words change nothing";
  ASSERT_TRUE(write_entry(layout::kTable_backends, 7, words));
  entry = device_->read_entry<layout::kTable_backends>(Device::Bank::shadow, 7);
  EXPECT_EQ(entry->address, 0x0a000001u);
  EXPECT_EQ(entry->port, 8080u);
  EXPECT_EQ(entry->mac, 0x020000000001u);
  auto live = device_->read_entry<layout::kTable_backends>(Device::Bank::live, 7);
  EXPECT_EQ(live->address, 0u) << "not committed";
}

TEST_P(Conformance, OnlyMeaningfulBitsAreStored) {
  ASSERT_TRUE(device_);
  const std::vector<std::uint32_t> ones(sizeof(layout::Service) / 4, 0xffffffff);
  ASSERT_TRUE(write_entry(layout::kTable_services, 1, ones));
  auto entry = device_->read_entry<layout::kTable_services>(Device::Bank::shadow, 1);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->mode, 3u);
  EXPECT_EQ(entry->ring_slots, 0x1ffffu);
  EXPECT_EQ(entry->return_mac, 0xffffffffffffu);
  EXPECT_EQ(entry->reserved0, 0u);
}

TEST_P(Conformance, TheLiveBankAndTheCountersRefuseWrites) {
  ASSERT_TRUE(device_);
  const std::vector<std::uint32_t> ones(8, 0xffffffff);
  constexpr std::uint32_t kLive = 1u << 23;
  for (const auto& done : {write_entry(layout::kTable_services, 1, ones, kLive),
                           write_entry(layout::kTable_service_counters, 1, ones)}) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::io) << done.error().message();
  }
  auto entry = device_->read_entry<layout::kTable_services>(Device::Bank::live, 1);
  ASSERT_TRUE(entry) << "a refused access does not end the link";
  EXPECT_TRUE(layout::same_record(*entry, layout::Service{}));
  auto counters = device_->read_entry<layout::kTable_service_counters>(Device::Bank::live, 1);
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->in_packets, 0u);
}

TEST_P(Conformance, ARefusedWriteIsCountedAndNoLaterOneIsBlamed) {
  ASSERT_TRUE(device_);
  const auto before = board().read(layout::kReg_refused);
  ASSERT_TRUE(before) << before.error().message();
  for (std::uint32_t refusals = 1; refusals <= 3; ++refusals) {
    ASSERT_TRUE(board().write(layout::kReg_list_writes, layout::kListWrites + 1));
    const auto done = board().write(layout::kReg_control, layout::kControlList);
    ASSERT_FALSE(done) << "longer than any list";
    EXPECT_EQ(done.error().code, Errc::io) << done.error().message();
    EXPECT_EQ(*board().read(layout::kReg_refused), *before + refusals);
    const auto next = board().write(layout::kReg_scratch, refusals);
    EXPECT_TRUE(next) << next.error().message();
  }
  EXPECT_EQ(*board().read(layout::kReg_status) & layout::kStatusListBusy, 0u);
}

TEST_P(Conformance, ApplyMakesImagesLiveAndALaterDeviceFindsThem) {
  ASSERT_TRUE(device_);
  std::mt19937_64 rng(test_seed());
  layout::TableImages images;
  for (int round = 0; round < 5; ++round) {
    images = device_->live();
    mutate(images, device_->live(), rng);
    auto report = device_->apply(images);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(device_->status()->commits, static_cast<std::uint32_t>(round + 1));
  }
  device_ = open();
  ASSERT_TRUE(device_);
  EXPECT_TRUE(same_to_packets(images, device_->live()));
  EXPECT_FALSE(device_->apply(images)->committed) << "nothing differs";
  images.backends[5].address = 9;
  ASSERT_TRUE(device_->apply(images));  // rewrites a shadow bank that it knows nothing of
  auto backend = device_->read_entry<layout::kTable_backends>(Device::Bank::live, 5);
  EXPECT_EQ(backend->address, 9u);
  auto config = device_->read_entry<layout::kTable_config>(Device::Bank::live, 0);
  EXPECT_EQ(config->mac, images.config[0].mac);
}

TEST_P(Conformance, WrittenEntriesCanBeVerified) {
  device_.reset();
  auto board = card_->connect();
  ASSERT_TRUE(board);
  DeviceOptions options;
  options.verify_writes = true;
  auto device = Device::open(std::move(*board), options);
  ASSERT_TRUE(device);
  std::mt19937_64 rng(test_seed());
  layout::TableImages images;
  mutate(images, device->live(), rng);
  auto report = device->apply(images);
  EXPECT_TRUE(report) << report.error().message();
}

TEST_P(Conformance, RingSlotsAreReadAtOddAndEvenPlaces) {
  ASSERT_TRUE(device_);
  layout::TableImages images;
  images.config[0].mac = 1;
  images.services[0].valid = 1;
  images.services[0].ring_base = layout::kRingSlots - 6;
  images.services[0].ring_slots = 5;
  for (std::uint32_t i = 0; i < 5; ++i) {
    images.ring[layout::kRingSlots - 6 + i].slot = static_cast<std::uint16_t>(0x8000 + i);
  }
  ASSERT_TRUE(device_->apply(images));
  for (std::uint32_t i = 0; i < 6; ++i) {
    auto slot =
        device_->read_entry<layout::kTable_ring>(Device::Bank::live, layout::kRingSlots - 6 + i);
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->slot, i < 5 ? 0x8000 + i : 0u);
  }
}

TEST_P(Conformance, CountersOfAQuietCardAreZeroAndConserved) {
  ASSERT_TRUE(device_);
  std::vector<bool> services(layout::kServices);
  std::vector<bool> backends(layout::kBackends);
  services[0] = services[layout::kServices - 1] = backends[layout::kBackends - 1] = true;
  auto counters = device_->snapshot(services, backends);
  ASSERT_TRUE(counters) << counters.error().message();
  EXPECT_EQ(conservation(*counters).in, 0u);
  EXPECT_EQ(conservation(*counters).out, 0u);
  EXPECT_EQ(counters->services[layout::kServices - 1].in_packets, 0u);
  EXPECT_EQ(counters->backends[layout::kBackends - 1].out_bytes, 0u);
}

TEST_P(Conformance, TheConfigIdIsKept) {
  ASSERT_TRUE(device_);
  ASSERT_TRUE(device_->set_config_id(0xfedcba9876543210));
  device_ = open();
  ASSERT_TRUE(device_);
  EXPECT_EQ(*device_->config_id(), 0xfedcba9876543210u);
}

TEST_P(Conformance, AnEmptyPuntMailboxShowsNoFrame) {
  ASSERT_TRUE(device_);
  auto frame = device_->receive();
  ASSERT_TRUE(frame) << frame.error().message();
  EXPECT_FALSE(frame->has_value());
  EXPECT_TRUE(board().write(layout::kReg_punt_pop, 1)) << "popping nothing is no fault";
}

TEST_P(Conformance, WhatCannotBeReadOrWrittenRefuses) {
  ASSERT_TRUE(device_);
  constexpr std::uint32_t kBehindRegisters = 0x0ffc;
  constexpr std::uint32_t kBehindConnections =
      layout::kWindow_connections + layout::kWindowBytes_connections;
  const std::uint32_t unreadable[] = {
      layout::kReg_control,       layout::kReg_punt_pop, layout::kReg_inject_send,
      layout::kWindow_inject,     kBehindRegisters,      kBehindConnections,
      layout::kWindow_inject + 4,
  };
  for (const std::uint32_t offset : unreadable) {
    auto value = board().read(offset);
    ASSERT_FALSE(value) << std::hex << offset;
    EXPECT_EQ(value.error().code, Errc::io) << std::hex << offset;
  }
  const std::uint32_t unwritable[] = {
      layout::kReg_magic,   layout::kReg_status, layout::kReg_inject_status,
      layout::kWindow_punt, kBehindRegisters,    kBehindConnections,
  };
  for (const std::uint32_t offset : unwritable) {
    auto done = board().write(offset, 1);
    ASSERT_FALSE(done) << std::hex << offset;
    EXPECT_EQ(done.error().code, Errc::io) << std::hex << offset;
  }
  EXPECT_TRUE(board().write(layout::kWindow_inject, 1)) << "word 0 is taken and ignored";
}

TEST_P(Conformance, AFrameTooShortToSendIsTakenAndDropped) {
  ASSERT_TRUE(device_);
  EXPECT_TRUE(board().write(layout::kReg_inject_send, 13));
  EXPECT_TRUE(board().write(layout::kReg_inject_send, layout::kMailboxFrameBytes + 1));
  EXPECT_EQ(device_->status()->inject_free, layout::kInjectSlots);
}

TEST_P(Conformance, FramesAreTakenForEveryPort) {
  ASSERT_TRUE(device_);
  std::vector<std::uint8_t> frame(60, 0xff);
  for (unsigned port = 0; port < layout::kPorts; ++port) {
    auto sent = device_->send(port, frame);
    EXPECT_TRUE(sent) << sent.error().message();
  }
}

}  // namespace
}  // namespace sluice::driver
