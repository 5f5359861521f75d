#include "board_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "api/client.hpp"
#include "cli/board_report.hpp"
#include "driver/open_board.hpp"
#include "output.hpp"

namespace sluice::cli {
namespace {

int list(const std::string& output) {
  const auto devices = driver::list_pci_devices();
  if (!devices) return fail(output, devices.error());
  const Json report = board_list_report(*devices);
  if (output == "names") {
    for (const Json& card : report.at("cards")) {
      print(card.at("address").get<std::string>() + "\n");
    }
  } else {
    print(output == "json" ? report.dump(2) + "\n" : render_board_list(report));
  }
  return 0;
}

base::Result<Json> ask_board(driver::Board& board) {
  const auto identity = driver::identify(board);
  if (!identity) return identity.error();
  const auto now = driver::read_status(board);
  if (!now) return now.error();
  const auto shell = driver::read_shell_status(board);
  if (!shell) return shell.error();
  return board_info_report(*identity, *now, *shell);
}

// A card that is held is asked through the daemon, if that is who holds it.
std::optional<Json> ask_daemon(const std::string& socket, const std::string& name) {
  const auto reply = api::Client(socket).get("/v1/card");
  if (!reply || reply->http_status != 200) return std::nullopt;
  Json report = Json::parse(reply->body, nullptr, false);
  if (!report.is_object() || report.value("board", "") != name) return std::nullopt;
  return report;
}

int info(const std::string& name, const std::string& socket, const std::string& output) {
  const auto board = driver::open_board(name, driver::BoardUse::look);
  std::optional<Json> report;
  if (board) {
    auto asked = ask_board(**board);
    if (!asked) return fail(output, asked.error());
    report = std::move(*asked);
  } else {
    if (board.error().code == base::Errc::busy) report = ask_daemon(socket, name);
    if (!report) return fail(output, board.error());
  }
  print(output == "json" ? report->dump(2) + "\n" : render_board_info(*report));
  return 0;
}

}  // namespace

void add_board_commands(CLI::App& app, const std::string& socket, const std::string& output,
                        std::function<int()>& action) {
  const auto name = std::make_shared<std::string>();
  CLI::App* board = app.add_subcommand("board", "cards; needs no daemon")->require_subcommand(1);
  board->add_subcommand("list", "cards on this machine's PCI bus")->callback([&action, &output] {
    action = [&output] { return list(output); };
  });
  CLI::App* info_command = board->add_subcommand("info", "who a card is and how it fares");
  info_command->add_option("BOARD", *name, driver::kBoardNames)->required();
  info_command->callback([&action, &socket, &output, name] {
    action = [&socket, &output, name] { return info(*name, socket, output); };
  });
}

}  // namespace sluice::cli
