#include "driver/open_board.hpp"

#include "driver/fake_board.hpp"
#include "driver/sim_board.hpp"
#include "driver/xrt_board.hpp"

namespace sluice::driver {

base::Result<std::unique_ptr<Board>> open_board(const std::string& board_name) {
  if (board_name == "fake") return std::unique_ptr<Board>(std::make_unique<FakeBoard>());
  if (board_name.starts_with("sim:") && board_name.size() > 4) {
    return SimBoard::connect(board_name.substr(4));
  }
  if (board_name.starts_with("xrt:")) return open_xrt_board(board_name.substr(4));
  return base::Error{base::Errc::invalid,
                     "unknown board '" + board_name +
                         "'; write 'sim:SOCKET' (a running sluice-sim), 'xrt:CARD,IMAGE' or 'fake'",
                     ""};
}

}  // namespace sluice::driver
