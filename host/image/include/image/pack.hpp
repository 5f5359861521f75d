// What goes into an xclbin of our own: the kernel's metadata from the layouts, IPs and memories.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "image/manifest.hpp"
#include "image/xclbin.hpp"

namespace sluice::image {

// Addresses in an image of our own; a reader takes them from the file.
inline constexpr std::uint64_t kKernelBase = 0x1800000;
inline constexpr std::uint64_t kMacBase = 0x1810000;  // MAC p is at kMacBase + p * kMacBytes
inline constexpr std::uint32_t kMacBytes = 0x10000;
inline constexpr unsigned kMaxMacs = 2;

// The kernel's argument of the memory master, by which XRT finds the bank for a buffer.
inline constexpr std::uint32_t kTablesArgument = 0;

struct PackRequest {
  Board board = Board::emu;  // one with xclbins
  std::string platform;
  Uuid interface_uuid;
  std::uint32_t clock_khz = 0;
  unsigned macs = 0;         // cmac_0, cmac_1
  bool table_memory = true;  // the master m_axi_tables and the bank it loads tables from
  std::string bitstream;     // required for a card
  std::uint64_t created_unix_s = 0;
};

// invalid: an option that does not fit the board; the message says which.
base::Result<Xclbin> make_xclbin(const PackRequest& request);

// EMBEDDED_METADATA: kernel, ports with their ranges, an <arg> for every register and window.
std::string kernel_xml(const PackRequest& request);

// What XRT lets a program touch: the card's registers, and behind them a real card's shell's.
std::uint32_t register_bytes(Board board);

// The bank of the board that the master m_axi_tables is connected to.
Memory table_bank(Board board);

}  // namespace sluice::image
