// Text from outside (files, requests, frames) for terminals and logs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::base {

enum class Lines : std::uint8_t { one, many };  // many: line ends and tabs stay

// Control characters and bytes that are no UTF-8 as \xNN: nothing is left that a terminal obeys.
std::string printable(std::string_view text, Lines lines = Lines::one);

}  // namespace sluice::base
