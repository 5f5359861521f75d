// Registers and memories of a model that nothing sets begin at random.
#pragma once

#include <verilated.h>

#include <cstdint>

namespace sluice::rtl_test {

inline VerilatedContext* random_start(VerilatedContext* context, std::uint64_t seed) {
  context->randReset(2);
  context->randSeed(static_cast<int>(seed % 0x7fffffff) + 1);
  return context;
}

}  // namespace sluice::rtl_test
