// The 100G MAC of a port (Xilinx CMAC, PG203): is there a link, and if not, what to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice::flash {

// The MAC's registers, 32 bits each.
class MacRegisters {
 public:
  virtual ~MacRegisters() = default;
  virtual base::Result<std::uint32_t> read(std::uint32_t offset) = 0;
  virtual base::Result<void> write(std::uint32_t offset, std::uint32_t value) = 0;
  virtual std::string name() const = 0;  // "cmac_0"
};
using Macs = std::vector<std::unique_ptr<MacRegisters>>;

// What bring_up was asked to make of RS-FEC.
enum class Fec { as_found, on, off };

struct MacLink {
  std::string mac;
  std::uint32_t rx_status = 0;  // as read
  bool up = false;              // aligned, without a fault, and it transmits
  bool aligned = false;
  bool high_bit_errors = false;
  bool remote_fault = false;
  bool local_fault = false;
  bool transmits = false;  // else its transmitter is off, or tells the other side of a fault
  bool rs_fec = false;     // on in both directions
  Fec fec = Fec::as_found;

  std::string text() const;    // "aligned, RS-FEC on"
  std::string advice() const;  // what to do; empty if it is up
};

// Changes nothing. `link_down`: the MAC answers all ones.
base::Result<MacLink> read_link(MacRegisters& mac);

// Switches RS-FEC on (or off), which restarts both directions if it was not so, then the receiver;
// the transmitter tells the other side of a remote fault until there is something to receive, for
// at most `wait`. A link that stays down is a result, not an error, and transmits nothing. A link
// that is up is left alone.
base::Result<MacLink> bring_up(MacRegisters& mac, std::chrono::milliseconds wait,
                               bool rs_fec = true);

}  // namespace sluice::flash
