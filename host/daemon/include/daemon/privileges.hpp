// Gives up what the daemon does not need after set-up.
#pragma once

#include "base/result.hpp"

namespace sluice::daemon {

// Keeps CAP_NET_ADMIN (addresses, routes and neighbours of sluice0) and nothing else, empties the
// bounding set, and makes execve unable to gain anything (no_new_privs). Threads inherit this: call
// it before the first one.
base::Result<void> drop_privileges();

}  // namespace sluice::daemon
