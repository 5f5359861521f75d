#include "base/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace sluice::base {
namespace {

bool is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }
Fd open_null() { return Fd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(Fd, ClosesOnceAtTheEndOfItsLife) {
  int number = -1;
  {
    const Fd fd = open_null();
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, MovesItsDescriptorAndClosesTheOneItHeld) {
  Fd from = open_null();
  Fd to = open_null();
  const int kept = from.get();
  const int closed = to.get();
  to = std::move(from);
  EXPECT_EQ(to.get(), kept);
  EXPECT_TRUE(is_open(kept));
  EXPECT_FALSE(is_open(closed));
}

TEST(Fd, ReleasesWithoutClosing) {
  Fd fd = open_null();
  const int number = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(number));
  close(number);
}

}  // namespace
}  // namespace sluice::base
