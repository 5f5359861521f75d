// The links of an Alveo card that runs an image.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "driver/card_lock.hpp"
#include "flash/last_good.hpp"
#include "flash/mac_link.hpp"
#include "flash/xrt_programmer.hpp"

namespace sluice::flash {

struct LinksRequest {
  std::string image;  // that the card runs; empty: the one it was flashed with from here
  std::string state_folder = kStateFolder;
  std::string lock_folder = driver::lock_folder();
  bool up = false;  // bring up those that are down
  bool rs_fec = true;
  std::chrono::milliseconds wait{5'000};
};

// Never changes the image. `busy`: somebody else does. `not_found`: the card has none, or its file
// is not known; `bad_image`: the file is of another.
base::Result<std::vector<MacLink>> xrt_links(XrtLayer& layer, const LinksRequest& request);

}  // namespace sluice::flash
