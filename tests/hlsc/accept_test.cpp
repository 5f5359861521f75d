// Every kernel of accept/, as hlsc compiled it, against its native build.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "cosim.hpp"

namespace {

constexpr uint64_t kCycles = 20000;

uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t value = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::printf("SLUICE_SEED=%llu\n", static_cast<unsigned long long>(value));
  return value;
}

TEST(Accept, EveryKernelsRtlEqualsItsNativeBuild) {
  hlsc_cosim::Model model = hlsc_cosim::make_model();
  ASSERT_FALSE(model.kernels.empty());
  for (const hlsc_cosim::Outcome& o : hlsc_cosim::run(&model, kCycles, seed())) {
    EXPECT_GT(o.packets, kCycles / 2) << o.kernel;
    EXPECT_EQ(o.mismatches, 0u) << o.kernel << ": " << o.first;
  }
}

// The comparison itself must be able to fail.
TEST(Accept, AWrongNativeResultIsNoticed) {
  hlsc_cosim::Model model = hlsc_cosim::make_model();
  hlsc_cosim::Kernel& kernel = model.kernels.front();
  const auto native = kernel.native;
  const size_t parameters = kernel.parameters.size();
  kernel.native = [=](void** args) {
    native(args);
    static_cast<uint8_t*>(args[parameters - 1])[0] ^= 1;
  };
  ASSERT_EQ(kernel.parameters.back().kind, hlsc_cosim::Parameter::kOutput);
  EXPECT_GT(hlsc_cosim::run(&model, 100, seed()).front().mismatches, 0u);
}

}  // namespace
