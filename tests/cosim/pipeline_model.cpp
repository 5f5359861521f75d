#include "pipeline_model.hpp"

#include <verilated.h>

#include <bit>
#include <cstring>

#include "Vpacket_path.h"

namespace sluice::cosim {

constexpr std::size_t kConfigPorts = 3;

static_assert(std::endian::native == std::endian::little, "a struct's bytes are the port's bits");

struct PipelineModel::Verilated {
  VerilatedContext context;
  std::unique_ptr<Vpacket_path> module;
};

PipelineModel::PipelineModel() : verilated_(std::make_unique<Verilated>()) {
  verilated_->module = std::make_unique<Vpacket_path>(&verilated_->context);
  static_assert(sizeof(verilated_->module->in_i) == sizeof(path::PacketIn));
  static_assert(sizeof(verilated_->module->out_o) == sizeof(path::PacketOut));
  add_ports();
  reset();
}

PipelineModel::~PipelineModel() { verilated_->module->final(); }

// `config` of each kernel, then in the order of packet_gen::Tables. Latencies as in the kernels'
// declarations.
void PipelineModel::add_ports() {
  Vpacket_path& module = *verilated_->module;
  const auto add = [this](std::size_t entry_bytes, std::size_t latency, const auto& address,
                          auto& data) {
    if (sizeof(data) < entry_bytes) std::abort();
    ReadPort port;
    port.entry_bytes = entry_bytes;
    port.latency = latency;
    port.address = [&address] { return static_cast<std::uint32_t>(address); };
    port.data = &data;
    ports_.push_back(std::move(port));
  };
  // A table with two read ports: the address of the second one in the upper half of the pins.
  const auto add_pair = [this](const auto& addresses, auto& data) {
    static_assert(sizeof(data) == 2 * sizeof(layout::Vip));
    constexpr unsigned kAddressBits = 12;
    for (unsigned k = 0; k < 2; ++k) {
      ReadPort port;
      port.entry_bytes = sizeof(layout::Vip);
      port.latency = 2;
      port.address = [&addresses, k] {
        return std::uint32_t{addresses} >> (k * kAddressBits) & ((1U << kAddressBits) - 1);
      };
      port.data = reinterpret_cast<std::uint8_t*>(&data) + k * port.entry_bytes;
      ports_.push_back(std::move(port));
    }
  };
  static_assert(sizeof(module.config_data_i) == kConfigPorts * sizeof(layout::Config));
  for (std::size_t k = 0; k < kConfigPorts; ++k) {
    ReadPort port;
    port.entry_bytes = sizeof(layout::Config);
    port.latency = 1;
    port.address = [&module, k] { return std::uint32_t{module.config_addr_o} >> k & 1; };
    port.data = reinterpret_cast<std::uint8_t*>(&module.config_data_i) + k * port.entry_bytes;
    ports_.push_back(std::move(port));
  }
  add(sizeof(layout::ServiceKey), 2, module.service_keys0_addr_o, module.service_keys0_data_i);
  add(sizeof(layout::ServiceKey), 2, module.service_keys1_addr_o, module.service_keys1_data_i);
  add(sizeof(layout::ReturnKey), 2, module.return_keys0_addr_o, module.return_keys0_data_i);
  add(sizeof(layout::ReturnKey), 2, module.return_keys1_addr_o, module.return_keys1_data_i);
  add(sizeof(layout::Service), 2, module.services_addr_o, module.services_data_i);
  add_pair(module.vips0_addr_o, module.vips0_data_i);
  add_pair(module.vips1_addr_o, module.vips1_data_i);
  // The slot, and its neighbour in the upper half of the pins.
  const auto pins = reinterpret_cast<std::uint8_t*>(&module.ring_data_i);
  for (std::uint32_t k = 0; k < 2; ++k) {
    ReadPort port;
    port.entry_bytes = sizeof(layout::RingSlot);
    port.latency = 3;
    port.address = [&module, k] { return std::uint32_t{module.ring_addr_o} ^ k; };
    port.data = pins + k * port.entry_bytes;
    ports_.push_back(std::move(port));
  }
  add(sizeof(layout::Backend), 2, module.backends_addr_o, module.backends_data_i);
}

void PipelineModel::set_tables(const packet_gen::Tables& tables) {
  const void* const entries[] = {&tables.config,        &tables.config,        &tables.config,
                                 &tables.service_keys0, &tables.service_keys1, &tables.return_keys0,
                                 &tables.return_keys1,  &tables.services,      &tables.vips0,
                                 &tables.vips0,         &tables.vips1,         &tables.vips1,
                                 &tables.ring,          &tables.ring,          &tables.backends};
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    ports_[i].entries = static_cast<const std::uint8_t*>(entries[i]);
  }
}

void PipelineModel::reset() {
  Vpacket_path& module = *verilated_->module;
  module.in_valid_i = 0;
  drive_known({});
  for (const bool reset : {true, true, true, true, false}) {
    module.rst_i = reset;
    module.clk_i = 0;
    module.eval();
    module.clk_i = 1;
    module.eval();
  }
}

void PipelineModel::drive_known(const path::Known& known) {
  Vpacket_path& module = *verilated_->module;
  module.known_hit_i = known.hit;
  module.known_taken_i = known.taken;
  module.known_stored_i = known.stored;
  module.known_resets_i = known.resets;
  module.known_backend_i = known.backend_index;
}

// What rtl/connections.sv does: the request of a cycle, the ring's proposal kRingCycle later.
void PipelineModel::take_request() {
  const Vpacket_path& module = *verilated_->module;
  Request& request = requests_[cycle_ % requests_.size()];
  request.valid = module.request_valid_o != 0;
  if (request.valid) {
    std::memcpy(static_cast<void*>(&request.request), &module.request_o, sizeof request.request);
    request.service.scheduler = module.request_scheduler_o;
    request.service.on_down = module.request_on_down_o;
    request.service.on_removed = module.request_on_removed_o;
    const auto timeout = [&](unsigned place) {
      const auto& words = module.request_timeouts_o.m_storage;
      const std::uint64_t upper = 17 * place / 32 + 1 < 3 ? words[17 * place / 32 + 1] : 0;
      const std::uint64_t pair = upper << 32 | words[17 * place / 32];
      return static_cast<std::uint32_t>(pair >> (17 * place % 32) & 0x1ffff);
    };
    request.service.timeout_opening = timeout(0);
    request.service.timeout_established = timeout(1);
    request.service.timeout_half_closed = timeout(2);
    request.service.timeout_closed = timeout(3);
    request.epoch = module.request_epoch_o;
  }
  const std::uint64_t asked = cycle_ - kRingCycle;
  const Request& proposed = requests_[asked % requests_.size()];
  path::Known& known = known_[asked % known_.size()];
  known = {};
  if (cycle_ < kRingCycle || !proposed.valid || connections_ == nullptr) return;
  known =
      connections_->ask(proposed.request, proposed.service, proposed.epoch, module.ring_backend_o);
}

bool PipelineModel::step(const path::PacketIn* in, path::PacketOut* out) {
  Vpacket_path& module = *verilated_->module;
  module.in_valid_i = in != nullptr;
  if (in != nullptr) std::memcpy(&module.in_i, in, sizeof *in);
  for (ReadPort& port : ports_) {
    const std::uint32_t address = port.pending[(cycle_ - port.latency) % 4];
    std::memcpy(port.data, port.entries + address * port.entry_bytes, port.entry_bytes);
  }
  drive_known(known_[(cycle_ - kKnownCycle) % known_.size()]);
  module.clk_i = 0;
  module.eval();
  take_request();
  for (ReadPort& port : ports_) port.pending[cycle_ % 4] = port.address();
  const bool valid = module.out_valid_o;
  if (valid) std::memcpy(static_cast<void*>(out), &module.out_o, sizeof *out);
  module.clk_i = 1;
  module.eval();
  ++cycle_;
  return valid;
}

}  // namespace sluice::cosim
