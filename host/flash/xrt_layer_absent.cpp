// Instead of xrt_layer.cpp in a build that finds no XRT.
#include "flash/xrt_programmer.hpp"

namespace sluice::flash {

base::Result<std::unique_ptr<XrtLayer>> open_xrt_layer(const std::string& card) {
  return base::Error{base::Errc::not_found,
                     "this build leaves XRT out: install XRT's development files (Debian: "
                     "libxrt-dev) and build again",
                     "xrt:" + card};
}

}  // namespace sluice::flash
