#include "driver/open_board.hpp"

#include <filesystem>
#include <utility>

#include "driver/card_lock.hpp"
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

// A file that is no device's has no lock.
base::Result<std::unique_ptr<Board>> open_pci_board(const PciBarSpec& spec) {
  const bool is_path = spec.card.find('/') != std::string::npos;
  const auto address = pci_address(
      is_path ? std::filesystem::path(spec.card).parent_path().filename().string() : spec.card);
  CardLock lock;
  if (address) {
    auto shared = CardLock::share(lock_folder(), *address);
    if (!shared) return shared.error();
    lock = std::move(*shared);
  }
  auto board = PciBoard::open(spec);
  if (board) (*board)->hold(std::move(lock));
  return board;
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

base::Result<std::unique_ptr<Board>> open_board(const std::string& board_name, BoardUse use) {
  if (auto checked = check_board_name(board_name); !checked) return checked.error();
  const auto [kind, rest] = split(board_name);
  if (kind == "fake") return std::unique_ptr<Board>(std::make_unique<FakeBoard>());
  if (kind == "xrt") return open_xrt_board(rest, false, lock_folder());
  if (kind == "pci") return open_pci_board(*parse_pci_bar(rest));
  auto board = SimBoard::connect(rest);
  if (!board) return board.error();
  if (use == BoardUse::own) {
    if (auto owned = (*board)->own(); !owned) return owned.error();
  }
  return std::unique_ptr<Board>(std::move(*board));
}

}  // namespace sluice::driver
