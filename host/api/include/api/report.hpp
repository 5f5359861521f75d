// What the daemon knows, as the JSON of docs/daemon.md. Call on the loop's thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "daemon/daemon.hpp"

namespace sluice::api {

using Json = nlohmann::ordered_json;

Json status_report(daemon::Daemon& daemon);
// While the tables are read back; from any thread. No configuration and no counters of the host.
Json reading_back_report(const daemon::Daemon& daemon, unsigned percent);
Json config_report(daemon::Daemon& daemon);
// Counters are null while no card is attached.
Json services_report(daemon::Daemon& daemon);
Json backends_report(daemon::Daemon& daemon);
// What `sluice board info` says, of the card that the daemon holds.
base::Result<Json> card_report(daemon::Daemon& daemon);
base::Result<Json> stats_report(daemon::Daemon& daemon);

Json apply_report(const daemon::Daemon& daemon, const daemon::ApplyOutcome& outcome);
Json check_report(const model::Config& config);
Json error_report(const base::Error& error);
Json problems_report(const std::vector<model::Problem>& problems);

}  // namespace sluice::api
