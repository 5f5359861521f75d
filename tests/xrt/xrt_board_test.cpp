// The board of kind xrt on Debian's unmodified XRT in hardware emulation. Runs under
// sluice-xrt-emu (tests/xrt/under_emulation.py), which names the board in SLUICE_TEST_BOARD.
#include "driver/xrt_board.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <thread>

#include "driver/device.hpp"
#include "driver/open_board.hpp"
#include "image/image.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using Clock = std::chrono::steady_clock;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) ADD_FAILURE() << name << " is not set: run this under_emulation.py";
  return value == nullptr ? "" : value;
}

std::string image_path() {
  const std::string board = environment("SLUICE_TEST_BOARD");
  return board.substr(board.find(',') + 1);
}

std::unique_ptr<Board> open_or_fail() {
  auto board = open_board(environment("SLUICE_TEST_BOARD"));
  if (!board) {
    ADD_FAILURE() << board.error().message();
    return nullptr;
  }
  return std::move(*board);
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

TEST(XrtBoard, OpensClosesAndOpensAgainWithoutTheEmulationsPauses) {
  for (int round = 0; round < 3; ++round) {
    auto start = Clock::now();
    auto board = open_or_fail();
    ASSERT_TRUE(board);
    const double open_ms = milliseconds_since(start);
    auto magic = board->read(layout::kReg_magic);
    ASSERT_TRUE(magic) << magic.error().message();
    EXPECT_EQ(*magic, layout::kMagic);
    start = Clock::now();
    board.reset();
    const double close_ms = milliseconds_since(start);
    std::printf("open %.0f ms, close %.0f ms\n", open_ms, close_ms);
    EXPECT_LT(open_ms + close_ms, 4000) << "XRT's own pauses are of 5 to 10 s";
  }
}

TEST(XrtBoard, AccessesReachTheCardAndAreCounted) {
  auto board = open_or_fail();
  ASSERT_TRUE(board);
  constexpr int kAccesses = 2000;
  auto start = Clock::now();
  for (std::uint32_t i = 0; i < kAccesses; ++i) ASSERT_TRUE(board->write(layout::kReg_scratch, i));
  const double write_us = milliseconds_since(start) * 1000 / kAccesses;
  EXPECT_EQ(*board->read(layout::kReg_scratch), static_cast<std::uint32_t>(kAccesses - 1));
  start = Clock::now();
  for (int i = 0; i < kAccesses; ++i) ASSERT_TRUE(board->read(layout::kReg_scratch));
  const double read_us = milliseconds_since(start) * 1000 / kAccesses;
  std::printf("write %.0f us, read %.0f us an access\n", write_us, read_us);
  EXPECT_GE(board->traffic().accesses, 2u * kAccesses);
}

TEST(XrtBoard, ARegisterThatHoldsAllOnesIsNoDeadCard) {
  auto board = open_or_fail();
  ASSERT_TRUE(board);
  ASSERT_TRUE(board->write(layout::kReg_scratch, 0xffffffff));
  auto value = board->read(layout::kReg_scratch);
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(*value, 0xffffffffu);
}

TEST(XrtBoard, TheHostsWholeDriverWorksOnIt) {
  auto device = Device::open(open_or_fail());
  ASSERT_TRUE(device) << device.error().message();
  layout::TableImages images = device->live();
  images.config[0].mac = 0x020000000001;
  images.services[3].valid = 1;
  images.services[3].ring_base = 10;
  images.services[3].ring_slots = 101;
  for (std::uint32_t i = 0; i < 101; ++i) {
    images.ring[10 + i].slot = static_cast<std::uint16_t>(layout::kRingSlotValid | i);
  }
  auto report = device->apply(images);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_TRUE(report->committed);
  auto slot = device->read_entry<layout::kTable_ring>(Device::Bank::live, 110);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->slot, layout::kRingSlotValid | 100);
  EXPECT_TRUE(device->send(0, std::vector<std::uint8_t>(60, 0xff)));
  EXPECT_TRUE(device->snapshot(std::vector<bool>(1), std::vector<bool>(1)));
}

// ---- wrong images and names

TEST(XrtBoard, AWrongImageIsRefusedBeforeXrtSeesIt) {
  const std::string good = image_path();
  const std::string wrong = good.substr(0, good.rfind('/')) + "/wrong.xclbin";
  std::ifstream from(good, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(from)), {});
  std::ifstream manifest(good + ".json", std::ios::binary);
  std::ofstream(wrong + ".json", std::ios::binary) << manifest.rdbuf();
  for (const std::string& text : {bytes.substr(0, 100), bytes.substr(0, bytes.size() - 1),
                                  std::string("xclbin2"), std::string()}) {
    std::ofstream(wrong, std::ios::binary | std::ios::trunc) << text;
    auto board = open_board("xrt:0," + wrong);
    ASSERT_FALSE(board);
    EXPECT_EQ(board.error().code, Errc::bad_image) << board.error().message();
  }
  auto absent = open_board("xrt:0," + good + ".absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::not_found) << absent.error().message();
}

TEST(XrtBoard, AnImageOfOtherTableLayoutsIsABadImage) {
  auto image = image::read_image(image_path());
  ASSERT_TRUE(image) << image.error().message();
  image->manifest.layout_hash ^= 1;
  const std::string path = image_path() + ".other.xclbin";
  auto written = image::write_image(path, image->xclbin, image->manifest);
  ASSERT_TRUE(written) << written.error().message();
  auto board = open_board("xrt:0," + path);
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, Errc::bad_image) << board.error().message();
}

TEST(XrtBoard, AnImageThatMissedTimingIsTakenOnlyWhereItRuns) {
  auto image = image::read_image(image_path());
  ASSERT_TRUE(image) << image.error().message();
  image->manifest.timing_met = false;
  image->xclbin.created_unix_s += 1;  // no image that a card runs
  image->xclbin.uuid = {};
  const std::string path = image_path() + ".slow.xclbin";
  auto written = image::write_image(path, image->xclbin, image->manifest);
  ASSERT_TRUE(written) << written.error().message();
  auto board = open_board("xrt:0," + path);
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, Errc::bad_image) << board.error().message();
  EXPECT_NE(board.error().what.find("did not meet timing"), std::string::npos);
  auto flashed = open_xrt_board("0," + path, true);
  ASSERT_TRUE(flashed) << flashed.error().message();
  EXPECT_EQ(*(*flashed)->read(layout::kReg_magic), layout::kMagic);
  flashed->reset();
  // Here a card runs an image as long as a program holds it, and no program may close it twice.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        auto holder = open_xrt_board("0," + path, true);
        auto again = open_board("xrt:0," + path);
        _exit(holder && again && *(*again)->read(layout::kReg_magic) == layout::kMagic ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(XrtBoard, ACardThatIsNotThereIsNotFound) {
  for (const char* card : {"0000:3b:00.1", "nonsense"}) {  // emulation takes every index
    auto board = open_board(std::string("xrt:") + card + "," + image_path());
    ASSERT_FALSE(board) << card;
    EXPECT_EQ(board.error().code, Errc::not_found) << board.error().message();
  }
}

// ---- a device that dies

pid_t bridge_pid() {
  pid_t pid = 0;
  std::ifstream("/tmp/" + environment("USER") + "/bridge.pid") >> pid;
  return pid;
}

pid_t simulator_pid() { return std::stoi(environment("SLUICE_TEST_SIM_PID")); }

struct Death {
  const char* name;
  pid_t (*victim)();
  int signal;  // SIGSTOP: it hangs
};

class DyingCard : public testing::TestWithParam<Death> {
 protected:
  void SetUp() override {
    board_ = open_or_fail();
    ASSERT_TRUE(board_);
    ASSERT_TRUE(board_->read(layout::kReg_cycles_lo));
  }
  void let_die() {
    died_ = Clock::now();
    ASSERT_EQ(kill(GetParam().victim(), GetParam().signal), 0);
  }
  // Whatever is asked of the board, and that it closes; 5 s after the death at most.
  void expect_link_down(const base::Error& first) {
    EXPECT_EQ(first.code, Errc::link_down) << first.message();
    const auto value = board_->read(layout::kReg_cycles_lo);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::link_down) << value.error().message();
    const std::vector<std::uint32_t> words(200);
    const auto block = board_->write_block(layout::kReg_scratch, std::span(words).first(1));
    ASSERT_FALSE(block);
    EXPECT_EQ(block.error().code, Errc::link_down) << block.error().message();
    const auto table = board_->write_table(layout::kTable_ring << 24, words);
    ASSERT_FALSE(table);
    EXPECT_EQ(table.error().code, Errc::link_down) << table.error().message();
    board_.reset();
    const double took_ms = milliseconds_since(died_);
    std::printf("link down and closed after %.0f ms\n", took_ms);
    EXPECT_LT(took_ms, 5000);
  }

  std::unique_ptr<Board> board_;
  Clock::time_point died_;
};

INSTANTIATE_TEST_SUITE_P(Xrt, DyingCard,
                         testing::Values(Death{"SimulatorKilled", simulator_pid, SIGKILL},
                                         Death{"SimulatorHangs", simulator_pid, SIGSTOP},
                                         Death{"DeviceProcessKilled", bridge_pid, SIGKILL},
                                         Death{"DeviceProcessHangs", bridge_pid, SIGSTOP}),
                         [](const auto& death) { return death.param.name; });

TEST_P(DyingCard, EndsInLinkDown) {
  ASSERT_NO_FATAL_FAILURE(let_die());
  base::Result<std::uint32_t> value = board_->read(layout::kReg_cycles_lo);
  while (value.ok() && milliseconds_since(died_) < 5000) {
    value = board_->read(layout::kReg_cycles_lo);
  }
  ASSERT_FALSE(value);
  expect_link_down(value.error());
}

TEST_P(DyingCard, EndsInLinkDownInTheMiddleOfABulkLoad) {
  const std::vector<std::uint32_t> words(layout::kRingSlots / 2);
  std::thread killer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    let_die();
  });
  base::Result<void> loaded;
  for (int i = 0; loaded.ok() && i < 100; ++i) {
    loaded = board_->write_table(layout::kTable_ring << 24, words);
  }
  killer.join();
  ASSERT_FALSE(loaded);
  expect_link_down(loaded.error());
}

TEST(XrtDeadCard, CannotBeOpened) {
  ASSERT_EQ(kill(bridge_pid(), SIGKILL), 0);
  const auto start = Clock::now();
  auto device = Device::open(open_or_fail());
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, Errc::link_down) << device.error().message();
  EXPECT_LT(milliseconds_since(start), 5000);
}

}  // namespace
}  // namespace sluice::driver
