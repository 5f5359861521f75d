// What a scheduler must do, each as a run with an oracle: the first difference, or nothing.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::sched {

// Turns of many services, asked for one by one and in consecutive cycles, among other packets: the
// order of nginx's smooth weighted round robin.
std::string turns_are_smooth(std::uint64_t seed, std::uint64_t cycles);
// Every kind of event at full rate, then all counts.
std::string counts_are_exact(std::uint64_t seed, std::uint64_t cycles);
// What is not chosen by the service's scheduler follows the ring.
std::string the_rest_follows_the_ring(std::uint64_t seed, std::uint64_t cycles);
std::string host_reads_what_it_wrote(std::uint64_t seed);

}  // namespace sluice::sched
