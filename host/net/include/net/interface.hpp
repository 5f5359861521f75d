// Brings a network device to a wanted state, changing only what differs.
#pragma once

#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"

namespace sluice::net {

// A network behind a next hop that is on-link at the device.
struct GatewayRoute {
  base::Ipv4Prefix destination;
  base::Ipv4 gateway;
  auto operator<=>(const GatewayRoute&) const = default;
};

struct InterfacePlan {
  base::Mac mac;
  unsigned mtu_bytes = 1500;
  // Port addresses with their subnet's length, VIPs as /32. All others are removed.
  std::vector<base::Ipv4Prefix> addresses;
  // How answers *from* these addresses leave. They live in a routing table of their own
  // (kRouteTable) that only packets from these addresses use, so the host's default route stays.
  std::vector<GatewayRoute> routes;
};

inline constexpr unsigned kRouteTable = 5343;
inline constexpr unsigned kRulePriority = 5343;

base::Result<unsigned> interface_index(const std::string& name);

// MAC, MTU, up, sysctls, addresses, routes, rules. Safe to repeat.
base::Result<void> apply_interface(const std::string& name, const InterfacePlan& plan);

}  // namespace sluice::net
