// `sluice board list|info`: cards, without a daemon.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace sluice::cli {

// The chosen command becomes `action`; `output` is the form that -o chose, read when it runs.
void add_board_commands(CLI::App& app, const std::string& socket, const std::string& output,
                        std::function<int()>& action);

}  // namespace sluice::cli
