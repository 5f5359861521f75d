// The Verilated `sluice_card` as pins and a clock. Everything above knows only this class.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "layout/capacity.hpp"
#include "sim/axil_master.hpp"
#include "sim/card_memory.hpp"
#include "sim/stream.hpp"

namespace sluice::sim {

class CardPins {
 public:
  CardPins();
  ~CardPins();
  CardPins(const CardPins&) = delete;
  CardPins& operator=(const CardPins&) = delete;

  // Inputs of the coming cycle. An idle port keeps the last beat's data on its pins.
  void set_reset(bool reset);
  void set_tick(bool tick);
  void set_rx(std::uint32_t port, const Beat& beat);
  void set_rx_idle(std::uint32_t port);
  void set_tx_ready(std::uint32_t port, bool ready);
  void set_axil(const AxilRequest& request);
  void set_memory(const MemoryResponse& response);

  // Lets combinational outputs follow the inputs; the outputs below are valid from here on until
  // clock().
  void settle();
  bool tx_valid(std::uint32_t port) const;
  void get_tx(std::uint32_t port, Beat* beat) const;
  AxilResponse axil() const;
  MemoryRequest memory() const;

  // The rising edge.
  void clock();

  // Writes every signal of every following cycle to an FST waveform.
  base::Result<void> open_trace(const std::string& file);
  void close_trace();

  // An assertion of the RTL failed (its message is on standard output).
  bool assertion_failed() const;

 private:
  struct Verilated;
  std::unique_ptr<Verilated> verilated_;
};

}  // namespace sluice::sim
