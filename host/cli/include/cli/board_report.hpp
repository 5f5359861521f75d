// What `sluice board list|info` say, as JSON and for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/board_report.hpp"
#include "driver/pci_sysfs.hpp"

namespace sluice::cli {

using Json = nlohmann::ordered_json;

// Of a machine with these devices: those that may be cards.
Json board_list_report(const std::vector<driver::PciDevice>& devices);
std::string render_board_list(const Json& report);

using api::board_info_report;
std::string render_board_info(const Json& report);

}  // namespace sluice::cli
