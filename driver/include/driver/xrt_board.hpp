// An Alveo card through Xilinx XRT's native C++ API.
#pragma once

#include <memory>
#include <string>

#include "driver/board.hpp"

namespace sluice::driver {

struct XrtName {
  std::string card;   // index or PCI address
  std::string image;  // path
};

// "CARD,IMAGE"; also in a build without XRT.
base::Result<XrtName> parse_xrt_name(const std::string& spec);

// `spec` is "CARD,IMAGE": an index or a PCI address, and an xclbin. Checks the image, has XRT load
// it (XRT leaves a card alone that already runs it, so tables survive a restart of the host) and
// opens the card's registers for this program alone. As behind any PCIe link a register that the
// card refuses reads as 0xffffffff. Writes are posted; each write or block of writes ends with a
// read of register `refused`, and another count than before is `io`.
//
// An image that did not meet timing is loaded only if the card runs it already (whoever flashed it
// has decided), or with `accept_missed_timing`.
//
// Unless `lock_folder` is empty the card's lock there is shared as long as the board is open, and a
// card whose image is being changed is `busy`. Empty: the caller has the lock.
//
// Errors: invalid (no such form), bad_image, not_found, busy, program_failed, hung, io; link_down
// once every read answers 0xffffffff. A build without XRT answers not_found and names the package.
base::Result<std::unique_ptr<Board>> open_xrt_board(const std::string& spec,
                                                    bool accept_missed_timing = false,
                                                    const std::string& lock_folder = "");

}  // namespace sluice::driver
