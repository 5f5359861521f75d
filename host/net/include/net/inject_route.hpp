// Which port a frame of the host's stack leaves by. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/address.hpp"

namespace sluice::net {

// What is reachable over one port: its subnet, or a network behind a gateway in its subnet.
struct PortRoute {
  base::Ipv4Prefix destination;
  unsigned port = 0;
};

using PortMask = std::uint32_t;  // bit p: port p; 0: nowhere, drop the frame

class InjectRoutes {
 public:
  InjectRoutes() = default;
  InjectRoutes(std::vector<PortRoute> routes, unsigned ports);

  // IPv4 goes by longest prefix of the destination, ARP by that of the target address, whichever
  // MAC the frame bears. A subnet's own broadcast address is in that subnet. What no route covers
  // goes nowhere, except what is meant for everybody (broadcast ARP, a VIP's announcement,
  // multicast, 255.255.255.255): to every port. Other ethertypes go nowhere.
  PortMask ports_for(std::span<const std::uint8_t> frame) const;

 private:
  PortMask longest_match(base::Ipv4 destination) const;

  std::vector<PortRoute> routes_;  // longest prefix first
  PortMask all_ports_ = 0;
};

}  // namespace sluice::net
