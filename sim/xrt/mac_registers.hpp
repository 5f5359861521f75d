// Stands in for the registers of a 100G MAC (the CMAC kernel) that `sluice board link` reads.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::sim::xrt {

class MacRegisters {
 public:
  static constexpr std::uint32_t kApertureBytes = 0x2000;
  static constexpr std::uint32_t kRxStatus = 0x204;

  // What the receiver sees: bit 0 status, 1 aligned, 4 high bit error rate, 5 remote fault, 6 local
  // fault. The register latches: the first read after a change still tells what was before.
  void set_rx_status(std::uint32_t status) { rx_status_ = status; }

  std::uint32_t read(std::uint32_t offset);
  void write(std::uint32_t offset, std::uint32_t value);

 private:
  std::array<std::uint32_t, kApertureBytes / 4> words_{};
  std::uint32_t rx_status_ = 0x3;
  std::uint32_t latched_rx_status_ = 0xc0;  // as after the reset
};

}  // namespace sluice::sim::xrt
