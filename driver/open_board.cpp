#include "driver/open_board.hpp"

#include "driver/fake_board.hpp"
#include "driver/pci_board.hpp"
#include "driver/sim_board.hpp"
#include "driver/xrt_board.hpp"

namespace sluice::driver {

base::Result<std::unique_ptr<Board>> open_board(const std::string& board_name) {
  const auto colon = board_name.find(':');
  const std::string kind = board_name.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : board_name.substr(colon + 1);
  if (board_name == "fake") return std::unique_ptr<Board>(std::make_unique<FakeBoard>());
  if (kind == "sim" && !rest.empty()) {
    auto board = SimBoard::connect(rest);
    if (!board) return board.error();
    return std::unique_ptr<Board>(std::move(*board));
  }
  if (kind == "xrt" && !rest.empty()) return open_xrt_board(rest);
  if (kind == "pci" && !rest.empty()) {
    const auto spec = parse_pci_bar(rest);
    if (!spec) return spec.error();
    return PciBoard::open(*spec);
  }
  return base::Error{base::Errc::invalid,
                     "'" + board_name + "' names no board; write " + kBoardNames, ""};
}

}  // namespace sluice::driver
