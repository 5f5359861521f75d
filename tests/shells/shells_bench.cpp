#include "shells_bench.hpp"

namespace sluice::shells_test {

namespace {

bool bit(unsigned vector, unsigned i) { return (vector >> i & 1) != 0; }

void set_bit(CData& vector, unsigned i, bool value) {
  vector = static_cast<CData>((vector & ~(1u << i)) | (static_cast<unsigned>(value) << i));
}

}  // namespace

ShellsBench::ShellsBench(Shell shell, std::uint64_t seed_value, unsigned gap, unsigned busy)
    : shell_(shell), context_(std::make_unique<VerilatedContext>()), random_(seed_value) {
  context_->randSeed(static_cast<int>(seed_value & 0x7fffffff) | 1);
  dut_ = std::make_unique<Vshells_bench>(context_.get());
  for (unsigned port = 0; port < 2; ++port) {
    sources.emplace_back(random_(), gap);
    sinks.emplace_back(random_(), busy);
  }
  add_clocks();
  dut_->rst_i = 0xf;
  dut_->eval();
  set_reset(false);
  run_cycles(400);
}

void ShellsBench::set_reset(bool on) {
  run_cycles(20);
  set_bit(dut_->rst_i, shell_, on);
  dut_->eval();
  run_cycles(40);
}

void ShellsBench::tick(CData& clock) {
  clock = 1;
  dut_->eval();
  clock = 0;
}

void ShellsBench::add_clocks() {
  // Periods around the real ones; MACs of Corundum are faster than the card and unlike each other.
  const auto about = [this](std::uint64_t period_ps) { return period_ps - 20 + random_() % 40; };
  core_period_ps_ = about(shell_ == kAlveo ? 3333 : 4000);
  const auto domain = [this](CData& clock, std::uint64_t period_ps, std::vector<unsigned> rx,
                             std::vector<unsigned> tx, bool control) {
    clocks_.add(period_ps, 1 + random_() % period_ps,
                [this, &clock, rx = std::move(rx), tx = std::move(tx), control] {
                  for (const unsigned port : rx) rx_before(port);
                  for (const unsigned port : tx) tx_before(port);
                  if (control) on_control_();
                  tick(clock);
                  if (control) after_control_();
                  for (const unsigned port : rx) rx_after(port);
                  for (const unsigned port : tx) tx_after(port);
                  dut_->eval();
                });
  };
  switch (shell_) {
    case kAlveo:
      domain(dut_->alveo_clk_i, core_period_ps_, {0, 1}, {0, 1}, true);
      break;
    case kOpennic:
      domain(dut_->opennic_clk_i, core_period_ps_, {0, 1}, {0, 1}, false);
      domain(dut_->axil_clk_i, about(8000), {}, {}, true);
      break;
    case kF2:
      domain(dut_->f2_clk_i, core_period_ps_, {0}, {0}, true);
      break;
    case kCorundum:
      domain(dut_->corundum_clk_i, core_period_ps_, {}, {}, true);
      domain(dut_->rx0_clk_i, about(3103), {0}, {}, false);
      domain(dut_->rx1_clk_i, about(3103), {1}, {}, false);
      domain(dut_->tx0_clk_i, about(3103), {}, {0}, false);
      domain(dut_->tx1_clk_i, about(3103), {}, {1}, false);
      break;
  }
}

void ShellsBench::rx_before(unsigned port) {
  const unsigned at = lane(port);
  if (!bit(dut_->rx_tvalid_i, at)) return;
  // MACs that wait for nobody do not look at tready.
  if (!bit(dut_->rx_tready_o, at)) ++rx_refused;
  const std::uint64_t sent = sources[port].sent();
  sources[port].taken();
  if (shell_ == kF2 && sources[port].sent() != sent) f2_next.pop_front();
}

void ShellsBench::rx_after(unsigned port) {
  const unsigned at = lane(port);
  const std::optional<Beat> beat = sources[port].next();
  set_bit(dut_->rx_tvalid_i, at, beat.has_value());
  if (!beat) return;
  set_bit(dut_->rx_tlast_i, at, beat->last);
  set_bit(dut_->rx_tuser_i, at, beat->user);
  for (unsigned word = 0; word < 16; ++word) dut_->rx_tdata_i[at][word] = beat->data[word];
  dut_->rx_tkeep_i[at] = beat->keep;
  if (shell_ == kF2) dut_->f2_port_i = f2_next.front() & 1;
}

void ShellsBench::tx_before(unsigned port) {
  const unsigned at = lane(port);
  std::optional<Beat> beat;
  if (bit(dut_->tx_tvalid_o, at)) {
    beat.emplace();
    for (unsigned word = 0; word < 16; ++word) beat->data[word] = dut_->tx_tdata_o[at][word];
    beat->keep = dut_->tx_tkeep_o[at];
    beat->last = bit(dut_->tx_tlast_o, at);
  }
  const bool ready = bit(dut_->tx_tready_i, at);
  sinks[port].cycle(beat, ready);
  if (!beat || !ready || !beat->last) return;
  if (shell_ == kF2) f2_ports.push_back(dut_->f2_port_o);
  if (shell_ != kOpennic) return;
  sizes[port].push_back(dut_->opennic_size_o[port]);
  if (dut_->opennic_dst_o[port] != 1u << (6 + port)) error = "tuser_dst names another MAC";
}

void ShellsBench::tx_after(unsigned port) {
  set_bit(dut_->tx_tready_i, lane(port), sinks[port].ready());
}

bool ShellsBench::drain() {
  const auto idle = [this] { return sources[0].idle() && sources[1].idle(); };
  if (!clocks_.run_to(200'000 * core_period_ps_, idle)) return false;
  std::size_t seen = 0;
  do {
    seen = sinks[0].frames.size() + sinks[1].frames.size();
    run_cycles(600);
  } while (sinks[0].frames.size() + sinks[1].frames.size() != seen);
  return true;
}

Answer ShellsBench::read(std::uint16_t address) {
  Answer answer;
  bool done = false;
  bool taken = false;
  dut_->addr_i[shell_] = address;
  set_bit(dut_->arvalid_i, shell_, true);
  set_bit(dut_->ready_i, shell_, true);
  dut_->eval();
  on_control_ = [&] {
    taken = bit(dut_->arready_o, shell_);
    if (bit(dut_->rvalid_o, shell_)) {
      answer = {dut_->rdata_o[shell_], dut_->rresp_o[shell_]};
      done = true;
    }
  };
  after_control_ = [&] {
    if (taken) set_bit(dut_->arvalid_i, shell_, false);
  };
  if (!clocks_.run_to(500 * core_period_ps_, [&] { return done; })) error = "a read hangs";
  on_control_ = [] {};
  after_control_ = [] {};
  set_bit(dut_->ready_i, shell_, false);
  dut_->eval();
  return answer;
}

Answer ShellsBench::write(std::uint16_t address, std::uint32_t data) {
  Answer answer;
  bool done = false;
  bool address_taken = false;
  bool data_taken = false;
  dut_->addr_i[shell_] = address;
  dut_->wdata_i[shell_] = data;
  set_bit(dut_->awvalid_i, shell_, true);
  set_bit(dut_->wvalid_i, shell_, true);
  set_bit(dut_->ready_i, shell_, true);
  dut_->eval();
  on_control_ = [&] {
    address_taken = bit(dut_->awready_o, shell_);
    data_taken = bit(dut_->wready_o, shell_);
    if (bit(dut_->bvalid_o, shell_)) {
      answer.response = dut_->bresp_o[shell_];
      done = true;
    }
  };
  after_control_ = [&] {
    if (address_taken) set_bit(dut_->awvalid_i, shell_, false);
    if (data_taken) set_bit(dut_->wvalid_i, shell_, false);
  };
  if (!clocks_.run_to(500 * core_period_ps_, [&] { return done; })) error = "a write hangs";
  on_control_ = [] {};
  after_control_ = [] {};
  set_bit(dut_->ready_i, shell_, false);
  dut_->eval();
  return answer;
}

Answer ShellsBench::read_behind_write(std::uint16_t address, std::uint32_t data,
                                      unsigned data_late) {
  Answer answer;
  bool read_done = false;
  bool write_done = false;
  bool address_taken = false;
  bool data_taken = false;
  bool read_taken = false;
  dut_->addr_i[shell_] = address;
  dut_->wdata_i[shell_] = data;
  set_bit(dut_->awvalid_i, shell_, true);
  set_bit(dut_->wvalid_i, shell_, data_late == 0);
  set_bit(dut_->ready_i, shell_, true);
  dut_->eval();
  on_control_ = [&] {
    address_taken = bit(dut_->awvalid_i, shell_) && bit(dut_->awready_o, shell_);
    data_taken = bit(dut_->wvalid_i, shell_) && bit(dut_->wready_o, shell_);
    read_taken = bit(dut_->arvalid_i, shell_) && bit(dut_->arready_o, shell_);
    write_done |= bit(dut_->bvalid_o, shell_);
    if (!bit(dut_->rvalid_o, shell_)) return;
    answer = {dut_->rdata_o[shell_], dut_->rresp_o[shell_]};
    read_done = true;
  };
  after_control_ = [&] {
    if (address_taken) {
      set_bit(dut_->awvalid_i, shell_, false);
      set_bit(dut_->arvalid_i, shell_, true);
    }
    if (data_taken) set_bit(dut_->wvalid_i, shell_, false);
    if (data_late > 0 && --data_late == 0) set_bit(dut_->wvalid_i, shell_, true);
    if (read_taken) set_bit(dut_->arvalid_i, shell_, false);
  };
  if (!clocks_.run_to(500 * core_period_ps_, [&] { return read_done && write_done; })) {
    error = "a read behind a write hangs";
  }
  on_control_ = [] {};
  after_control_ = [] {};
  set_bit(dut_->ready_i, shell_, false);
  dut_->eval();
  return answer;
}

}  // namespace sluice::shells_test
