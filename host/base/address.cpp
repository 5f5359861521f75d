#include "base/address.hpp"

#include <charconv>
#include <cstdio>

namespace sluice::base {
namespace {

// Reads one number of at most `max`; rejects empty fields, signs and leading zeros.
bool take_decimal(std::string_view& text, unsigned max, unsigned& out) {
  if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || out > max) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_char(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Ipv4> Ipv4::parse(std::string_view text) {
  Ipv4 result;
  for (int i = 0; i < 4; ++i) {
    unsigned byte = 0;
    if (i > 0 && !take_char(text, '.')) return std::nullopt;
    if (!take_decimal(text, 255, byte)) return std::nullopt;
    result.value = result.value << 8 | byte;
  }
  if (!text.empty()) return std::nullopt;
  return result;
}

std::string Ipv4::to_string() const {
  char text[16];
  std::snprintf(text, sizeof text, "%u.%u.%u.%u", value >> 24, value >> 16 & 255, value >> 8 & 255,
                value & 255);
  return text;
}

std::optional<Mac> Mac::parse(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  Mac result;
  for (std::size_t i = 0; i < 6; ++i) {
    const int high = hex_digit(text[3 * i]);
    const int low = hex_digit(text[3 * i + 1]);
    if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':')) return std::nullopt;
    result.value = result.value << 8 | static_cast<unsigned>(high << 4 | low);
  }
  return result;
}

Mac Mac::from_bytes(const std::uint8_t* bytes) {
  Mac result;
  for (int i = 0; i < 6; ++i) result.value = result.value << 8 | bytes[i];
  return result;
}

void Mac::to_bytes(std::uint8_t* bytes) const {
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (40 - 8 * i));
}

std::string Mac::to_string() const {
  std::uint8_t b[6];
  to_bytes(b);
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                b[5]);
  return text;
}

std::optional<Ipv4Prefix> Ipv4Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Ipv4::parse(text.substr(0, slash));
  std::string_view rest = text.substr(slash + 1);
  unsigned length = 0;
  if (!address || !take_decimal(rest, 32, length) || !rest.empty()) return std::nullopt;
  return Ipv4Prefix{*address, length};
}

std::string Ipv4Prefix::to_string() const {
  return address.to_string() + "/" + std::to_string(length);
}

}  // namespace sluice::base
