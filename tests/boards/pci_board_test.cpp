// What goes wrong with a PCIe BAR is told apart and named. Files stand for BARs, and a folder for
// sysfs; trapped_bar.hpp is for what a working card does.
#include "driver/pci_board.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "driver/device.hpp"
#include "layout/describe.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

constexpr const char* kAddress = "0000:3b:00.0";
constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr uid_t kNobody = 65534;

// A sysfs with one device, an F2 card whose BAR 0 answers as Sluice's does when idle.
class PciBoardTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/sl-sysfs-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    ASSERT_EQ(chmod(name.c_str(), 0755), 0);
    write_device(kAddress, 0x1d0f, 0xf001);
    bar_.resize(layout::kApertureBytes / 4);
    set(layout::kReg_magic, layout::kMagic);
    set(layout::kReg_abi_version, layout::kAbiVersion);
    set(layout::kReg_layout_hash, layout::layout_hash());
    write_bar();
  }
  void TearDown() override { fs::remove_all(root_); }

  void write_device(const std::string& address, unsigned vendor, unsigned device) {
    const fs::path folder = root_ / address;
    fs::create_directories(folder);
    char line[16];
    std::snprintf(line, sizeof line, "0x%04x\n", vendor);
    std::ofstream(folder / "vendor") << line;
    std::snprintf(line, sizeof line, "0x%04x\n", device);
    std::ofstream(folder / "device") << line;
    write_config(address, vendor, 0x0006);
  }
  void write_config(const std::string& address, unsigned vendor, unsigned command) {
    std::string config(64, vendor == 0xffff ? '\xff' : '\0');
    config[0] = static_cast<char>(vendor & 0xff);
    config[1] = static_cast<char>(vendor >> 8);
    config[4] = static_cast<char>(command & 0xff);
    std::ofstream(root_ / address / "config", std::ios::binary) << config;
  }
  void set(std::uint32_t offset, std::uint32_t value) { bar_[offset / 4] = value; }
  std::string bar_path(unsigned bar = 0) const {
    return (root_ / kAddress / ("resource" + std::to_string(bar))).string();
  }
  // In place: what is mapped changes too.
  void write_bar(unsigned bar = 0, std::uint64_t offset_bytes = 0) {
    const int fd = ::open(bar_path(bar).c_str(), O_RDWR | O_CREAT, 0600);
    const auto bytes = static_cast<ssize_t>(4 * bar_.size());
    ASSERT_EQ(pwrite(fd, bar_.data(), 4 * bar_.size(), static_cast<off_t>(offset_bytes)), bytes);
    close(fd);
  }
  base::Result<std::unique_ptr<Board>> open(const std::string& name) const {
    const auto spec = parse_pci_bar(name);
    if (!spec) return spec.error();
    return PciBoard::open(*spec, root_.string());
  }
  Error open_fails(const std::string& name) const {
    auto board = open(name);
    if (!board) return board.error();
    ADD_FAILURE() << name << " was opened";
    return {};
  }
  Error device_fails() const {
    auto board = open(kAddress);
    if (!board) return board.error();
    auto device = Device::open(std::move(*board));
    if (!device) return device.error();
    ADD_FAILURE() << "a device was opened";
    return {};
  }

  fs::path root_;
  std::vector<std::uint32_t> bar_;
};

void expect(const Error& error, Errc code, const std::string& part) {
  EXPECT_EQ(error.code, code) << error.message();
  EXPECT_NE(error.what.find(part), std::string::npos) << error.message();
  EXPECT_TRUE(error.where.starts_with("pci:")) << error.where;
}

TEST_F(PciBoardTest, ADeviceIsNamedByItsAddress) {
  for (const std::string name : {"0000:3b:00.0", "3b:00.0", "0000:3B:00.0", "3B:00.0,bar=0"}) {
    auto board = open(name);
    ASSERT_TRUE(board) << board.error().message();
    EXPECT_EQ((*board)->name(), "pci:0000:3b:00.0");
    EXPECT_EQ(*(*board)->read(layout::kReg_magic), layout::kMagic);
  }
}

TEST_F(PciBoardTest, TheApertureMayBeginAnywhereInAnotherBar) {
  set(layout::kReg_scratch, 77);
  write_bar(2, 0x80000);
  for (const std::string offset : {"524288", "0x80000"}) {
    auto board = open(std::string(kAddress) + ",bar=2,offset=" + offset);
    ASSERT_TRUE(board) << board.error().message();
    EXPECT_EQ((*board)->name(), "pci:0000:3b:00.0,bar=2,offset=524288");
    EXPECT_EQ(*(*board)->read(layout::kReg_scratch), 77u);
  }
  auto by_path = open(bar_path(2) + ",offset=0x80000");
  ASSERT_TRUE(by_path) << by_path.error().message();
  EXPECT_EQ(*(*by_path)->read(layout::kReg_scratch), 77u);
}

TEST_F(PciBoardTest, NamesThatNameNothingSayWhatToWrite) {
  for (const std::string name :
       {"", ",bar=1", "3b:00", "3b:00.8", "x3b:00.0", "resource0", "3b:00.0,bar=6",
        "3b:00.0,bar=", "3b:00.0,bar", "3b:00.0,offset=2", "3b:00.0,offset=-4", "3b:00.0,offset=0x",
        "3b:00.0,", "3b:00.0,offset=99999999999999999999", "3b:00.0,slot=1", "./resource0,bar=1"}) {
    expect(open_fails(name), Errc::invalid, "write pci:CARD[,bar=N][,offset=BYTES]");
  }
}

TEST_F(PciBoardTest, NoSuchDeviceBarOrFileIsNotFound) {
  expect(open_fails("0000:99:00.0"), Errc::not_found, "sluice board list");
  std::ofstream(bar_path(4)) << "x";
  expect(open_fails("3b:00.0,bar=2"), Errc::not_found, "no BAR 2 (it has: 0, 4)");
  expect(open_fails("/nonexistent/resource0"), Errc::not_found, "name a resourceN of sysfs");
}

TEST_F(PciBoardTest, WhatCannotBeMappedIsInvalid) {
  expect(open_fails((root_ / kAddress).string()), Errc::invalid, "name a resourceN");
  expect(open_fails("/dev/null"), Errc::invalid, "name a resourceN");
}

TEST_F(PciBoardTest, WithoutPermissionItSaysToBecomeRoot) {
  const bool root = geteuid() == 0;
  ASSERT_EQ(chmod(bar_path().c_str(), root ? 0600 : 0000), 0);
  if (root) {
    ASSERT_EQ(seteuid(kNobody), 0);
  }
  auto board = open(kAddress);
  if (root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  ASSERT_FALSE(board);
  expect(board.error(), Errc::io, "run as root");
}

TEST_F(PciBoardTest, TooSmallABarIsIncompatible) {
  ASSERT_EQ(truncate(bar_path().c_str(), layout::kApertureBytes - 4), 0);
  expect(open_fails(kAddress), Errc::incompatible, "too small a BAR: 32764 bytes");
  expect(open_fails("3b:00.0,offset=4096"), Errc::incompatible, "from byte 4096 on");
  expect(open_fails("3b:00.0,offset=0xfffffffffffffffc"), Errc::incompatible, "too small");
  ASSERT_EQ(truncate(bar_path().c_str(), 0), 0);
  expect(open_fails(kAddress), Errc::incompatible, "too small a BAR: 0 bytes");
}

TEST_F(PciBoardTest, ACardInUseIsBusyUntilItIsFree) {
  auto first = open(kAddress);
  ASSERT_TRUE(first);
  expect(open_fails(kAddress), Errc::busy, "another program holds this card");
  expect(open_fails(bar_path()), Errc::busy, "stop it first");
  first->reset();
  EXPECT_TRUE(open(kAddress));
}

TEST_F(PciBoardTest, ADeviceThatDoesNotDecodeAddressesIsLinkDownAndSaysHowToEnableIt) {
  write_config(kAddress, 0x1d0f, 0x0004);
  const Error error = open_fails(kAddress);
  expect(error, Errc::link_down, "echo 1 > " + (root_ / kAddress / "enable").string());
  expect(error, Errc::link_down, "1d0f:f001");
  expect(open_fails(bar_path()), Errc::link_down, "echo 1 >");
}

TEST_F(PciBoardTest, ADeviceThatFellOffTheBusIsLinkDown) {
  write_config(kAddress, 0xffff, 0xffff);
  expect(open_fails(kAddress), Errc::link_down, "echo 1 > /sys/bus/pci/rescan");
}

TEST_F(PciBoardTest, AllOnesAreLinkDownAndTheNextStepFitsTheCard) {
  bar_.assign(bar_.size(), kAllOnes);
  write_bar();
  expect(device_fails(), Errc::link_down, "fpga-describe-local-image");
  write_device(kAddress, 0x10ee, 0x903f);
  expect(device_fails(), Errc::link_down, "load the card's image, then rescan the bus");
}

TEST_F(PciBoardTest, OtherContentsAreIncompatibleEachInItsWay) {
  set(layout::kReg_abi_version, layout::kAbiVersion + 0x10000);
  write_bar();
  expect(device_fails(), Errc::incompatible, "the card speaks register ABI 2.0");
  set(layout::kReg_magic, 0x12345678);
  write_bar();
  expect(device_fails(), Errc::incompatible, "register magic holds 0x12345678");
  bar_.assign(bar_.size(), 0);
  write_bar();
  expect(device_fails(), Errc::incompatible, "not a Sluice card: register magic holds 0x00000000");
}

TEST_F(PciBoardTest, AllOnesOfALiveCardAreData) {
  set(layout::kReg_cycles_lo, kAllOnes);
  write_bar();
  auto board = open(kAddress);
  ASSERT_TRUE(board);
  EXPECT_EQ(*(*board)->read(layout::kReg_cycles_lo), kAllOnes);
}

TEST_F(PciBoardTest, AWriteIsBlamedForWhatTheCardRefusesFromItOn) {
  set(layout::kReg_refused, 0xffff);  // by programs before
  write_bar();
  auto board = open(kAddress);
  ASSERT_TRUE(board);
  ASSERT_TRUE((*board)->write(layout::kReg_scratch, 1));
  set(layout::kReg_refused, 0);  // one more: it wraps
  write_bar();
  expect((*board)->write(layout::kReg_control, 1).error(), Errc::io, "register 0x0028");
  EXPECT_TRUE((*board)->write(layout::kReg_scratch, 2));
}

TEST_F(PciBoardTest, ACardThatDiesIsNoticedByReadsAndByWritesAndStaysDown) {
  for (const bool by_write : {false, true}) {
    write_bar();
    auto board = open(kAddress);
    ASSERT_TRUE(board) << board.error().message();
    ASSERT_TRUE((*board)->write(layout::kReg_scratch, 1));
    const auto alive = bar_;
    bar_.assign(bar_.size(), kAllOnes);
    write_bar();
    if (by_write) {
      expect((*board)->write(layout::kReg_scratch, 2).error(), Errc::link_down, "0xffffffff");
    } else {
      expect((*board)->read(layout::kReg_scratch).error(), Errc::link_down, "0xffffffff");
    }
    bar_ = alive;
    write_bar();
    expect((*board)->read(layout::kReg_scratch).error(), Errc::link_down, "lost before");
    expect((*board)->write(layout::kReg_scratch, 3).error(), Errc::link_down, "lost before");
  }
}

TEST_F(PciBoardTest, ABarThatVanishesDoesNotEndTheProgram) {
  for (const bool by_write : {false, true}) {
    write_bar();
    auto board = open(kAddress);
    ASSERT_TRUE(board) << board.error().message();
    ASSERT_TRUE((*board)->read(layout::kReg_magic));
    ASSERT_EQ(truncate(bar_path().c_str(), 0), 0);
    if (by_write) {
      expect((*board)->write(layout::kReg_scratch, 2).error(), Errc::link_down, "SIGBUS");
    } else {
      expect((*board)->read(layout::kReg_scratch).error(), Errc::link_down, "SIGBUS");
    }
    expect((*board)->read(layout::kReg_scratch).error(), Errc::link_down, "lost before");
  }
}

// Touches a mapping of a file that was cut.
void raise_bus_error() {
  std::FILE* file = std::tmpfile();
  const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* page = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fileno(file), 0);
  (void)*static_cast<volatile char*>(page);
}

using PciBoardDeathTest = PciBoardTest;

TEST_F(PciBoardDeathTest, ABusErrorElsewhereEndsTheProgramAsBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        auto board = open(kAddress);
        if (!board || !(*board)->read(layout::kReg_magic)) _exit(1);
        raise_bus_error();
      },
      testing::KilledBySignal(SIGBUS), "");
}

TEST_F(PciBoardDeathTest, ABusErrorElsewhereReachesTheHandlerThatWasThere) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr int kHandled = 7;
  EXPECT_EXIT(
      {
        std::signal(SIGBUS, [](int) { _exit(kHandled); });
        auto board = open(kAddress);
        if (!board || !(*board)->read(layout::kReg_magic)) _exit(1);
        raise_bus_error();
      },
      testing::ExitedWithCode(kHandled), "");
}

TEST_F(PciBoardTest, TheDevicesOfTheMachineAreListedByAddressWithWhatTheyAre) {
  write_device("0000:3b:00.1", 0x10ee, 0x505d);
  write_device("0000:01:00.0", 0x10ee, 0x1234);
  write_device("0000:02:00.0", 0x8086, 0x1521);
  write_config("0000:02:00.0", 0x8086, 0);
  fs::create_directories(root_ / "drivers" / "xocl");
  fs::create_symlink(root_ / "drivers" / "xocl", root_ / "0000:3b:00.1" / "driver");
  const auto devices = list_pci_devices(root_.string());
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 4u) << "the folder of drivers is no device";
  EXPECT_EQ((*devices)[0].address, "0000:01:00.0");
  EXPECT_EQ(known_card((*devices)[0]), "Xilinx FPGA");
  EXPECT_EQ(known_card((*devices)[1]), "") << "a network card";
  EXPECT_FALSE((*devices)[1].memory_enabled);
  EXPECT_EQ(known_card((*devices)[2]), "AWS F2");
  EXPECT_EQ(pci_ids((*devices)[2]), "1d0f:f001");
  EXPECT_TRUE((*devices)[2].memory_enabled);
  EXPECT_EQ((*devices)[2].kernel_driver, "");
  EXPECT_EQ(known_card((*devices)[3]), "Alveo U55C, user function");
  EXPECT_EQ((*devices)[3].kernel_driver, "xocl");
  EXPECT_EQ(list_pci_devices("/nonexistent").error().code, Errc::not_found);
}

}  // namespace
}  // namespace sluice::driver
