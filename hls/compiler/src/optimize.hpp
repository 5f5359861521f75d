// Rebuilds the graph for speed and size, with the delay model's arrival times at hand:
// dead nodes and bits go; chains of AND and OR become balanced trees; XOR sums become trees of
// 6-input XORs; sums become carry-save trees (6:3 and 3:2 compressors) and one adder; adders and
// comparators deeper than the target are split.
#pragma once

#include "design.hpp"

namespace hlsc {

void optimize(Design* design, int target_levels);

// For every node, which output bits anything needs.
std::vector<std::vector<char>> live_bits(const Design& design);

}  // namespace hlsc
