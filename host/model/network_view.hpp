// The ports' networks: who is on which link, and what is a port's own.
#pragma once

#include <optional>
#include <vector>

#include "raw_config.hpp"

namespace sluice::model {

class NetworkView {
 public:
  // Checks the ports' own rules.
  NetworkView(const RawConfig& raw, Problems& problems);

  // False when a port is so wrong that rules about other addresses would only repeat it.
  bool usable() const { return usable_; }
  const std::vector<PortConfig>& ports() const { return ports_; }

  // The port in whose network `address` is.
  std::optional<unsigned> on_link(base::Ipv4 address) const;
  // `on_link`, and not the port itself: somebody to send packets to.
  std::optional<unsigned> next_hop_port(base::Ipv4 address) const;
  bool is_own(base::Ipv4 address) const;
  // The network's or broadcast address of a port's network.
  bool is_no_host(base::Ipv4 address) const;
  std::optional<base::Ipv4> gateway(unsigned port) const { return ports_[port].gateway; }
  // The port with a gateway, if it is just one.
  std::optional<unsigned> sole_gateway_port() const;
  // Locally administered, made of port 0's address: the same after every start, and unique where
  // that address is.
  base::Mac default_mac() const;

 private:
  void check_port(const RawPort& raw, const RawConfig& all, Problems& problems);
  void check_overlap(const RawConfig& raw, Problems& problems);

  std::vector<PortConfig> ports_;
  bool usable_ = true;
};

}  // namespace sluice::model
