// The daemon's API: JSON over HTTP on a Unix socket that only root can open.
//
// Paths begin with /v1/; docs/daemon.md lists them. Bodies are at most kMaxConfigBytes, headers and
// paths at most 8 KiB, at most kApiThreads requests at a time. A request that does not come in
// time, that cannot be begun in time, or whose client has gone is never begun.
#pragma once

#include <memory>
#include <string>

#include "api/limits.hpp"
#include "base/result.hpp"
#include "daemon/daemon.hpp"

namespace sluice::api {

class Server {
 public:
  // What bind would say of the path, before anything else is done.
  static base::Result<void> check_place(const std::string& socket_path);

  // Binds the socket (mode 0600), replacing one that nobody answers on. Busy: somebody does.
  static base::Result<std::unique_ptr<Server>> bind(const std::string& socket_path,
                                                    daemon::Daemon& daemon,
                                                    const Limits& limits = {});
  virtual ~Server() = default;  // stops; the daemon's loop must still run or have been stopped

  virtual void start() = 0;  // answers on threads of its own
};

}  // namespace sluice::api
