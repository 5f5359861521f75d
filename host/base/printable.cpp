#include "base/printable.hpp"

namespace sluice::base {
namespace {

constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};  // of a character of n bytes

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// How many bytes from `at` on are one character that may be shown as it is; 0: none.
std::size_t shown_bytes(std::string_view text, std::size_t at, Lines lines) {
  const unsigned char first = byte_at(text, at);
  if (first < 0x80) {
    const bool kept = lines == Lines::many && (first == '\n' || first == '\t');
    return kept || (first >= 0x20 && first != 0x7f) ? 1 : 0;
  }
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes > text.size() - at) return 0;
  std::uint32_t code = first & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, at + i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte_at(text, at + i) & 0x3fu);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool control = code < 0xa0 || code == 0x2028 || code == 0x2029;
  const bool turns_direction =
      (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  const bool bad = code < kLeast[bytes] || code > 0x10ffff || surrogate;
  return bad || control || turns_direction ? 0 : bytes;
}

}  // namespace

std::string printable(std::string_view text, Lines lines) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t bytes = shown_bytes(text, at, lines); bytes != 0) {
      result += text.substr(at, bytes);
      at += bytes;
      continue;
    }
    const unsigned char byte = byte_at(text, at++);
    result += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
  return result;
}

}  // namespace sluice::base
