// `sluice board list|info`: cards, without a daemon.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "driver/pci_sysfs.hpp"

namespace CLI {
class App;
}

namespace sluice::cli {

// The chosen command becomes `action`; `output` is the form that -o chose, read when it runs.
void add_board_commands(CLI::App& app, const std::string& output, std::function<int()>& action);

// What `board list` says of a machine with these devices: those that may be cards.
nlohmann::ordered_json board_list_report(const std::vector<driver::PciDevice>& devices);

}  // namespace sluice::cli
