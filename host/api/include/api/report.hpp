// What the daemon knows, as the JSON of docs/daemon.md. Call on the loop's thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "daemon/daemon.hpp"

namespace sluice::api {

using Json = nlohmann::ordered_json;

Json status_report(daemon::Daemon& daemon);
Json config_report(daemon::Daemon& daemon);
// Counters are null while no card is attached.
Json services_report(daemon::Daemon& daemon);
Json backends_report(daemon::Daemon& daemon);
base::Result<Json> stats_report(daemon::Daemon& daemon);

Json apply_report(const daemon::Daemon& daemon, const daemon::ApplyOutcome& outcome);
Json check_report(const model::Config& config);
Json error_report(const base::Error& error);
Json problems_report(const std::vector<model::Problem>& problems);

}  // namespace sluice::api
