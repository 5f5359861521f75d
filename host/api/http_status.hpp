// Which status of HTTP an error is answered with.
#pragma once

#include "base/result.hpp"

namespace sluice::api {

int http_status(base::Errc code);

}  // namespace sluice::api
