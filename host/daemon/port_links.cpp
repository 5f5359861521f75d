#include "daemon/port_links.hpp"

namespace sluice::daemon {

void PortLinks::update(const driver::ShellStatus& status) {
  const std::uint32_t before = down_;
  for (std::size_t port = 0; port < lost_.size(); ++port) {
    const std::uint32_t bit = 1U << port;
    const bool full = (status.tx_full & bit) != 0;
    const bool loses = known_ && status.tx_lost[port] != lost_[port];
    lost_[port] = status.tx_lost[port];
    if (full && loses) down_ |= bit;
    if (!full) down_ &= ~bit;
  }
  known_ = true;
  came_up_ = before & ~down_;
}

}  // namespace sluice::daemon
