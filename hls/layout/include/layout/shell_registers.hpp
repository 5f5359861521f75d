// Registers of the shell around the card, in the same AXI-Lite behind the card's aperture: what the
// card itself cannot count, for it never sees it. Reads never change anything; no other access.
#pragma once

#include <cstdint>

#include "layout/registers.hpp"

// REGISTER(offset, name, access, "meaning"); port p's follow port 0's.
#define SLUICE_SHELL_REGISTERS(REGISTER)                                                          \
  REGISTER(0x8000, shell_kind, ro, "1 Alveo, 2 AWS F2, 3 OpenNIC, 4 Corundum")                    \
  REGISTER(0x8004, tx_full, ro,                                                                   \
           "bit p: the queue to port p's MAC is full (flow control, or no link)")                 \
  REGISTER(0x8010, rx_lost_0, ro,                                                                 \
           "frames from port 0 lost before the card: its MAC never waits, and there was no room " \
           "on the way between two clocks (wraps)")                                               \
  REGISTER(0x8014, rx_lost_1, ro, "the same of port 1")                                           \
  REGISTER(0x8020, tx_lost_0, ro,                                                                 \
           "frames to port 0 thrown away because its MAC took nothing for long: no link (wraps)") \
  REGISTER(0x8024, tx_lost_1, ro, "the same of port 1")

namespace sluice {
namespace layout {

constexpr uint32_t kShellApertureBytes = 0x1000;  // from kApertureBytes on

enum ShellRegister : uint32_t {
#define SLUICE_SHELL_REGISTER_ENUM(offset, name, access, doc) kShellReg_##name = offset,
  SLUICE_SHELL_REGISTERS(SLUICE_SHELL_REGISTER_ENUM)
#undef SLUICE_SHELL_REGISTER_ENUM
};

}  // namespace layout
}  // namespace sluice
