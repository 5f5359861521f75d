// Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4): which backend each slot of a ring goes
// to. Every backend takes its next preferred free slot in turn; a weight is turns a round.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::model {

struct MaglevMember {
  std::uint64_t identity;  // what the backend is (address, port), unique; not its place in a list
  unsigned weight;         // >= 1
};

// `slots` is prime. The result has `slots` places into `members`; it depends on the members'
// identities and weights only, not on their order. Empty when there are no members.
std::vector<std::uint16_t> maglev_table(std::span<const MaglevMember> members, unsigned slots);

bool is_prime(unsigned value);
// The primes around `value` (>= 2): the largest <= value, the smallest >= value.
unsigned prime_below(unsigned value);
unsigned prime_above(unsigned value);

}  // namespace sluice::model
