#include "driver/aperture.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include "layout/describe.hpp"

namespace sluice::driver {
namespace {

constexpr std::size_t kApertureWords = layout::kApertureBytes / 4;

struct Permissions {
  std::array<bool, kApertureWords> readable{};
  std::array<bool, kApertureWords> writable{};
};

Permissions make_permissions() {
  Permissions result;
  std::uint32_t count = 0;
  const layout::RegisterInfo* registers = layout::registers(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* access = registers[i].access;
    result.readable[registers[i].offset / 4] = std::strchr(access, 'r') != nullptr;
    result.writable[registers[i].offset / 4] = std::strchr(access, 'w') != nullptr;
  }
  const layout::WindowInfo* windows = layout::windows(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t first = windows[i].offset / 4;
    for (std::size_t word = first; word < first + windows[i].bytes / 4; ++word) {
      result.readable[word] = windows[i].offset != layout::kWindow_inject;
      result.writable[word] = windows[i].offset != layout::kWindow_punt;
    }
  }
  return result;
}

}  // namespace

base::Result<void> check_access(Access access, std::uint32_t offset, std::size_t words,
                                const std::string& board_name) {
  static const Permissions kPermissions = make_permissions();
  const auto refused = [&](std::size_t byte, const char* why) {
    char text[64];
    std::snprintf(text, sizeof text,
                  "%s of register 0x%04zx refused: ", access == Access::read ? "a read" : "a write",
                  byte);
    return base::Error{base::Errc::io, text + std::string(why), board_name};
  };
  if (offset % 4 != 0) return refused(offset, "not a multiple of 4");
  const std::size_t first = offset / 4;
  if (first > kApertureWords || words > kApertureWords - first) {
    return refused(offset, "beyond the aperture");
  }
  const auto& allowed = access == Access::read ? kPermissions.readable : kPermissions.writable;
  for (std::size_t word = first; word < first + words; ++word) {
    if (allowed[word]) continue;
    return refused(4 * word,
                   access == Access::read ? "nothing to read there" : "nothing to write there");
  }
  return {};
}

base::Error refused_by_card(std::uint32_t offset, const std::string& board_name) {
  char text[96];
  std::snprintf(text, sizeof text,
                "a write of register 0x%04x, or one behind it, refused: not in the card's present "
                "state",
                offset);
  return {base::Errc::io, text, board_name};
}

}  // namespace sluice::driver
