// What XRT throws, as a typed error that names the likely cause and the next step.
#pragma once

#include <exception>
#include <string>

#include "base/result.hpp"

namespace sluice::driver {

// What was asked of XRT when it threw.
enum class XrtStep { open_card, load_image, open_ip, access };

// XRT reports the errno of its driver as a std::system_error, of either sign; everything else has
// only a text. `where` is the board's name.
base::Error explain_xrt(XrtStep step, const std::exception& thrown, const std::string& where);

}  // namespace sluice::driver
