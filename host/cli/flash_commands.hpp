// `sluice flash` and `sluice board link|reset`: change a card, without a daemon.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace sluice::cli {

// The chosen command becomes `action`; `output` is the form that -o chose, read when it runs.
// `board link` and `board reset` join the command `board`, which must be there.
void add_flash_commands(CLI::App& app, const std::string& output, std::function<int()>& action);

}  // namespace sluice::cli
