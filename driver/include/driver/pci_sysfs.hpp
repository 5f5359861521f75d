// What the kernel tells about PCI devices in sysfs. Reads only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice::driver {

inline constexpr const char* kPciDevices = "/sys/bus/pci/devices";

struct PciDevice {
  std::string address;       // 0000:3b:00.0
  std::uint16_t vendor = 0;  // 0x10ee Xilinx, 0x1d0f Amazon
  std::uint16_t device = 0;
  std::string kernel_driver;    // empty: none is bound
  bool gone = false;            // its configuration space answers all ones
  bool memory_enabled = false;  // it decodes addresses of its memory BARs
};

// "3b:00.0" and "0000:3B:00.0" become "0000:3b:00.0"; `invalid` for anything else.
base::Result<std::string> pci_address(const std::string& text);

// The device whose sysfs folder this is; `not_found` if it is none.
base::Result<PciDevice> read_pci_device(const std::string& folder);

// All of them, by address. `not_found` if this machine shows no PCI bus.
base::Result<std::vector<PciDevice>> list_pci_devices(const std::string& root = kPciDevices);

// What FPGA card the ids promise ("AWS F2", "Alveo U55C, user function"); empty for other devices.
std::string known_card(const PciDevice& device);

// "1d0f:f001".
std::string pci_ids(const PciDevice& device);

}  // namespace sluice::driver
