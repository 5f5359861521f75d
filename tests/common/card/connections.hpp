// Puts the connection table of a simulated card to use the short way.
#pragma once

#include "sim/sim_card.hpp"

namespace sluice::card_test {

// The secret, which is none.
std::uint32_t connection_round_key(std::uint32_t round);

// With that secret. The card has stored nothing since it was made, so this takes as long
// as its counts need to be cleared. Aborts with a message if the card refuses.
void put_connections_to_use(sim::SimCard& card);

}  // namespace sluice::card_test
