// Runs all kernels of a batch against their native builds: fuzz_main CYCLES SEED. One line a
// kernel: name, packets, mismatches, the first mismatch in words.
#include <cstdio>
#include <cstdlib>

#include "cosim.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const uint64_t cycles = std::strtoull(argv[1], nullptr, 0);
  const uint64_t seed = std::strtoull(argv[2], nullptr, 0);
  hlsc_cosim::Model model = hlsc_cosim::make_model();
  for (const hlsc_cosim::Outcome& o : hlsc_cosim::run(&model, cycles, seed)) {
    std::printf("%s\t%llu\t%llu\t%s\n", o.kernel.c_str(),
                static_cast<unsigned long long>(o.packets),
                static_cast<unsigned long long>(o.mismatches), o.first.c_str());
  }
  return 0;
}
