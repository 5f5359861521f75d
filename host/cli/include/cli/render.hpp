// The API's answers as text for people. `previous` of stats is an earlier answer: rates are shown
// besides the sums.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sluice::cli {

using Json = nlohmann::ordered_json;

std::string render_status(const Json& status);
std::string render_services(const Json& services);
std::string render_backends(const Json& backends);
// "web  10.9.0.1:80 tcp  dnat, maglev, hash tuple  up"
std::string render_service_line(const Json& service);
std::string render_show(const Json& status, const Json& services, const Json& backends);
std::string render_stats(const Json& stats, const Json* previous, bool all_reasons);
std::string render_apply(const Json& outcome);

// "error: ..." with the problems of a configuration one a line; for stderr.
std::string render_error(const Json& reply);

}  // namespace sluice::cli
