// A UUID as 16 bytes in the order in which it is written.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::image {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  // 32 hexadecimal digits, with dashes as 8-4-4-4-12 or with none (as XRT prints interface UUIDs).
  static std::optional<Uuid> parse(std::string_view text);
  std::string to_string() const;  // with dashes, lower case
  std::string to_hex() const;     // without
  bool is_zero() const { return *this == Uuid{}; }
  auto operator<=>(const Uuid&) const = default;
};

}  // namespace sluice::image
