// What `sluice conn` says, for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sluice::cli {

using Json = nlohmann::ordered_json;

// Columns of a fixed width, so that a million lines need not be seen before the first is written.
std::string conn_list_title();
std::string render_conn(const Json& row);
// "tcp 192.0.2.7:40000 10.9.0.1:80"
std::string conn_name(const Json& row);

std::string render_conn_stats(const Json& stats);
std::string render_conn_restore(const Json& report);

}  // namespace sluice::cli
