// Instead of xrt_board.cpp in a build that finds no XRT.
#include "driver/xrt_board.hpp"

namespace sluice::driver {

base::Result<std::unique_ptr<Board>> open_xrt_board(const std::string& spec, bool,
                                                    const std::string&) {
  if (const auto name = parse_xrt_name(spec); !name) return name.error();
  return base::Error{base::Errc::not_found,
                     "this build leaves XRT out: install XRT's development files (Debian: "
                     "libxrt-dev) and build again",
                     "xrt:" + spec};
}

}  // namespace sluice::driver
