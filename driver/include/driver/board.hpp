// The seam between everything above and a card: 32-bit registers, nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace sluice::driver {

// Implementations: simulated card, fake with faults (XRT and PCIe BAR join behind the same seam).
// Offsets are bytes within the aperture, multiples of 4. Not thread-safe: one Device owns a Board.
class Board {
 public:
  virtual ~Board() = default;

  virtual base::Result<std::uint32_t> read(std::uint32_t offset) = 0;
  virtual base::Result<void> write(std::uint32_t offset, std::uint32_t value) = 0;

  // Consecutive registers from `offset` on; a board uses its fastest way.
  virtual base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) = 0;
  virtual base::Result<void> write_block(std::uint32_t offset,
                                         std::span<const std::uint32_t> words) = 0;

  // What a person calls it: "sim:/run/sluice/sim.sock".
  virtual std::string name() const = 0;
};

}  // namespace sluice::driver
