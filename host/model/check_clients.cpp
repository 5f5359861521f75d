#include "check_clients.hpp"

#include <algorithm>
#include <map>

namespace sluice::model {
namespace {

std::string names_of(const std::vector<PortConfig>& ports) {
  std::string text;
  for (const PortConfig& port : ports) text += (text.empty() ? "'" : " or '") + port.name + "'";
  return text;
}

// Where the packets of DNAT's clients go, or at whose link the VIP is asked for. Where neither is
// known, clients may be anywhere.
unsigned default_ports(const ServiceConfig& service, const NetworkView& network) {
  if (service.mode == Mode::dnat) return 1U << service.clients_port;
  const auto port = network.on_link(service.vip);
  return port ? 1U << *port : kAllPorts;
}

}  // namespace

unsigned check_client_ports(const RawService& raw, const ServiceConfig& service,
                            const NetworkView& network, Problems& problems) {
  if (!network.usable()) return kAllPorts;
  if (!raw.client_ports_given) return default_ports(service, network);
  const std::vector<PortConfig>& ports = network.ports();
  unsigned mask = 0;
  for (const Field<std::string>& field : raw.client_ports) {
    if (!field.good) continue;
    const auto found = std::find_if(ports.begin(), ports.end(),
                                    [&](const auto& port) { return port.name == field.value; });
    const unsigned bit = 1U << (found - ports.begin());
    if (found == ports.end()) {
      problems.add(field.place, "there is no port '" + field.value + "'",
                   "write " + names_of(ports));
    } else if ((mask & bit) != 0) {
      problems.add(field.place, "port '" + field.value + "' is in 'client_ports' twice",
                   "remove it here");
    }
    mask |= bit;
  }
  if (raw.client_ports.empty()) {
    problems.add(raw.client_ports_place, "'client_ports' names no port, so no client gets in",
                 "write " + names_of(ports) + ", or remove the key");
  }
  return mask;
}

std::vector<VipConfig> check_vips(const RawConfig& raw, const std::set<base::Ipv4>& vips,
                                  Problems& problems) {
  std::map<base::Ipv4, Place> places;
  std::map<base::Ipv4, Unserved> policies;
  for (const base::Ipv4 vip : vips) policies[vip] = value_or(raw.unserved, Unserved::drop);
  for (const RawVip& each : raw.vips) {
    if (!each.address.good) continue;
    const base::Ipv4 address = each.address.value;
    const auto [first, fresh] = places.emplace(address, each.address.place);
    if (!fresh) {
      problems.add(each.address.place, "VIP " + address.to_string() + " is in 'vips' twice",
                   "keep this one or the one in line " + std::to_string(first->second.line));
    } else if (!vips.contains(address)) {
      problems.add(each.address.place, "no service has VIP " + address.to_string(),
                   "write the VIP of a service, or remove it here");
    } else if (each.unserved.good) {
      policies[address] = each.unserved.value;
    }
  }
  std::vector<VipConfig> result;
  for (const auto& [address, unserved] : policies) result.push_back({address, unserved});
  return result;
}

}  // namespace sluice::model
