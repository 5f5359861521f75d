#include "sim/card_pins.hpp"

#include <verilated.h>
#include <verilated_fst_c.h>

#include <cstring>

#include "Vsluice_card.h"

namespace sluice::sim {

namespace {

constexpr std::uint64_t kHalfPeriodPs = 1552;  // 322.265625 MHz, rounded for the waveform

template <class Vector>
void set_bit(Vector& vector, std::uint32_t bit, bool value) {
  const unsigned mask = 1u << bit;
  vector = static_cast<Vector>(value ? vector | mask : vector & ~mask);
}

template <class Vector>
bool get_bit(const Vector& vector, std::uint32_t bit) {
  return (vector >> bit & 1u) != 0;
}

}  // namespace

struct CardPins::Verilated {
  // The card must be destroyed before its context, the trace before the card.
  VerilatedContext context;
  std::unique_ptr<Vsluice_card> card;
  std::unique_ptr<VerilatedFstC> trace;
  std::uint64_t time_ps = 0;

  void dump() {
    if (trace) trace->dump(time_ps);
    time_ps += kHalfPeriodPs;
  }
};

CardPins::CardPins() : verilated_(std::make_unique<Verilated>()) {
  verilated_->context.fatalOnError(false);
  verilated_->context.traceEverOn(true);
  verilated_->card = std::make_unique<Vsluice_card>(&verilated_->context);
  Vsluice_card& card = *verilated_->card;
  card.clk_i = 0;
  card.rst_i = 0;
  card.tick_i = 0;
  card.rx_tvalid_i = 0;
  card.tx_tready_i = 0;
  set_axil({});
  set_memory({});
}

CardPins::~CardPins() {
  close_trace();
  verilated_->card->final();
}

void CardPins::set_reset(bool reset) { verilated_->card->rst_i = reset; }
void CardPins::set_tick(bool tick) { verilated_->card->tick_i = tick; }

void CardPins::set_rx(std::uint32_t port, const Beat& beat) {
  Vsluice_card& card = *verilated_->card;
  std::memcpy(&card.rx_tdata_i[port * 16], beat.data.data(), 64);
  std::memcpy(&card.rx_tkeep_i[port * 2], &beat.keep, 8);
  set_bit(card.rx_tvalid_i, port, true);
  set_bit(card.rx_tlast_i, port, beat.last);
  set_bit(card.rx_tuser_i, port, beat.error);
}

void CardPins::set_rx_idle(std::uint32_t port) {
  set_bit(verilated_->card->rx_tvalid_i, port, false);
}

void CardPins::set_tx_ready(std::uint32_t port, bool ready) {
  set_bit(verilated_->card->tx_tready_i, port, ready);
}

void CardPins::set_axil(const AxilRequest& request) {
  Vsluice_card& card = *verilated_->card;
  card.s_axil_awaddr = static_cast<SData>(request.awaddr);
  card.s_axil_awvalid = request.awvalid;
  card.s_axil_wdata = request.wdata;
  card.s_axil_wstrb = 0xf;
  card.s_axil_wvalid = request.wvalid;
  card.s_axil_bready = request.bready;
  card.s_axil_araddr = static_cast<SData>(request.araddr);
  card.s_axil_arvalid = request.arvalid;
  card.s_axil_rready = request.rready;
}

void CardPins::set_memory(const MemoryResponse& response) {
  Vsluice_card& card = *verilated_->card;
  card.m_axi_arready = response.arready;
  card.m_axi_rvalid = response.rvalid;
  card.m_axi_rresp = response.rresp;
  card.m_axi_rlast = response.rlast;
  if (response.rvalid) {
    std::memcpy(&card.m_axi_rdata[0], response.rdata.data(), response.rdata.size());
  }
}

void CardPins::settle() {
  verilated_->card->clk_i = 0;
  verilated_->card->eval();
  verilated_->dump();
}

void CardPins::clock() {
  verilated_->card->clk_i = 1;
  verilated_->card->eval();
  verilated_->dump();
}

bool CardPins::tx_valid(std::uint32_t port) const {
  return get_bit(verilated_->card->tx_tvalid_o, port);
}

void CardPins::get_tx(std::uint32_t port, Beat* beat) const {
  const Vsluice_card& card = *verilated_->card;
  std::memcpy(beat->data.data(), &card.tx_tdata_o[port * 16], 64);
  std::memcpy(&beat->keep, &card.tx_tkeep_o[port * 2], 8);
  beat->last = get_bit(card.tx_tlast_o, port);
  beat->error = false;
}

AxilResponse CardPins::axil() const {
  const Vsluice_card& card = *verilated_->card;
  AxilResponse response;
  response.awready = card.s_axil_awready;
  response.wready = card.s_axil_wready;
  response.bvalid = card.s_axil_bvalid;
  response.bresp = card.s_axil_bresp;
  response.arready = card.s_axil_arready;
  response.rvalid = card.s_axil_rvalid;
  response.rresp = card.s_axil_rresp;
  response.rdata = card.s_axil_rdata;
  return response;
}

MemoryRequest CardPins::memory() const {
  const Vsluice_card& card = *verilated_->card;
  MemoryRequest request;
  request.arvalid = card.m_axi_arvalid;
  request.araddr = card.m_axi_araddr;
  request.arlen = card.m_axi_arlen;
  request.rready = card.m_axi_rready;
  return request;
}

base::Result<void> CardPins::open_trace(const std::string& file) {
  verilated_->trace = std::make_unique<VerilatedFstC>();
  verilated_->card->trace(verilated_->trace.get(), 99);
  verilated_->trace->open(file.c_str());
  if (!verilated_->trace->isOpen()) {
    verilated_->trace.reset();
    return base::Error{base::Errc::io, "cannot write the waveform", file};
  }
  return {};
}

void CardPins::close_trace() {
  if (verilated_->trace) verilated_->trace->close();
  verilated_->trace.reset();
}

bool CardPins::assertion_failed() const { return verilated_->context.gotError(); }

}  // namespace sluice::sim
