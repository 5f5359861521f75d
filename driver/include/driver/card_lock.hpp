// Who uses a card and who changes its image: programs on one machine share a file a card.
#pragma once

#include <chrono>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace sluice::driver {

inline constexpr const char* kLockFolder = "/run/sluice/lock";

// SLUICE_LOCK_DIR, or kLockFolder.
std::string lock_folder();

// Held until destroyed, also when the program dies (flock); one that was default-constructed holds
// nothing. A card is named by its PCI address, which all ways to it have in common. The folder is
// made if need be, mode 0700; `io` if it is not this user's, or others may write to it. The file
// stays.
class CardLock {
 public:
  CardLock() = default;

  // To change the card: nobody else may use it. Waits at most `wait`; `busy` names who has it.
  static base::Result<CardLock> take(const std::string& folder, const std::string& card,
                                     std::chrono::milliseconds wait);

  // To use the card as it is, together with others. Does not wait.
  static base::Result<CardLock> share(const std::string& folder, const std::string& card);

 private:
  explicit CardLock(base::Fd fd) : fd_(std::move(fd)) {}
  base::Fd fd_;
};

// A card's name as part of a file's: "xrt:0000:3b:00.1" is "xrt-0000-3b-00.1".
std::string file_name_of(const std::string& card);

}  // namespace sluice::driver
