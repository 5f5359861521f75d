#include "driver/pci_sysfs.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::driver {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

constexpr std::uint16_t kXilinx = 0x10ee;
constexpr std::uint16_t kAmazon = 0x1d0f;
constexpr std::size_t kCommandRegister = 4;  // of the configuration space
constexpr unsigned kMemorySpace = 1u << 1;

struct KnownId {
  std::uint16_t device;
  const char* what;
};
// Alveo's management functions have even ids, user functions the next odd one.
constexpr KnownId kAlveo[] = {
    {0x5000, "Alveo U200, management function"}, {0x5001, "Alveo U200, user function"},
    {0x5004, "Alveo U250, management function"}, {0x5005, "Alveo U250, user function"},
    {0x500c, "Alveo U280, management function"}, {0x500d, "Alveo U280, user function"},
    {0x5020, "Alveo U50, management function"},  {0x5021, "Alveo U50, user function"},
    {0x505c, "Alveo U55C, management function"}, {0x505d, "Alveo U55C, user function"},
};

// The number in a file of one line like "0x1d0f"; -1 without such a file.
long read_number(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  if (!(in >> text)) return -1;
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 16);
  return *end == '\0' ? value : -1;
}

bool is_hex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

base::Result<std::string> pci_address(const std::string& text) {
  std::string address = text;
  for (char& letter : address) {
    if (letter >= 'A' && letter <= 'F') letter = static_cast<char>(letter - 'A' + 'a');
  }
  if (std::count(address.begin(), address.end(), ':') == 1) address = "0000:" + address;
  constexpr std::size_t kLength = 12;  // dddd:bb:dd.f
  const bool good = address.size() == kLength && address[4] == ':' && address[7] == ':' &&
                    address[10] == '.' && is_hex(address.substr(0, 4)) &&
                    is_hex(address.substr(5, 2)) && is_hex(address.substr(8, 2)) &&
                    address[11] >= '0' && address[11] <= '7';
  if (good) return address;
  return Error{Errc::invalid,
               "'" + text + "' is no PCI address; write one like 0000:3b:00.0 (see `lspci -D`)",
               ""};
}

base::Result<PciDevice> read_pci_device(const std::string& folder) {
  const fs::path path(folder);
  const long vendor = read_number(path / "vendor");
  const long device = read_number(path / "device");
  if (vendor < 0 || device < 0) {
    return Error{Errc::not_found, "no PCI device's folder of sysfs", folder};
  }
  PciDevice result;
  result.address = path.filename().string();
  result.vendor = static_cast<std::uint16_t>(vendor);
  result.device = static_cast<std::uint16_t>(device);
  std::error_code none;
  result.kernel_driver = fs::read_symlink(path / "driver", none).filename().string();
  std::array<char, 64> config{};  // what everybody may read of it
  std::ifstream in(path / "config", std::ios::binary);
  if (in.read(config.data(), config.size())) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(config[i]); };
    result.gone = byte(0) == 0xff && byte(1) == 0xff;  // no vendor has this id
    result.memory_enabled = (byte(kCommandRegister) & kMemorySpace) != 0;
  }
  return result;
}

base::Result<std::vector<PciDevice>> list_pci_devices(const std::string& root) {
  std::error_code error;
  fs::directory_iterator entries(root, error);
  if (error) {
    return Error{Errc::not_found,
                 "this machine shows no PCI bus: " + error.message() +
                     "; a container needs /sys of its host",
                 root};
  }
  std::vector<PciDevice> devices;
  for (const auto& entry : entries) {
    // A device may be unplugged between two reads.
    if (auto device = read_pci_device(entry.path().string())) devices.push_back(*device);
  }
  std::sort(devices.begin(), devices.end(),
            [](const PciDevice& a, const PciDevice& b) { return a.address < b.address; });
  return devices;
}

std::string known_card(const PciDevice& device) {
  if (device.vendor == kAmazon && device.device >= 0xf000 && device.device <= 0xf0ff) {
    return "AWS F2";
  }
  if (device.vendor != kXilinx) return "";
  for (const KnownId& known : kAlveo) {
    if (known.device == device.device) return known.what;
  }
  return "Xilinx FPGA";
}

std::string pci_ids(const PciDevice& device) {
  char text[16];
  std::snprintf(text, sizeof text, "%04x:%04x", device.vendor, device.device);
  return text;
}

}  // namespace sluice::driver
