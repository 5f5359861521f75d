#include <algorithm>
#include <cctype>

#include "image/xclbin.hpp"

namespace sluice::image {
namespace {

constexpr std::size_t kDigits = 32;

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

// The section is a flattened device tree whose property interface_uuid is a text of 32 digits; no
// other word in it has that form. The byte before a property is the end of a number and may look
// like a digit itself.
std::vector<Uuid> interfaces_of(const Xclbin& xclbin) {
  std::vector<Uuid> found;
  const std::string_view text = xclbin.partition_metadata;
  for (std::size_t at = 0; at < text.size();) {
    const auto end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_hex);
    const std::size_t digits = static_cast<std::size_t>(end - text.begin()) - at;
    const bool whole = digits == kDigits || digits == kDigits + 1;
    const auto uuid =
        whole ? Uuid::parse(text.substr(at + digits - kDigits, kDigits)) : std::nullopt;
    if (uuid && std::find(found.begin(), found.end(), *uuid) == found.end()) {
      found.push_back(*uuid);
    }
    at += digits + 1;
  }
  if (found.empty() && !xclbin.interface_uuid.is_zero()) found.push_back(xclbin.interface_uuid);
  return found;
}

}  // namespace sluice::image
