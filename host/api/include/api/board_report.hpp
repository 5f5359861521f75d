// What a board says of itself, asked by the CLI or by the daemon that holds it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "driver/identity.hpp"

namespace sluice::api {

using Json = nlohmann::ordered_json;

Json shell_report(const driver::ShellStatus& shell);
// `shell`: if there is one.
Json board_info_report(const driver::DeviceInfo& info, const driver::DeviceStatus& now,
                       const std::optional<driver::ShellStatus>& shell = std::nullopt);

}  // namespace sluice::api
