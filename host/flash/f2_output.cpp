// What AWS's tools print.
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

#include "flash/f2_programmer.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

// FPGA_ERR_... of AWS's fpga_mgmt.
constexpr int kBusy = 3;
constexpr int kForbidden = 5;
constexpr int kShellMismatch = 16;
constexpr int kPower = 17;

constexpr std::size_t kImageWords = 8;   // AFI slot id status code error code shell
constexpr std::size_t kDeviceWords = 5;  // AFIDEVICE slot vendor device address

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  std::string word;
  while (in >> word) words.push_back(word);
  return words;
}

std::optional<int> number(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

// Of an id as PCI has it, "0x1d0f".
std::optional<std::uint16_t> pci_id(const std::string& text) {
  std::uint16_t value = 0;
  const char* end = text.data() + text.size();
  if (text.size() != 6 || !text.starts_with("0x")) return std::nullopt;
  const auto result = std::from_chars(text.data() + 2, end, value, 16);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

bool is_shell_version(const std::string& text) {
  return text.size() == 10 && text.starts_with("0x") &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

Error strange(const std::string& line) {
  return {Errc::incompatible,
          "AWS's tool printed something else than expected: '" + line.substr(0, 120) +
              "'; are the tools those of aws-fpga's branch for F2?",
          "fpga-describe-local-image"};
}

bool take_image(const std::vector<std::string>& words, F2Slot& found) {
  if (words.size() != kImageWords || !number(words[4])) return false;
  const auto error = number(words[6]);
  const bool id = words[2] == "none" || words[2].starts_with("agfi-");
  if (!error || !id || !is_shell_version(words[7])) return false;
  found.image_id = words[2] == "none" ? "" : words[2];
  found.status = words[3];
  found.error_name = words[5];
  found.error = *error;
  found.shell_version = words[7];
  return true;
}

bool take_device(const std::vector<std::string>& words, F2Slot& found) {
  if (words.size() != kDeviceWords) return false;
  const auto vendor = pci_id(words[2]);
  const auto device = pci_id(words[3]);
  const auto address = driver::pci_address(words[4]);
  if (!vendor || !device || !address) return false;
  found.vendor = *vendor;
  found.device = *device;
  found.address = *address;
  return true;
}

}  // namespace

Result<F2Slot> parse_f2_slot(std::string_view text, unsigned slot) {
  F2Slot found;
  int images = 0, devices = 0;
  std::istringstream lines{std::string(text)};
  std::string line;
  while (std::getline(lines, line)) {
    const auto words = words_of(line);
    if (words.empty() || (words[0] != "AFI" && words[0] != "AFIDEVICE")) continue;
    if (words.size() < 2 || words[1] != std::to_string(slot)) return strange(line);
    if (words[0] == "AFI") {
      if (!take_image(words, found)) return strange(line);
      ++images;
    } else {
      if (!take_device(words, found)) return strange(line);
      ++devices;
    }
  }
  if (images != 1 || devices != 1) return strange(std::string(text.substr(0, text.find('\n'))));
  return found;
}

int aws_error_code(std::string_view text) {
  constexpr std::string_view kMark = "Error: (";
  const std::size_t at = text.find(kMark);
  if (at == std::string_view::npos) return 0;
  const std::size_t start = at + kMark.size();
  const std::size_t end = text.find(')', start);
  if (end == std::string_view::npos) return 0;
  return number(std::string(text.substr(start, end - start))).value_or(0);
}

Error explain_aws(int code, const std::string& said, const std::string& where) {
  const std::string suffix = fmt::format(" (AWS: {} {})", code, said);
  switch (code) {
    case kBusy:
      return {Errc::busy, "AWS is still busy with this FPGA: try again in a minute" + suffix,
              where};
    case kForbidden:
      return {Errc::bad_image,
              "AWS knows no such AGFI in this region, or does not let this account load it: name "
              "the agfi-... (not the afi-...), copy it to this region "
              "(`aws ec2 copy-fpga-image`) or have its owner share it" +
                  suffix,
              where};
    case kShellMismatch:
      return {Errc::bad_image,
              "the image was built for another shell than this instance has: build it again with "
              "the development kit of this shell" +
                  suffix,
              where};
    case kPower:
      return {Errc::program_failed,
              "the FPGA took too much power and AWS stopped its clocks: load another image, and "
              "build this one with a slower clock" +
                  suffix,
              where};
    default:
      return {Errc::program_failed, "AWS's tool failed" + suffix, where};
  }
}

}  // namespace sluice::flash
