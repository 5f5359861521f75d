#include "plane_driver.hpp"

#include <Vplane_bench.h>

#include <bit>

#include "layout/reasons.hpp"
#include "random_start.hpp"

namespace sluice::rtl_test {
namespace {

std::uint64_t keep_of(const std::uint32_t* words) {
  std::uint64_t keep = 0;
  std::memcpy(&keep, words, sizeof(keep));
  return keep;
}

// Field [low, low + width) of a vector of 32-bit words.
std::uint32_t field(const std::uint32_t* words, std::uint32_t low, std::uint32_t width) {
  std::uint64_t two = words[low / 32];
  if (low % 32 + width > 32) two |= static_cast<std::uint64_t>(words[low / 32 + 1]) << 32;
  return static_cast<std::uint32_t>(two >> (low % 32) & ((1ull << width) - 1));
}

}  // namespace

PlaneDriver::PlaneDriver(std::uint64_t seed)
    : context_(std::make_unique<VerilatedContext>()),
      top_(std::make_unique<Vplane_bench>(random_start(context_.get(), seed))),
      random_(seed) {
  top_->rst_i = 1;
  top_->rx_tvalid_i = 0;
  top_->epoch_i = 0;
  for (int i = 0; i < 8; ++i) step();
  top_->rst_i = 0;
}

PlaneDriver::~PlaneDriver() { top_->final(); }

void PlaneDriver::receive(std::uint32_t port, Bytes frame, bool error) {
  rx_[port].push_back({std::move(frame), error});
}

void PlaneDriver::inject(std::uint32_t port, Bytes frame) {
  inject_.push_back({port, std::move(frame)});
}

void PlaneDriver::set_epoch(bool epoch) { top_->epoch_i = epoch; }
void PlaneDriver::reset(std::uint64_t cycles) {
  top_->rst_i = 1;
  run(cycles);
  top_->rst_i = 0;
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    sent[port].clear();
    received_cycles[port].clear();
  }
  punted.clear();
  flows.clear();
  reasons = {};
  counts = {};
  injected = 0;
  inside_ = {};
  in_path_ = {};
  path_epochs_.clear();
  punt_ = {};
  inject_.clear();
  inject_beat_ = 0;
}

std::uint32_t PlaneDriver::in_flight() const { return top_->in_flight_o; }
bool PlaneDriver::idle() const { return top_->idle_o; }
bool PlaneDriver::old_epoch_busy() const { return top_->old_epoch_busy_o; }

void PlaneDriver::drive_rx(std::uint32_t port) {
  const auto bit = static_cast<std::uint8_t>(1u << port);
  top_->rx_tvalid_i = static_cast<std::uint8_t>(top_->rx_tvalid_i & ~bit);
  auto& queue = rx_[port];
  if (queue.empty()) return;
  const RxFrame& frame = queue.front();
  const std::size_t beat = rx_beat_[port];
  const bool last = beat + 1 == beats_of(frame.bytes.size());
  if (pace.wire_rate) {
    const double need =
        static_cast<double>(last ? frame.bytes.size() - beat * kBeatBytes : kBeatBytes);
    wire_bytes_[port] += kWireBytesPerCycle;
    if (wire_bytes_[port] < need) return;
    wire_bytes_[port] -= need + (last ? kWireOverheadBytes : 0);
  } else if (percent(pace.rx_idle[port])) {
    return;
  }
  put_beat(top_->rx_tdata_i.data() + port * kBeatWords, top_->rx_tkeep_i.data() + port * 2,
           frame.bytes, beat);
  top_->rx_tvalid_i = static_cast<std::uint8_t>(top_->rx_tvalid_i | bit);
  top_->rx_tlast_i = static_cast<std::uint8_t>((top_->rx_tlast_i & ~bit) | (last ? bit : 0));
  top_->rx_tuser_i =
      static_cast<std::uint8_t>((top_->rx_tuser_i & ~bit) | (last && frame.error ? bit : 0));
  rx_beat_[port] = last ? 0 : beat + 1;
  if (!last) return;
  received_cycles[port].push_back(cycle_);
  queue.pop_front();
}

void PlaneDriver::drive_inject() {
  top_->inject_valid_i = !inject_.empty();
  if (inject_.empty()) return;
  const Injected& frame = inject_.front();
  std::uint32_t keep[2];
  put_beat(top_->inject_data_i.data(), keep, frame.bytes, inject_beat_);
  top_->inject_port_i = static_cast<std::uint8_t>(frame.port);
  top_->inject_bytes_i = static_cast<std::uint16_t>(frame.bytes.size());
  top_->inject_last_i = inject_beat_ + 1 == beats_of(frame.bytes.size());
}

void PlaneDriver::sample_tx(std::uint32_t port) {
  const std::uint32_t bit = 1u << port;
  if ((top_->tx_tvalid_o & top_->tx_tready_i & bit) == 0) return;
  if (!inside_[port]) sent[port].push_back({{}, cycle_, cycle_});
  TxFrame& frame = sent[port].back();
  const auto bytes =
      static_cast<std::size_t>(std::popcount(keep_of(top_->tx_tkeep_o.data() + port * 2)));
  append_beat(&frame.bytes, top_->tx_tdata_o.data() + port * kBeatWords, bytes);
  frame.last_cycle = cycle_;
  inside_[port] = (top_->tx_tlast_o & bit) == 0;
}

void PlaneDriver::sample_punt() {
  const std::uint32_t punt_class = layout::is_asked(top_->punt_reason_o) ? 1 : 0;
  if (!top_->punt_valid_o || (top_->punt_ready_i >> punt_class & 1u) == 0) return;
  punt_.port = top_->punt_port_o;
  punt_.reason = top_->punt_reason_o;
  append_beat(&punt_.bytes, top_->punt_data_o.data(), kBeatBytes);
  if (!top_->punt_last_o) return;
  punt_.bytes.resize(top_->punt_bytes_o);
  punted.push_back(std::move(punt_));
  punt_ = {};
}

void PlaneDriver::sample_events() {
  if (top_->flow_valid_o) {
    flows.push_back(
        {top_->flow_direction_o, top_->flow_service_o, top_->flow_backend_o, top_->flow_bytes_o});
  }
  for (std::uint32_t source = 0; source < kPorts + 1; ++source) {
    const std::uint32_t event = top_->reason_event_o >> (7 * source);
    if ((event & 64) != 0) ++reasons[event & 63];
  }
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    const std::uint32_t* events = top_->port_event_o.data();
    const std::uint32_t base = port * 34;
    if (field(events, base + 33, 1) != 0) {
      ++counts[port].rx_packets;
      counts[port].rx_bytes += field(events, base + 17, 16);
    }
    if (field(events, base + 16, 1) != 0) {
      ++counts[port].tx_packets;
      counts[port].tx_bytes += field(events, base, 16);
    }
  }
}

void PlaneDriver::step() {
  for (std::uint32_t port = 0; port < kPorts; ++port) drive_rx(port);
  drive_inject();
  const auto ready = static_cast<std::uint8_t>((percent(pace.tx_stall[0]) ? 0 : 1) |
                                               (percent(pace.tx_stall[1]) ? 0 : 2));
  top_->tx_tready_i = ready;
  top_->punt_ready_i = static_cast<std::uint8_t>((percent(pace.punt_stall[0]) ? 0 : 1) |
                                                 (percent(pace.punt_stall[1]) ? 0 : 2));
  top_->clk_i = 0;
  top_->eval();
  if (!top_->rst_i) {
    for (std::uint32_t port = 0; port < kPorts; ++port) sample_tx(port);
    sample_punt();
    sample_events();
    if (top_->path_enters_o) {
      path_epochs_.push_back(top_->path_epoch_o);
      ++in_path_[top_->path_epoch_o];
    }
    if (top_->path_leaves_o) {
      --in_path_[path_epochs_.front()];
      path_epochs_.pop_front();
    }
    if (top_->inject_valid_i && top_->inject_ready_o) {
      ++inject_beat_;
      if (top_->inject_last_i) {
        inject_.pop_front();
        inject_beat_ = 0;
        ++injected;
      }
    }
  }
  top_->clk_i = 1;
  top_->eval();
  ++cycle_;
}

void PlaneDriver::run(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) step();
}

bool PlaneDriver::run_until_idle(std::uint64_t limit) {
  constexpr int kSettleCycles = 12;  // in_flight and idle lag behind
  int idle_cycles = 0;
  for (std::uint64_t i = 0; i < limit && idle_cycles < kSettleCycles; ++i) {
    step();
    const bool done = rx_[0].empty() && rx_[1].empty() && inject_.empty() && idle();
    idle_cycles = done ? idle_cycles + 1 : 0;
  }
  return idle_cycles == kSettleCycles;
}

std::uint64_t PlaneDriver::drops() const {
  std::uint64_t sum = 0;
  for (std::size_t reason = 0; reason < 32; ++reason) sum += reasons[reason];
  return sum;
}

std::string PlaneDriver::conservation() const {
  const std::uint64_t in = counts[0].rx_packets + counts[1].rx_packets + injected;
  const std::uint64_t out = counts[0].tx_packets + counts[1].tx_packets;
  if (in == out + punted.size() + drops() + in_flight()) return "";
  return "in " + std::to_string(in) + " != out " + std::to_string(out) + " + punted " +
         std::to_string(punted.size()) + " + drops " + std::to_string(drops()) + " + in flight " +
         std::to_string(in_flight());
}

}  // namespace sluice::rtl_test
