// Instead of xrt_layer.cpp in a build that leaves XRT out (SLUICE_XRT=OFF).
#include "flash/xrt_programmer.hpp"

namespace sluice::flash {

base::Result<std::unique_ptr<XrtLayer>> open_xrt_layer(const std::string& card) {
  return base::Error{base::Errc::not_found,
                     "this build leaves XRT out (SLUICE_XRT=OFF): install XRT's development "
                     "files (Debian: libxrt-dev, uuid-dev) and configure it with -DSLUICE_XRT=ON",
                     "xrt:" + card};
}

}  // namespace sluice::flash
