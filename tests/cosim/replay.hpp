// Seed of a test and the command that runs the same test again.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>

#include "packet_gen/random.hpp"

namespace sluice::cosim {

// Prints the seed; SLUICE_SEED chooses it.
inline std::uint64_t announced_seed(std::uint64_t fallback) {
  const std::uint64_t seed = packet_gen::test_seed(fallback);
  std::cout << "seed " << seed << std::endl;
  return seed;
}

inline std::string replay(std::uint64_t seed, const char* program) {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return "\nreplay: SLUICE_SEED=" + std::to_string(seed) + " build/bin/" + program +
         " --gtest_filter='" + info->test_suite_name() + "." + info->name() + "'";
}

}  // namespace sluice::cosim
