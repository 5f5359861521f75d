// What `sluice board` tells of the cards of a machine.
#include "cli/board_report.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "daemon/shared_board.hpp"
#include "driver/fake_board.hpp"
#include "layout/registers.hpp"
#include "layout/shell_registers.hpp"

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

// A BAR with a shell's registers behind the card's aperture.
class BoardWithShell : public driver::FakeBoard {
 public:
  base::Result<std::uint32_t> read_shell(std::uint32_t offset) override { return shell[offset]; }
  std::map<std::uint32_t, std::uint32_t> shell;
};

TEST(BoardReport, TellsWhatTheShellLost) {
  BoardWithShell board;
  board.shell = {{layout::kShellReg_shell_kind, 4}, {layout::kShellReg_tx_full, 2},
                 {layout::kShellReg_rx_lost_0, 10}, {layout::kShellReg_rx_lost_1, 11},
                 {layout::kShellReg_tx_lost_0, 12}, {layout::kShellReg_tx_lost_1, 13}};
  const auto shell = driver::read_shell_status(board);
  ASSERT_TRUE(shell.ok() && *shell);
  const Json report = board_info_report({}, {}, *shell);
  EXPECT_EQ(report.at("rx_lost"), Json({10, 11}));
  EXPECT_EQ(report.at("tx_lost"), Json({12, 13}));
  EXPECT_EQ(report.at("tx_full"), 2);
  EXPECT_NE(render_board_info(report).find("tx_lost         [12,13]"), std::string::npos);
  board.shell[layout::kShellReg_shell_kind] = 0xffffffff;
  EXPECT_FALSE(*driver::read_shell_status(board)) << "a link without one answers all ones";
  driver::FakeBoard bare;
  EXPECT_FALSE(*driver::read_shell_status(bare));
  EXPECT_FALSE(board_info_report({}, {}).contains("tx_lost"));
}

TEST(BoardReport, TellsWhatTheShellLostWhileTheDaemonHoldsTheCard) {
  auto card = std::make_unique<BoardWithShell>();
  card->shell = {{layout::kShellReg_shell_kind, 4}, {layout::kShellReg_rx_lost_1, 11}};
  daemon::SharedBoard held(std::move(card));
  const auto shell = driver::read_shell_status(held);
  ASSERT_TRUE(shell.ok() && *shell);
  EXPECT_EQ(board_info_report({}, {}, *shell).at("rx_lost"), Json({0, 11}));
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
  EXPECT_NE(render_board_info(report).find("abi             1.0\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
