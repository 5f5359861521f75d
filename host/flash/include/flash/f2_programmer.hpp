// AWS F2 through AWS's command-line tools, found on PATH.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "driver/pci_sysfs.hpp"
#include "flash/programmer.hpp"

namespace sluice::flash {

// Of a card with Sluice's image (rtl/shells/f2/cl_id_defines.vh).
inline constexpr std::uint16_t kF2Vendor = 0x1d0f;
inline constexpr std::uint16_t kF2Device = 0xf0a1;

using OpenRegisters =
    std::function<base::Result<std::unique_ptr<driver::Board>>(const std::string& address)>;

struct F2Options {
  unsigned slot = 0;
  std::string sysfs_devices = driver::kPciDevices;
  OpenRegisters open_registers;                     // empty: BAR 0 of the device
  std::chrono::milliseconds query_timeout{60'000};  // describe; also waiting while AWS is busy
  std::chrono::milliseconds load_timeout{180'000};  // clear and load
  std::chrono::milliseconds aws_timeout{30'000};    // aws ec2
};

// What fpga-describe-local-image prints of a slot.
struct F2Slot {
  std::string image_id;  // empty: none
  std::string status;    // loaded, cleared, busy, not-programmed, load-failed
  int error = 0;         // 0: ok
  std::string error_name;
  std::string shell_version;  // 0x10212415
  std::string address;        // 0000:34:00.0
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
};

// The lines AFI and AFIDEVICE of `slot`, each exactly once and whole; `incompatible` says what is
// wrong.
base::Result<F2Slot> parse_f2_slot(std::string_view text, unsigned slot);

// The code in "Error: (5) ..."; 0: there is none.
int aws_error_code(std::string_view text);

// What a code of AWS's tools means and what to do.
base::Error explain_aws(int code, const std::string& said, const std::string& where);

std::unique_ptr<Programmer> make_f2_programmer(F2Options options);

}  // namespace sluice::flash
