#include "sim/sim_card.hpp"

#include <algorithm>
#include <cstdio>

namespace sluice::sim {

namespace {

constexpr std::uint32_t kResetCycles = 16;
constexpr std::uint32_t kDrainPollCycles = 32;
constexpr std::uint32_t kStillPolls = 16;  // as many without a change: nothing moves by itself

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%04x", value);
  return text;
}

}  // namespace

SimCard::SimCard() {
  pins_.set_reset(true);
  for (std::uint32_t i = 0; i < kResetCycles; ++i) {
    pins_.settle();
    pins_.clock();
  }
  pins_.set_reset(false);
}

void SimCard::step() {
  if (before_step_) before_step_();
  std::array<bool, layout::kPorts> ready;
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    if (rx_[port].next(cycle_, &beat_)) {
      pins_.set_rx(port, beat_);
    } else {
      pins_.set_rx_idle(port);
    }
    ready[port] = tx_[port].ready(cycle_);
    pins_.set_tx_ready(port, ready[port]);
  }
  pins_.set_axil(axil_.request());
  pins_.set_memory(memory_.response());
  if (tick_period_cycles_ != 0 && cycle_ % tick_period_cycles_ == 0) ++ticks_due_;
  pins_.set_tick(ticks_due_ != 0);
  if (ticks_due_ != 0) --ticks_due_;

  pins_.settle();
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    const bool valid = pins_.tx_valid(port);
    if (valid) pins_.get_tx(port, &beat_);
    tx_[port].sample(cycle_, valid, ready[port], beat_);
  }
  if (axil_.busy()) axil_.sample(pins_.axil());
  memory_.sample(pins_.memory());
  pins_.clock();
  ++cycle_;
}

void SimCard::run(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) step();
}

base::Result<void> SimCard::finish_access(std::uint32_t address) {
  while (axil_.busy()) step();
  switch (axil_.outcome()) {
    case AxilMaster::Outcome::ok:
      return {};
    case AxilMaster::Outcome::slave_error:
      return base::Error{base::Errc::io, "the card refused the access (SLVERR)", hex(address)};
    case AxilMaster::Outcome::timeout:
      return base::Error{base::Errc::hung, "the card did not answer", hex(address)};
  }
  return {};
}

base::Result<std::uint32_t> SimCard::read(std::uint32_t address) {
  axil_.start_read(address);
  if (auto done = finish_access(address); !done) return done.error();
  return axil_.read_data();
}

base::Result<void> SimCard::write(std::uint32_t address, std::uint32_t value) {
  axil_.start_write(address, value);
  return finish_access(address);
}

bool SimCard::drain(std::uint64_t bound_cycles) {
  const std::uint64_t end = cycle_ + bound_cycles;
  std::uint32_t still_polls = 0;
  std::uint32_t last_in_flight = 0;
  while (cycle_ < end) {
    run(kDrainPollCycles);
    const bool all_in =
        std::all_of(rx_.begin(), rx_.end(), [](const auto& rx) { return rx.empty(); });
    if (!all_in) continue;
    const auto status = read(layout::kReg_status);
    const auto in_flight = read(layout::kReg_in_flight);
    if (!status || !in_flight) return false;
    if ((*status & layout::kStatusIdle) != 0) return true;
    still_polls = *in_flight == last_in_flight ? still_polls + 1 : 0;
    last_in_flight = *in_flight;
    if (still_polls >= kStillPolls && !write(layout::kReg_punt_pop, 0)) return false;
  }
  return false;
}

bool SimCard::failed() const {
  if (pins_.assertion_failed()) return true;
  for (const TxSink& sink : tx_) {
    if (!sink.error().empty()) return true;
  }
  return false;
}

std::string SimCard::error() const {
  if (pins_.assertion_failed()) return "an assertion of the RTL failed";
  for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
    if (!tx_[port].error().empty())
      return "port " + std::to_string(port) + ": " + tx_[port].error();
  }
  return {};
}

}  // namespace sluice::sim
