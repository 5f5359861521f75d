// Text of `--port` to a plugged port.
//
//   N=tap:DEVICE[@NETNS]
//   N=pcap:[IN],[OUT]
//   N=gen:KEY=VALUE,...   keys: packets, bytes, flows, dst-mac, src-mac, src, dst, protocol
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "generator_port.hpp"
#include "port_adapter.hpp"

namespace sluice::sim {

struct PortSpec {
  std::uint32_t port = 0;
  std::string kind;
  std::string rest;  // behind "kind:"
};

base::Result<PortSpec> parse_port_spec(const std::string& text);
base::Result<GeneratorOptions> parse_generator(const std::string& text);
base::Result<std::unique_ptr<PortAdapter>> open_port(const PortSpec& spec, unsigned mtu_bytes);

}  // namespace sluice::sim
