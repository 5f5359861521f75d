// Wall time for people, by a clock that does not jump: ages stay right when somebody sets the time.
#pragma once

#include <chrono>
#include <string>

namespace sluice::daemon {

using WallTime = std::chrono::system_clock::time_point;

// The wall clock as it was when this program began, and what the boot clock counted since (which
// goes on during a suspend).
WallTime wall_now();

// What ties times that wall_now gave to this boot of the machine. Those of another program of the
// same boot are brought to this one's by the difference of the offsets.
struct WallAnchor {
  std::string boot_id;                  // empty: not known
  std::chrono::milliseconds offset{0};  // wall_now - boot clock
};
WallAnchor wall_anchor();
// To add to times of `saved`; zero if that was another boot: its clock is no help.
std::chrono::milliseconds shift_from(const WallAnchor& saved, const WallAnchor& own);

}  // namespace sluice::daemon
