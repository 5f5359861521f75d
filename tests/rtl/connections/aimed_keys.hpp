// Keys that an attacker would choose who knows the round keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "keys.hpp"

namespace sluice::conn {

// Their buckets in all four subtables are among the first 2^`bits` of 2^`bucket_bits`. With a
// `service`: only keys of it, one in 4,096.
std::vector<std::uint64_t> aimed_keys(std::uint32_t bucket_bits, std::uint32_t bits,
                                      std::size_t count, const RoundKeys& round_keys,
                                      std::optional<std::uint32_t> service = {});

}  // namespace sluice::conn
