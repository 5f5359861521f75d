#include "daemon/wall_clock.hpp"

#include <ctime>
#include <fstream>

namespace sluice::daemon {
namespace {

using std::chrono::nanoseconds;

nanoseconds since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// Once a program.
nanoseconds offset() {
  static const nanoseconds kAnchored =
      std::chrono::system_clock::now().time_since_epoch() - since_boot();
  return kAnchored;
}

}  // namespace

WallTime wall_now() {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(offset() + since_boot()));
}

WallAnchor wall_anchor() {
  WallAnchor anchor;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), anchor.boot_id);
  anchor.offset = std::chrono::duration_cast<std::chrono::milliseconds>(offset());
  return anchor;
}

std::chrono::milliseconds shift_from(const WallAnchor& saved, const WallAnchor& own) {
  if (saved.boot_id.empty() || saved.boot_id != own.boot_id) return std::chrono::milliseconds(0);
  return own.offset - saved.offset;
}

}  // namespace sluice::daemon
