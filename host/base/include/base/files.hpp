// Files that a root program keeps: nobody else can have it write or read something else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice::base {

// The real path of a folder whose files nobody else can replace: each folder on the way belongs to
// root or to this user, and others may not write to it (the sticky ones, as /tmp, excepted; not the
// last). `io` says which one is not so, and what to do.
Result<std::string> private_folder(const std::string& folder);

enum class Durable : std::uint8_t { no, yes };  // yes: also after a power failure

// Puts a file (mode 0600) in the place of `path` whole or not at all: a new file beside it, then
// rename. A failure leaves the old file and nothing else; `exhausted`: no room.
Result<void> replace_file(const std::string& path, std::string_view bytes, Durable durable);

}  // namespace sluice::base
