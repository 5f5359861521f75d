#include "pipeline_model.hpp"

#include <verilated.h>

#include <bit>
#include <cstring>

#include "Vpipeline.h"

namespace sluice::cosim {

static_assert(std::endian::native == std::endian::little, "a struct's bytes are the port's bits");

struct PipelineModel::Verilated {
  VerilatedContext context;
  std::unique_ptr<Vpipeline> module;
};

PipelineModel::PipelineModel() : verilated_(std::make_unique<Verilated>()) {
  verilated_->module = std::make_unique<Vpipeline>(&verilated_->context);
  static_assert(sizeof(verilated_->module->in_i) == sizeof(path::PacketIn));
  static_assert(sizeof(verilated_->module->out_o) == sizeof(path::PacketOut));
  add_ports();
  reset();
}

PipelineModel::~PipelineModel() { verilated_->module->final(); }

// In the order of the members of packet_gen::Tables. Latencies as in path/pipeline.hpp.
void PipelineModel::add_ports() {
  Vpipeline& module = *verilated_->module;
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
  add(sizeof(layout::Config), 1, module.config_r0_addr_o, module.config_r0_data_i);
  add(sizeof(layout::ServiceKey), 2, module.service_keys0_r0_addr_o,
      module.service_keys0_r0_data_i);
  add(sizeof(layout::ServiceKey), 2, module.service_keys1_r0_addr_o,
      module.service_keys1_r0_data_i);
  add(sizeof(layout::ReturnKey), 2, module.return_keys0_r0_addr_o, module.return_keys0_r0_data_i);
  add(sizeof(layout::ReturnKey), 2, module.return_keys1_r0_addr_o, module.return_keys1_r0_data_i);
  add(sizeof(layout::Service), 2, module.services_r0_addr_o, module.services_r0_data_i);
  add(sizeof(layout::RingSlot), 3, module.ring_r0_addr_o, module.ring_r0_data_i);
  add(sizeof(layout::Backend), 2, module.backends_r0_addr_o, module.backends_r0_data_i);
}

void PipelineModel::set_tables(const packet_gen::Tables& tables) {
  const void* const entries[] = {&tables.config,       &tables.service_keys0, &tables.service_keys1,
                                 &tables.return_keys0, &tables.return_keys1,  &tables.services,
                                 &tables.ring,         &tables.backends};
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    ports_[i].entries = static_cast<const std::uint8_t*>(entries[i]);
  }
}

void PipelineModel::reset() {
  Vpipeline& module = *verilated_->module;
  module.in_valid_i = 0;
  for (const bool reset : {true, true, true, true, false}) {
    module.rst_i = reset;
    module.clk_i = 0;
    module.eval();
    module.clk_i = 1;
    module.eval();
  }
}

bool PipelineModel::step(const path::PacketIn* in, path::PacketOut* out) {
  Vpipeline& module = *verilated_->module;
  module.in_valid_i = in != nullptr;
  if (in != nullptr) std::memcpy(&module.in_i, in, sizeof *in);
  for (ReadPort& port : ports_) {
    const std::uint32_t address = port.pending[(cycle_ - port.latency) % 4];
    std::memcpy(port.data, port.entries + address * port.entry_bytes, port.entry_bytes);
  }
  module.clk_i = 0;
  module.eval();
  for (ReadPort& port : ports_) port.pending[cycle_ % 4] = port.address();
  const bool valid = module.out_valid_o;
  if (valid) std::memcpy(static_cast<void*>(out), &module.out_o, sizeof *out);
  module.clk_i = 1;
  module.eval();
  ++cycle_;
  return valid;
}

}  // namespace sluice::cosim
