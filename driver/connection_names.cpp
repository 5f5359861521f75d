// Names of what the connection table counts and of an entry's states.
#include "driver/connections.hpp"

namespace sluice::driver {

const char* name(ConnectionCounter counter) {
  switch (counter) {
    case ConnectionCounter::inserted:
      return "inserted";
    case ConnectionCounter::renewed:
      return "renewed";
    case ConnectionCounter::untracked:
      return "untracked";
    case ConnectionCounter::reclaimed:
      return "reclaimed";
    case ConnectionCounter::swept:
      return "swept";
    case ConnectionCounter::spilled:
      return "spilled";
    case ConnectionCounter::moved:
      return "moved";
    case ConnectionCounter::swapped:
      return "swapped";
    case ConnectionCounter::aborted:
      return "aborted";
    case ConnectionCounter::resets:
      return "resets";
    case ConnectionCounter::clients_untracked:
      return "clients_untracked";
    case ConnectionCounter::evicted:
      return "evicted";
  }
  return "?";
}

const char* connection_state_name(std::uint8_t state) {
  switch (state) {
#define SLUICE_STATE_NAME(code, name, doc) \
  case code:                               \
    return #name;
    SLUICE_CONNECTION_STATES(SLUICE_STATE_NAME)
#undef SLUICE_STATE_NAME
    default:
      return "?";
  }
}

std::optional<std::uint8_t> parse_connection_state(std::string_view text) {
  for (std::uint8_t state = 1; state < layout::kConnectionStates; ++state) {
    if (text == connection_state_name(state)) return state;
  }
  return std::nullopt;
}

}  // namespace sluice::driver
