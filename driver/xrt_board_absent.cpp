// Instead of xrt_board.cpp in a build that leaves XRT out (SLUICE_XRT=OFF).
#include "driver/xrt_board.hpp"

namespace sluice::driver {

base::Result<std::unique_ptr<Board>> open_xrt_board(const std::string& spec, bool,
                                                    const std::string&) {
  if (const auto name = parse_xrt_name(spec); !name) return name.error();
  return base::Error{base::Errc::not_found,
                     "this build leaves XRT out (SLUICE_XRT=OFF): install XRT's development "
                     "files (Debian: libxrt-dev, uuid-dev) and configure it with -DSLUICE_XRT=ON",
                     "xrt:" + spec};
}

}  // namespace sluice::driver
