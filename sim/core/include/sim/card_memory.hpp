// The memory of a board, as HBM behind the card's AXI4 port and as the host fills it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace sluice::sim {

// Pins of the card's read port in one cycle.
struct MemoryRequest {
  bool arvalid = false, rready = false;
  std::uint64_t araddr = 0;
  std::uint8_t arlen = 0;
};
struct MemoryResponse {
  bool arready = false, rvalid = false, rlast = false;
  std::uint8_t rresp = 0;
  std::array<std::uint8_t, 64> rdata{};
};

class CardMemory {
 public:
  static constexpr std::size_t kPageBytes = 4096;
  static constexpr std::size_t kMaxPages = 16384;  // 64 MiB in use, anywhere in 64 bits
  // From a request to its first beat; HBM through a switch takes about as long.
  static constexpr std::uint32_t kLatencyCycles = 100;

  // The host's side. What was never written reads as zeros. `exhausted`: the bound is reached;
  // `invalid`: beyond the end of the address space. On an error nothing was written.
  base::Result<void> write(std::uint64_t address, std::span<const std::uint8_t> bytes);
  base::Result<void> read(std::uint64_t address, std::span<std::uint8_t> bytes) const;

  // The card's side, once a cycle: what to drive, then what came back.
  const MemoryResponse& response();
  void sample(const MemoryRequest& request);

 private:
  std::map<std::uint64_t, std::vector<std::uint8_t>> pages_;  // by address / kPageBytes
  MemoryResponse response_;
  std::uint64_t next_ = 0;     // address of the beat to send
  std::uint32_t beats_ = 0;    // still to send
  std::uint32_t waiting_ = 0;  // cycles until the first of them
};

}  // namespace sluice::sim
