// The device process that XRT's hardware emulation talks to: its socket, and the sessions on it.
//
// A session is one opened card of one host program; several may be open. XRT removes the socket's
// file when it closes a card, so the bridge looks for the file and listens anew.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "emulated_card.hpp"

namespace sluice::sim::xrt {

class Bridge {
 public:
  static constexpr std::size_t kMaxSessions = 8;

  // `socket_path`: /tmp/$USER/$EMULATION_SOCKETID of the host programs.
  Bridge(std::string socket_path, EmulatedCard& card);
  ~Bridge();

  base::Result<void> listen();
  // Serves what is ready, waiting `wait` at most.
  void serve(std::chrono::milliseconds wait);

 private:
  struct Session {
    base::Fd fd;
    std::vector<std::uint8_t> in;
  };

  void accept_session();
  // False: the session is over.
  bool receive(Session& session);
  bool serve_requests(Session& session);

  std::string path_;
  EmulatedCard& card_;
  base::Fd listener_;
  std::vector<Session> sessions_;
};

}  // namespace sluice::sim::xrt
