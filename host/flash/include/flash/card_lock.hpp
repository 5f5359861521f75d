// One program at a time changes a card.
#pragma once

#include <chrono>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace sluice::flash {

inline constexpr const char* kLockFolder = "/run/lock/sluice";

// Held until destroyed, also when the program dies (flock). The file of a card stays there; it
// holds the pid of the last holder.
class CardLock {
 public:
  // Waits at most `wait`; `busy` names the holder's pid.
  static base::Result<CardLock> take(const std::string& folder, const std::string& card,
                                     std::chrono::milliseconds wait);

 private:
  explicit CardLock(base::Fd fd) : fd_(std::move(fd)) {}
  base::Fd fd_;
};

// A card's name as part of a file's: "xrt:0000:3b:00.1" is "xrt-0000-3b-00.1".
std::string file_name_of(const std::string& card);

}  // namespace sluice::flash
