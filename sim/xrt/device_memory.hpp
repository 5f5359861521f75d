// The memory of the emulated card: sparse, zero until written, bounded.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace sluice::sim::xrt {

class DeviceMemory {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;

  explicit DeviceMemory(std::uint64_t limit_bytes) : limit_pages_(limit_bytes / kPageBytes) {}

  // False, and nothing written, if it would take more pages than the limit.
  bool write(std::uint64_t address, std::span<const std::uint8_t> bytes);
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) const;

 private:
  std::uint64_t limit_pages_;
  std::map<std::uint64_t, std::vector<std::uint8_t>> pages_;
};

}  // namespace sluice::sim::xrt
