// Which words of the aperture a card answers, for links that cannot carry its refusal.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace sluice::driver {

enum class Access { read, write };

// `io` unless every one of `words` words from `offset` on is aligned, within the aperture and a
// register or window that the layouts let a host read (or write). What the card refuses because of
// its state (a live bank, a full mailbox) is not seen here.
base::Result<void> check_access(Access access, std::uint32_t offset, std::size_t words,
                                const std::string& board_name);

// The error of a write that ended with another count in register `refused`.
base::Error refused_by_card(std::uint32_t offset, const std::string& board_name);

}  // namespace sluice::driver
