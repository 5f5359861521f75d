#include "daemon/network_plan.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "layout/capacity.hpp"

namespace sluice::daemon {
namespace {

constexpr unsigned kEthernetBytes = 14;
// Frames longer than a mailbox slot do not fit through.
constexpr unsigned kMaxMtuBytes = layout::kMailboxFrameBytes - kEthernetBytes;

struct NextHop {
  base::Ipv4 address;
  unsigned port = 0;
};

std::optional<NextHop> default_next_hop(const model::Config& config) {
  for (unsigned port = 0; port < config.ports.size(); ++port) {
    if (config.ports[port].gateway) return NextHop{*config.ports[port].gateway, port};
  }
  for (const auto& service : config.services) {
    if (!service.clients_next_hop.is_zero()) {
      return NextHop{service.clients_next_hop, service.clients_port};
    }
  }
  return std::nullopt;
}

net::Unserved unserved(model::Unserved policy) {
  switch (policy) {
    case model::Unserved::reject:
      return net::Unserved::reject;
    case model::Unserved::host:
      return net::Unserved::host;
    default:
      return net::Unserved::drop;
  }
}

}  // namespace

net::InterfacePlan interface_plan(const model::Config& config) {
  net::InterfacePlan plan;
  plan.mac = config.mac;
  plan.mtu_bytes = kMaxMtuBytes;
  std::set<base::Ipv4> addresses;
  for (const auto& port : config.ports) {
    plan.mtu_bytes = std::min(plan.mtu_bytes, port.mtu);
    plan.addresses.push_back(port.address);
    addresses.insert(port.address.address);
  }
  std::set<net::GatewayRoute> routes;
  for (const auto& service : config.services) {
    if (addresses.insert(service.vip).second) plan.addresses.push_back({service.vip, 32});
    for (const auto& backend : service.backends) {
      if (backend.next_hop == backend.address) continue;
      routes.insert(net::GatewayRoute{{backend.address, 32}, backend.next_hop});
    }
  }
  if (const auto hop = default_next_hop(config)) {
    routes.insert(net::GatewayRoute{{{}, 0}, hop->address});
  }
  plan.routes.assign(routes.begin(), routes.end());
  return plan;
}

net::PuntView punt_view(const model::Config& config) {
  net::PuntView view;
  for (const auto& port : config.ports) view.ports.push_back(port.address);
  for (const auto& vip : config.vips) view.vips.emplace(vip.address, unserved(vip.unserved));
  for (const auto& service : config.services) {
    view.services.insert({service.vip, service.port, static_cast<std::uint8_t>(service.protocol)});
    for (const auto& backend : service.backends) {
      if (backend.next_hop == backend.address) continue;
      view.behind.push_back({{backend.address, 32}, backend.egress_port});
    }
  }
  return view;
}

net::InjectRoutes inject_routes(const model::Config& config) {
  std::vector<net::PortRoute> routes;
  routes.reserve(config.ports.size() + 1);
  for (unsigned port = 0; port < config.ports.size(); ++port) {
    routes.push_back({config.ports[port].address, port});
  }
  for (const auto& service : config.services) {
    for (const auto& backend : service.backends) {
      if (backend.next_hop == backend.address) continue;
      routes.push_back({{backend.address, 32}, backend.egress_port});
    }
  }
  if (const auto hop = default_next_hop(config)) routes.push_back({{{}, 0}, hop->port});
  return {std::move(routes), static_cast<unsigned>(config.ports.size())};
}

}  // namespace sluice::daemon
