// What every board must do, whoever made it: the register and table semantics that the driver
// stands on. Runs on the fake card and, when built, on the Verilated one.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstring>
#include <thread>

#include "driver/open_board.hpp"
#include "sim_server.hpp"
#include "support.hpp"

extern char** environ;

namespace sluice::driver {
namespace {

// A card to connect to, any number of times.
class Card {
 public:
  virtual ~Card() = default;
  virtual base::Result<std::unique_ptr<Board>> connect() = 0;
};

class FakeCard : public Card {
 public:
  base::Result<std::unique_ptr<Board>> connect() override {
    return std::unique_ptr<Board>(std::make_unique<SharedFake>(fake_));
  }

 private:
  std::shared_ptr<FakeBoard> fake_ = std::make_shared<FakeBoard>();
};

// The fake behind the protocol of the simulator: the link must not change anything.
class RemoteFakeCard : public Card {
 public:
  base::Result<std::unique_ptr<Board>> connect() override {
    return open_board("sim:" + server_.path());
  }

 private:
  SimServer server_{std::make_shared<FakeBoard>()};
};

#ifdef SLUICE_SIM_PROGRAM
class SimulatedCard : public Card {
 public:
  SimulatedCard() {
    const char* arguments[] = {SLUICE_SIM_PROGRAM, "--control", path_.c_str(),
                               "--time",           "sim",       nullptr};
    if (posix_spawn(&pid_, SLUICE_SIM_PROGRAM, nullptr, nullptr,
                    const_cast<char* const*>(arguments), environ) != 0) {
      pid_ = -1;
    }
  }
  ~SimulatedCard() override {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      for (int i = 0; waitpid(pid_, nullptr, WNOHANG) == 0; ++i) {
        if (i == 200) kill(pid_, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    }
    unlink(path_.c_str());
  }
  base::Result<std::unique_ptr<Board>> connect() override {
    for (int i = 0;; ++i) {
      auto board = open_board("sim:" + path_);
      if (board.ok() || i == 200) return board;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

 private:
  std::string path_ = "/tmp/sl-conformance-" + std::to_string(getpid()) + ".sock";
  pid_t pid_ = -1;
};
#endif

std::unique_ptr<Card> make_card(const std::string& kind) {
  if (kind == "Fake") return std::make_unique<FakeCard>();
  if (kind == "RemoteFake") return std::make_unique<RemoteFakeCard>();
#ifdef SLUICE_SIM_PROGRAM
  if (kind == "Simulated") return std::make_unique<SimulatedCard>();
#endif
  std::abort();
}

const std::vector<std::string> kKinds = {
    "Fake",
    "RemoteFake",
#ifdef SLUICE_SIM_PROGRAM
    "Simulated",
#endif
};

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    card_ = make_card(GetParam());
    device_ = open();
  }
  std::unique_ptr<Device> open() {
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

INSTANTIATE_TEST_SUITE_P(Boards, Conformance, testing::ValuesIn(kKinds),
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

TEST_P(Conformance, ReadingARegisterTwiceGivesTheSameUnlessItCounts) {
  ASSERT_TRUE(device_);
  for (const std::uint32_t offset :
       {layout::kReg_magic, layout::kReg_abi_version, layout::kReg_build_id,
        layout::kReg_layout_hash, layout::kReg_status, layout::kReg_commits,
        layout::kReg_table_page, layout::kReg_punt_status, layout::kReg_inject_status}) {
    auto first = board().read(offset);
    auto second = board().read(offset);
    ASSERT_TRUE(first && second) << offset;
    EXPECT_EQ(*first, *second) << offset;
  }
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
  EXPECT_FALSE(write_entry(layout::kTable_services, 1, ones, kLive));
  EXPECT_FALSE(write_entry(layout::kTable_service_counters, 1, ones));
  auto entry = device_->read_entry<layout::kTable_services>(Device::Bank::live, 1);
  ASSERT_TRUE(entry) << "a refused access does not end the link";
  EXPECT_TRUE(layout::same_record(*entry, layout::Service{}));
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
  constexpr std::uint32_t kBehindPuntWindow = layout::kWindow_punt + layout::kWindowBytes_punt;
  const std::uint32_t unreadable[] = {
      layout::kReg_control,       layout::kReg_punt_pop, layout::kReg_inject_send,
      layout::kWindow_inject,     kBehindRegisters,      kBehindPuntWindow,
      layout::kWindow_inject + 4,
  };
  for (const std::uint32_t offset : unreadable) {
    auto value = board().read(offset);
    ASSERT_FALSE(value) << std::hex << offset;
    EXPECT_EQ(value.error().code, base::Errc::io) << std::hex << offset;
  }
  const std::uint32_t unwritable[] = {
      layout::kReg_magic,   layout::kReg_status, layout::kReg_inject_status,
      layout::kWindow_punt, kBehindRegisters,    kBehindPuntWindow,
  };
  for (const std::uint32_t offset : unwritable) {
    auto done = board().write(offset, 1);
    ASSERT_FALSE(done) << std::hex << offset;
    EXPECT_EQ(done.error().code, base::Errc::io) << std::hex << offset;
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
