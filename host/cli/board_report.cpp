#include "cli/board_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/table.hpp"

namespace sluice::cli {
namespace {

// How --board names it; empty for a management function, which has no registers of ours. XRT's
// driver owns the functions that it is bound to.
std::string board_name(const driver::PciDevice& device, const std::string& card) {
  if (card.ends_with("management function")) return "";
  const bool xrt = device.kernel_driver == "xocl";
  return xrt ? "xrt:" + device.address + ",IMAGE" : "pci:" + device.address;
}

std::string state(const driver::PciDevice& device) {
  if (device.gone) return "gone";
  return device.memory_enabled ? "ready" : "disabled";
}

std::string or_dash(const Json& text) { return text.is_null() ? "-" : text.get<std::string>(); }

}  // namespace

Json board_list_report(const std::vector<driver::PciDevice>& devices) {
  Json cards = Json::array();
  for (const driver::PciDevice& device : devices) {
    const std::string card = driver::known_card(device);
    if (card.empty()) continue;
    const std::string board = board_name(device, card);
    cards.push_back({{"address", device.address},
                     {"ids", driver::pci_ids(device)},
                     {"card", card},
                     {"driver", device.kernel_driver.empty() ? Json() : Json(device.kernel_driver)},
                     {"state", state(device)},
                     {"board", board.empty() ? Json() : Json(board)}});
  }
  return {{"cards", std::move(cards)}};
}

std::string render_board_list(const Json& report) {
  Table table({{"ADDRESS"}, {"IDS"}, {"CARD"}, {"DRIVER"}, {"STATE"}, {"BOARD"}});
  for (const Json& card : report.at("cards")) {
    table.add({card.at("address"), card.at("ids"), card.at("card"), or_dash(card.at("driver")),
               card.at("state"), or_dash(card.at("board"))});
  }
  return table.empty() ? "no Alveo, AWS F2 or other Xilinx card is on this machine's PCI bus\n"
                       : table.text();
}

std::string render_board_info(const Json& report) {
  std::string text;
  for (const auto& [key, value] : report.items()) {
    text +=
        fmt::format("{:15} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

}  // namespace sluice::cli
