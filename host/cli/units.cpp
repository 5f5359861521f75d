#include "cli/units.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace sluice::cli {
namespace {

// Three significant digits and a decimal prefix.
std::string scaled(double value, const char* gap, const char* unit) {
  static constexpr std::array<const char*, 7> kPrefixes = {"", "k", "M", "G", "T", "P", "E"};
  std::size_t prefix = 0;
  while (value >= 999.5 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  const int digits = prefix == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}{}{}", value, digits, gap, kPrefixes[prefix], unit);
}

}  // namespace

std::string count_text(double value) { return scaled(value, "", ""); }
std::string bytes_text(double bytes) { return scaled(bytes, " ", "B"); }
std::string rate_text(double bits) { return scaled(bits, " ", "bit/s"); }

std::string age_text(double seconds) {
  const auto s = static_cast<std::int64_t>(std::max(0.0, seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} m {:02} s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{} h {:02} m", s / 3600, s / 60 % 60);
  return fmt::format("{} d {:02} h", s / 86400, s / 3600 % 24);
}

}  // namespace sluice::cli
