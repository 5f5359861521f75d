// Places every node in a pipeline stage so that no path between two registers is deeper than the
// target, by the delay model of lut_mapper.hpp, then moves nodes later where that saves registers.
#pragma once

#include "design.hpp"

namespace hlsc {

constexpr int kDead = -1;

struct Schedule {
  int stages = 0;          // logic stages; outputs are registered after the last
  std::vector<int> stage;  // by node; kDead if nothing needs it
  std::vector<int> level;  // by node: LUT levels from the stage's registers
  std::vector<std::vector<char>> live;
  std::vector<char> stable;                // by node: depends on stable inputs only
  std::vector<std::vector<int>> last_use;  // by node and bit: last stage that reads it, -1 none
  std::vector<int> stage_levels;           // by stage: deepest level
  std::vector<long> stage_register_bits;   // by stage: bits registered at its end
  long register_bits = 0;
  int settle_cycles = 0;  // registers in a row between a stable input and its last user
  int latency() const { return stages; }
  // First stage in which the result of the node can be read.
  int available(const Node& node, int n) const {
    return stage[static_cast<size_t>(n)] + node.latency;
  }
};

Schedule schedule(Design* design, int target_levels);

}  // namespace hlsc
