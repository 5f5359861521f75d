// A board by what a person calls it. Only programs name boards; everything else takes a Board.
#pragma once

#include <memory>
#include <string>

#include "driver/board.hpp"

namespace sluice::driver {

// "sim:SOCKET" (the simulated card), "xrt:CARD,IMAGE" (an Alveo card) or "fake" (in memory,
// forwards nothing).
base::Result<std::unique_ptr<Board>> open_board(const std::string& board_name);

}  // namespace sluice::driver
