// `sluice conn ...`: the connections that the card remembers.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace sluice::cli {

// The chosen command becomes `action`; socket and form of output are read when it runs.
void add_conn_commands(CLI::App& app, const std::string& socket, const std::string& output,
                       std::function<int()>& action);

}  // namespace sluice::cli
