// What `sluice board` tells of the cards of a machine.
#include "cli/board_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "driver/fake_board.hpp"
#include "layout/registers.hpp"

namespace sluice::cli {
namespace {

driver::PciDevice device(const char* address, std::uint16_t vendor, std::uint16_t id,
                         const char* kernel_driver = "") {
  return {address, vendor, id, kernel_driver, false, true};
}

TEST(BoardReport, NamesEachCardAsTheBoardOptionTakesIt) {
  auto disabled = device("0000:34:00.0", 0x1d0f, 0xf001);
  disabled.memory_enabled = false;
  auto gone = device("0000:5e:00.0", 0x10ee, 0x903f);
  gone.gone = true;
  const Json report = board_list_report({device("0000:02:00.0", 0x8086, 0x1521, "igb"), disabled,
                                         device("0000:3b:00.0", 0x10ee, 0x505c, "xclmgmt"),
                                         device("0000:3b:00.1", 0x10ee, 0x505d, "xocl"), gone});
  EXPECT_EQ(render_board_list(report),
            "ADDRESS       IDS        CARD                             DRIVER   STATE     BOARD\n"
            "0000:34:00.0  1d0f:f001  AWS F2                           -        disabled  "
            "pci:0000:34:00.0\n"
            "0000:3b:00.0  10ee:505c  Alveo U55C, management function  xclmgmt  ready     -\n"
            "0000:3b:00.1  10ee:505d  Alveo U55C, user function        xocl     ready     "
            "xrt:0000:3b:00.1,IMAGE\n"
            "0000:5e:00.0  10ee:903f  Xilinx FPGA                      -        gone      "
            "pci:0000:5e:00.0\n");
  EXPECT_TRUE(report.at("cards")[0].at("driver").is_null());
}

TEST(BoardReport, SaysThatThereIsNoCard) {
  EXPECT_EQ(render_board_list(board_list_report({})),
            "no Alveo, AWS F2 or other Xilinx card is on this machine's PCI bus\n");
}

TEST(BoardReport, TellsIdentityAndStateOfACardWithoutWritingToIt) {
  driver::FakeBoard fake;
  ASSERT_TRUE(fake.write(layout::kReg_scratch, 77));
  const auto info = driver::identify(fake);
  const auto now = driver::read_status(fake);
  ASSERT_TRUE(info && now);
  EXPECT_EQ(*fake.read(layout::kReg_scratch), 77u) << "the daemon's mark stays";
  const Json report = board_info_report(*info, *now);
  EXPECT_EQ(report.at("board"), "fake");
  EXPECT_EQ(report.at("abi"), "1.0");
  EXPECT_EQ(report.at("ring_slots"), layout::kRingSlots);
  EXPECT_EQ(report.at("idle"), true);
  EXPECT_NE(render_board_info(report).find("abi           1.0\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
