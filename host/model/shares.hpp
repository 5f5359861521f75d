// Table `shares`: what schedulers that compare loads know of a backend.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/plan.hpp"

namespace sluice::model {

// The largest cost of a service: the load of 2^19 connections still fits the card's 36 bits.
inline constexpr std::uint32_t kLargestCost = 1u << 17;

// Inverses of `weights` (>= 1) in one scale, in which the least weight costs about kLargestCost:
// exact if their least common multiple allows, else rounded.
std::vector<std::uint32_t> costs(std::span<const unsigned> weights);

// Fills images.shares. Backends that take no new connections cost 0 and keep what else `live` says
// of them; the others keep their column in their service while they live. A column of a backend
// that has left is given away only when no other is free.
void fill_shares(const Config& config, const layout::TableImages& live, Plan& plan);

}  // namespace sluice::model
