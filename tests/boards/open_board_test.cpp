// Boards by name: every kind, and what a wrong name is answered with.
#include "driver/open_board.hpp"

#include <gtest/gtest.h>

namespace sluice::driver {
namespace {

using base::Errc;

TEST(OpenBoard, KnowsEveryKind) {
  EXPECT_TRUE(open_board("fake"));
  EXPECT_EQ(open_board("sim:/nonexistent.sock").error().code, Errc::not_found);
  EXPECT_EQ(open_board("pci:/nonexistent/resource0").error().code, Errc::not_found);
  EXPECT_EQ(open_board("pci:ffff:ff:1f.7").error().code, Errc::not_found);
  EXPECT_EQ(open_board("xrt:0,/nonexistent.xclbin").error().code, Errc::not_found);
}

TEST(OpenBoard, SaysWhatIsMissingInANameOfAKnownKind) {
  EXPECT_EQ(open_board("xrt:0").error().code, Errc::invalid);
  EXPECT_EQ(open_board("pci:resource0").error().code, Errc::invalid);
}

TEST(OpenBoard, TakesAnOptionOnce) {
  for (const char* name : {"pci:0000:3b:00.0,bar=2,bar=2", "pci:0000:3b:00.0,offset=0,offset=64"}) {
    const auto checked = check_board_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_NE(checked.error().what.find("second of its kind"), std::string::npos);
  }
  EXPECT_TRUE(check_board_name("pci:0000:3b:00.0,offset=64,bar=2"));
}

TEST(OpenBoard, SaysWhatToWriteInsteadOfAWrongName) {
  for (const char* name : {"", "Fake", "fake:", "fake:1", "sim", "sim:", "pci",
                           "pci:", "xrt:", "usb:1", "0000:3b:00.0", "/run/sluice/sim.sock"}) {
    auto board = open_board(name);
    ASSERT_FALSE(board) << name;
    EXPECT_EQ(board.error().code, Errc::invalid) << name;
    for (const char* kind : {"sim:SOCKET", "xrt:CARD,IMAGE", "pci:CARD", "fake"}) {
      EXPECT_NE(board.error().what.find(kind), std::string::npos) << board.error().what;
    }
  }
}

}  // namespace
}  // namespace sluice::driver
