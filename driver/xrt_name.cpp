#include "driver/xrt_board.hpp"

namespace sluice::driver {

base::Result<XrtName> parse_xrt_name(const std::string& spec) {
  const auto comma = spec.find(',');
  if (comma == std::string::npos || comma == 0 || comma + 1 == spec.size()) {
    return base::Error{base::Errc::invalid,
                       "write 'xrt:CARD,IMAGE': CARD is an index (0) or a PCI address "
                       "(0000:3b:00.1), IMAGE an xclbin",
                       "xrt:" + spec};
  }
  return XrtName{spec.substr(0, comma), spec.substr(comma + 1)};
}

}  // namespace sluice::driver
