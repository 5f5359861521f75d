// What a program that began as root gives up.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace sluice::base {

// From now on this thread and those that it starts have no capabilities but `kept` (a set of
// 1 << CAP_..), in no set, and never get any (no_new_privs). Call it before the first thread
// starts.
Result<void> keep_capabilities(std::uint32_t kept);

}  // namespace sluice::base
