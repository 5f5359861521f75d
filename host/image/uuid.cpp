#include "image/uuid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sluice::image {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

bool dash_before(std::size_t digit) {
  return digit == 8 || digit == 12 || digit == 16 || digit == 20;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 32 && text.size() != 36) return std::nullopt;
  const bool dashes = text.size() == 36;
  Uuid result;
  std::size_t at = 0;
  for (std::size_t digit = 0; digit < 32; ++digit) {
    if (dashes && dash_before(digit) && text[at++] != '-') return std::nullopt;
    const auto value = hex_digit(text[at++]);
    if (!value) return std::nullopt;
    std::uint8_t& byte = result.bytes[digit / 2];
    byte = static_cast<std::uint8_t>((unsigned{byte} << 4) | *value);
  }
  return result;
}

std::string Uuid::to_hex() const { return fmt::format("{:02x}", fmt::join(bytes, "")); }

std::string Uuid::to_string() const {
  std::string text = to_hex();
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace sluice::image
