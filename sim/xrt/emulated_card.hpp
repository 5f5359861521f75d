// What XRT's calls mean: registers and memory of a running sluice-sim, and MACs.
//
// As behind PCIe, a card that is gone reads as all ones and takes writes without a word; one that
// refuses an access reads as all ones too.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "driver/sim_board.hpp"
#include "framing.hpp"
#include "mac_registers.hpp"

namespace sluice::sim::xrt {

// Where an image of Sluice puts its blocks.
inline constexpr std::uint64_t kCardBase = 0x1800000;
inline constexpr std::uint64_t kMacBase = 0x1810000;
inline constexpr std::uint64_t kMacStrideBytes = 0x10000;
inline constexpr unsigned kMacs = 2;

struct CardOptions {
  std::string sim_socket;
  // A card that takes longer hangs for XRT's side: below what a host waits for its board.
  std::chrono::milliseconds timeout{3000};
  std::function<void(const base::Error&)> report = [](const base::Error&) {};
};

class EmulatedCard {
 public:
  explicit EmulatedCard(CardOptions options) : options_(std::move(options)) {}

  // A host opens the card: connects to the simulator, again if it went away before.
  void begin_session();

  // The reply's payload. Never fails: a payload that cannot be parsed, or a call that is not known,
  // gets a reply that says no.
  std::string serve(Call call, const std::string& payload);

  MacRegisters& mac(unsigned index) { return macs_[index]; }

 private:
  std::string serve_register_read(const std::string& payload);
  std::string serve_register_write(const std::string& payload);
  std::string serve_device_to_host(const std::string& payload);
  std::string serve_host_to_device(const std::string& payload);

  bool write_memory(std::uint64_t address, const std::string& bytes);
  std::string read_memory(std::uint64_t address, std::uint32_t size_bytes);
  std::uint32_t read_register(std::uint64_t address);
  void write_register(std::uint64_t address, std::uint32_t value);
  MacRegisters* mac_at(std::uint64_t address);
  void give_up_when_gone(const base::Error& error);

  CardOptions options_;
  std::array<MacRegisters, kMacs> macs_;
  std::unique_ptr<driver::SimBoard> sim_;  // null: the card is gone
};

}  // namespace sluice::sim::xrt
