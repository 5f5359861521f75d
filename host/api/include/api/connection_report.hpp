// What the daemon says of connections, as the JSON of docs/daemon.md.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "daemon/connections.hpp"

namespace sluice::api {

using Json = nlohmann::ordered_json;

// One row of a list. Names are null if the running configuration has them no more.
Json connection_json(const driver::Connection& entry, const daemon::ConnectionNames& names);

// How many connections of each state have how long to go.
class ConnectionAges {
 public:
  void add(const driver::Connection& entry);
  Json json() const;

 private:
  static constexpr std::array<std::uint32_t, 5> kLimitsS{10, 60, 300, 900, 3600};

  std::array<std::array<std::uint64_t, kLimitsS.size() + 1>, layout::kConnectionStates> counts_{};
};

// `ages`: null if nobody asked.
Json connection_stats_json(const daemon::ConnectionReport& report, const Json& ages);

}  // namespace sluice::api
