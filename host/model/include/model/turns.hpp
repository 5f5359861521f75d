// The order in which round robin takes backends: one period of nginx's smooth weighted round robin
// (in each round every member's credit grows by its weight; the one with most is taken and pays the
// sum of all weights).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::model {

// Weights (>= 1) whose sum is the shortest period that tells them apart, or the nearest of at most
// `limit` turns (Webster's method): each member keeps one at least. Needs limit >= weights.size().
std::vector<unsigned> turn_weights(std::span<const unsigned> weights, unsigned limit);

// Places into `weights`, one a turn; as many as the sum of turn_weights.
std::vector<std::uint16_t> smooth_turns(std::span<const unsigned> weights, unsigned limit);

}  // namespace sluice::model
