// The board of kind xrt of a build without XRT.
#include <gtest/gtest.h>

#include "driver/xrt_board.hpp"

namespace sluice::driver {
namespace {

TEST(XrtAbsent, SaysThatThisBuildLeavesXrtOutAndNamesThePackages) {
  auto board = open_xrt_board("0,sluice.xclbin");
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, base::Errc::not_found);
  EXPECT_NE(board.error().message().find("libxrt-dev, uuid-dev"), std::string::npos);
  EXPECT_NE(board.error().message().find("xrt:0,sluice.xclbin"), std::string::npos);
}

}  // namespace
}  // namespace sluice::driver
