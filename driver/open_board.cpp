#include "driver/open_board.hpp"

#include "driver/fake_board.hpp"
#include "driver/pci_board.hpp"
#include "driver/sim_board.hpp"
#include "driver/xrt_board.hpp"

namespace sluice::driver {

namespace {

struct Name {
  std::string kind;
  std::string rest;  // behind the colon
};

Name split(const std::string& board_name) {
  const auto colon = board_name.find(':');
  if (colon == std::string::npos) return {board_name, ""};
  return {board_name.substr(0, colon), board_name.substr(colon + 1)};
}

}  // namespace

base::Result<void> check_board_name(const std::string& board_name) {
  const auto [kind, rest] = split(board_name);
  if (board_name == "fake") return {};
  if ((kind == "sim" || kind == "xrt") && !rest.empty()) return {};
  if (kind == "pci" && !rest.empty()) {
    const auto spec = parse_pci_bar(rest);
    if (!spec) return spec.error();
    return {};
  }
  return base::Error{base::Errc::invalid,
                     "'" + board_name + "' names no board; write " + kBoardNames, ""};
}

base::Result<std::unique_ptr<Board>> open_board(const std::string& board_name) {
  if (auto checked = check_board_name(board_name); !checked) return checked.error();
  const auto [kind, rest] = split(board_name);
  if (kind == "fake") return std::unique_ptr<Board>(std::make_unique<FakeBoard>());
  if (kind == "xrt") return open_xrt_board(rest);
  if (kind == "pci") return PciBoard::open(*parse_pci_bar(rest));
  auto board = SimBoard::connect(rest);
  if (!board) return board.error();
  return std::unique_ptr<Board>(std::move(*board));
}

}  // namespace sluice::driver
