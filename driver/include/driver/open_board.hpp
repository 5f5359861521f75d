// A board by what a person calls it. Only programs name boards; everything else takes a Board.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "driver/board.hpp"

namespace sluice::driver {

// What open_board takes, for help texts; docs/boards.md is the manual.
inline constexpr const char* kBoardNames =
    "sim:SOCKET (simulated card), xrt:CARD,IMAGE (Alveo through XRT), "
    "pci:CARD[,bar=N][,offset=BYTES] (PCIe BAR) or fake (in memory, forwards nothing)";

// Invalid: no board can have this name. Touches nothing.
base::Result<void> check_board_name(const std::string& board_name);

// To own a card: nobody else does at the same time, and `busy` names who does. To look: reads
// alone; a simulated card allows it beside its owner, the others do not.
enum class BoardUse : std::uint8_t { own, look };

// A real card's lock (driver/card_lock.hpp) is shared as long as its board is open: `busy` while
// `sluice flash` changes it, and `sluice flash` finds it busy.
base::Result<std::unique_ptr<Board>> open_board(const std::string& board_name,
                                                BoardUse use = BoardUse::own);

}  // namespace sluice::driver
