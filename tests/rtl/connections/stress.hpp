// Traffic that makes the table's hazards likely: few keys in bursts, everything mixed.
#pragma once

#include <cstdint>
#include <string>

#include "table_driver.hpp"

namespace sluice::conn {

struct Stress {
  std::uint64_t seed = 1;
  std::uint64_t operations = 100'000;
  std::uint64_t keys = 200;
  std::uint32_t epoch_cycles = 100;  // least TableDriver::kEpochCycles
  std::uint64_t first_epoch = 0;
  std::uint32_t most_timeout = 6;
  double new_share = 0.1;  // of operations with a key of no one else
  double host_share = 0.03;
  double read_share = 0.02;
  bool sweeps = true;  // switched on and off
  bool gone = true;
  bool press = true;  // on and off
};

struct Outcome {
  std::string difference;  // empty: none
  std::string summary;
  Counters counters;
  std::uint64_t not_stored = 0, reclaimed = 0, renewed = 0, resets = 0, ignored_gone = 0,
                sweeps = 0, evictions = 0;
};

RoundKeys random_round_keys(std::uint64_t seed);

// Traffic, then all contents compared, every key looked up, and everything expired.
Outcome run_stress(const Stress& stress);

}  // namespace sluice::conn
