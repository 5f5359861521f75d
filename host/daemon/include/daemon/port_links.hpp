// Which ports have no link, as far as the shell around the card tells. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "driver/identity.hpp"

namespace sluice::daemon {

// A MAC without a link takes nothing: the queue to it stays full and what comes is thrown away.
// Flow control fills that queue too, but not for so long that frames are thrown away.
class PortLinks {
 public:
  // Another card: nothing is known of it.
  void reset() { *this = {}; }
  void update(const driver::ShellStatus& status);

  std::uint32_t down() const { return down_; }        // bit p: port p has no link
  std::uint32_t came_up() const { return came_up_; }  // with the last update

 private:
  std::array<std::uint32_t, 2> lost_{};
  bool known_ = false;
  std::uint32_t down_ = 0;
  std::uint32_t came_up_ = 0;
};

}  // namespace sluice::daemon
