// What a scheduler must do, each as a run with an oracle: the first difference, or nothing.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::sched {

// Turns of many services, asked for one by one and in consecutive cycles, among other packets: the
// order of nginx's smooth weighted round robin.
std::string turns_are_smooth(std::uint64_t seed, std::uint64_t cycles);
// Lists that grow, shrink and move while they are used.
std::string turns_follow_new_lists(std::uint64_t seed, std::uint64_t cycles);
// Every kind of event at full rate, then all counts.
std::string counts_are_exact(std::uint64_t seed, std::uint64_t cycles);
// What is not chosen by the service's scheduler follows the ring.
std::string the_rest_follows_the_ring(std::uint64_t seed, std::uint64_t cycles);

// Requests come in consecutive cycles, and counts change in all others.
enum class Changes : std::uint8_t {
  unreserved,     // no change loses its cycle: every choice is that of the counts 22 requests ago
  any,            // changes in three of four cycles: some come up to 8 cycles later
  with_removals,  // in one of two, and removals in one of four: up to 64 cycles later
};
// Of two services, one of 64 backends, one of few with response times.
std::string least_is_the_least(std::uint64_t seed, std::uint64_t cycles, Changes changes);
std::string pair_takes_the_lesser(std::uint64_t seed, std::uint64_t cycles, Changes changes);
// A burst on an idle service reaches all its backends.
std::string equal_loads_take_turns(std::uint64_t seed);
// From 24 cycles after its cost became 0 a backend is not chosen, and again when it has one.
std::string cost_zero_is_not_chosen(std::uint64_t seed);
std::string means_are_exact(std::uint64_t seed, std::uint64_t cycles);
std::string host_reads_what_it_wrote(std::uint64_t seed);

}  // namespace sluice::sched
