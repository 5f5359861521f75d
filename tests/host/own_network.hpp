// A network namespace of the test's own. It has no name and dies with the process, so a failing
// test leaves nothing behind.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace sluice::test {

// Moves this process (each ctest entry is one) into a fresh namespace with loopback up.
inline void enter_own_network() {
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0) << std::strerror(errno) << ": run the tests as root";
  ASSERT_EQ(std::system("ip link set lo up"), 0);
}

inline void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace sluice::test
