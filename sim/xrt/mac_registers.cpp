#include "mac_registers.hpp"

#include <utility>

namespace sluice::sim::xrt {

std::uint32_t MacRegisters::read(std::uint32_t offset) {
  if (offset >= kApertureBytes) return 0;
  if (offset == kRxStatus) return std::exchange(latched_rx_status_, rx_status_);
  return words_[offset / 4];
}

void MacRegisters::write(std::uint32_t offset, std::uint32_t value) {
  if (offset < kApertureBytes && offset != kRxStatus) words_[offset / 4] = value;
}

}  // namespace sluice::sim::xrt
