// The scheduler's core: the earliest stage of each node, with levels from the delay model.
#pragma once

#include "lut_mapper.hpp"
#include "schedule.hpp"

namespace hlsc {

class Placer {
 public:
  Placer(const Design& design, int target, Schedule* schedule);

  // Places every node as early as its operands and `minimum` allow.
  void place_all(const std::vector<int>& minimum);

  // Computes the levels for the stages as they are; returns the nodes that are too deep.
  std::vector<int> relabel();

 private:
  void reset();
  void find_stable();
  void place(int n, int minimum);
  int earliest(int n) const;
  int map_node(int n, int stage);  // deepest level of the node if it is in `stage`
  LutMapper::Var operand(const Bit& b, int stage);
  LutMapper::Var register_leaf(const Bit& b);
  int limit(int n) const;  // deepest level the node may have

  const Design& d_;
  const Graph& g_;
  int target_;
  Schedule& s_;
  LutMapper mapper_;
  std::vector<std::vector<LutMapper::Var>> vars_;    // the value in the stage that makes it
  std::vector<std::vector<LutMapper::Var>> leaves_;  // the value out of a register
};

}  // namespace hlsc
