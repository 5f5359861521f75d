// A port fed by a traffic generator: UDP or TCP packets of one length to one service, over many
// flows. What leaves is counted and forgotten.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/address.hpp"
#include "base/result.hpp"
#include "port_adapter.hpp"

namespace sluice::sim {

struct GeneratorOptions {
  std::uint64_t packets = 1000;
  std::uint32_t frame_bytes = 60;  // without FCS
  std::uint32_t flows = 256;       // source addresses, one after the other
  base::Mac destination_mac;
  base::Mac source_mac;
  base::Ipv4 source;  // of the first flow
  base::Ipv4 destination;
  std::uint16_t destination_port = 80;
  bool tcp = true;
};

class GeneratorPort : public PortAdapter {
 public:
  explicit GeneratorPort(const GeneratorOptions& options) : options_(options) {}

  bool receive(std::uint64_t cycle, Frame* frame) override;
  bool send(const Frame&) override { return true; }
  bool finite() const override { return true; }
  bool at_end() const override { return made_ == options_.packets; }
  std::string kind() const override { return "gen"; }
  std::string name() const override;

 private:
  GeneratorOptions options_;
  std::uint64_t made_ = 0;
};

// A valid frame of the given flow; its payload is zeros, UDP's checksum is left out (zero).
Frame make_generated_frame(const GeneratorOptions& options, std::uint32_t flow);

}  // namespace sluice::sim
