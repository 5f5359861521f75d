#include "board_commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/table.hpp"
#include "driver/identity.hpp"
#include "driver/open_board.hpp"
#include "output.hpp"

namespace sluice::cli {
namespace {

using Json = nlohmann::ordered_json;

// How a program would name the card: XRT's driver owns the functions that it is bound to.
std::string board_name(const driver::PciDevice& device) {
  const bool xrt = device.kernel_driver == "xocl";
  return xrt ? "xrt:" + device.address + ",IMAGE" : "pci:" + device.address;
}

// Why it would not answer; empty if nothing is seen against it.
std::string state(const driver::PciDevice& device) {
  if (device.gone) return "gone";
  return device.memory_enabled ? "ready" : "disabled";
}

int list(const std::string& output) {
  const auto devices = driver::list_pci_devices();
  if (!devices) return fail(output, devices.error());
  const Json report = board_list_report(*devices);
  if (output == "json") {
    print(report.dump(2) + "\n");
    return 0;
  }
  Table table({{"ADDRESS"}, {"IDS"}, {"CARD"}, {"DRIVER"}, {"STATE"}, {"BOARD"}});
  for (const Json& card : report.at("cards")) {
    if (output == "names") print(card.at("address").get<std::string>() + "\n");
    table.add({card.at("address"), card.at("ids"), card.at("card"),
               card.at("driver").is_null() ? "-" : card.at("driver").get<std::string>(),
               card.at("state"), card.at("board")});
  }
  if (output == "names") return 0;
  print(table.empty() ? "no Alveo, AWS F2 or other Xilinx card is on this machine's PCI bus\n"
                      : table.text());
  return 0;
}

Json info_report(const driver::DeviceInfo& info, const driver::DeviceStatus& now) {
  return {{"board", info.board},
          {"abi", fmt::format("{}.{}", info.abi_version >> 16, info.abi_version & 0xffff)},
          {"build_id", fmt::format("{:08x}", info.build_id)},
          {"layout_hash", fmt::format("{:08x}", info.layout_hash)},
          {"ports", info.ports},
          {"services", info.services},
          {"backends", info.backends},
          {"ring_slots", info.ring_slots},
          {"clock_khz", info.clock_khz},
          {"live_bank", now.live_bank},
          {"commits", now.commits},
          {"idle", now.idle},
          {"in_flight", now.in_flight},
          {"punt_waiting", now.punt_waiting},
          {"inject_free", now.inject_free},
          {"cycles", now.cycles},
          {"config_id", fmt::format("{:016x}", now.config_id)}};
}

int info(const std::string& name, const std::string& output) {
  const auto board = driver::open_board(name);
  if (!board) return fail(output, board.error());
  const auto identity = driver::identify(**board);
  if (!identity) return fail(output, identity.error());
  const auto now = driver::read_status(**board);
  if (!now) return fail(output, now.error());
  const Json report = info_report(*identity, *now);
  if (output == "json") {
    print(report.dump(2) + "\n");
    return 0;
  }
  std::string text;
  for (const auto& [key, value] : report.items()) {
    text += fmt::format("{:13} {}\n", key,
                        value.is_string() ? value.get<std::string>() : value.dump());
  }
  print(text);
  return 0;
}

}  // namespace

Json board_list_report(const std::vector<driver::PciDevice>& devices) {
  Json cards = Json::array();
  for (const driver::PciDevice& device : devices) {
    const std::string card = driver::known_card(device);
    if (card.empty()) continue;
    cards.push_back({{"address", device.address},
                     {"ids", driver::pci_ids(device)},
                     {"card", card},
                     {"driver", device.kernel_driver.empty() ? Json() : Json(device.kernel_driver)},
                     {"state", state(device)},
                     {"board", board_name(device)}});
  }
  return {{"cards", std::move(cards)}};
}

void add_board_commands(CLI::App& app, const std::string& output, std::function<int()>& action) {
  const auto name = std::make_shared<std::string>();
  CLI::App* board = app.add_subcommand("board", "cards; needs no daemon")->require_subcommand(1);
  board->add_subcommand("list", "cards on this machine's PCI bus")->callback([&action, &output] {
    action = [&output] { return list(output); };
  });
  CLI::App* info_command = board->add_subcommand("info", "who a card is and how it fares");
  info_command->add_option("BOARD", *name, driver::kBoardNames)->required();
  info_command->callback([&action, &output, name] {
    action = [&output, name] { return info(*name, output); };
  });
}

}  // namespace sluice::cli
