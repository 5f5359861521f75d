// The API's requests about the card's connections. What may be long is answered line by line, one
// JSON value each, while the daemon does its other work between the steps (docs/daemon.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "daemon/daemon.hpp"

namespace httplib {
class Server;
}

namespace sluice::api {

// Runs work on the daemon's thread and waits for its end; an error: it was not run, or goes on.
using OnLoop = std::function<std::optional<base::Error>(daemon::Loop::Order,
                                                        std::function<void(daemon::Daemon&)>)>;

// Returns the paths.
std::vector<std::string> add_connection_routes(httplib::Server& http, const OnLoop& on_loop);

}  // namespace sluice::api
