#include "network_view.hpp"

#include <algorithm>

#include "layout/capacity.hpp"

namespace sluice::model {
namespace {

bool is_host_of(const base::Ipv4Prefix& network, base::Ipv4 address) {
  if (!network.contains(address)) return false;
  return network.length >= 31 || (address != network.network() && address != network.broadcast());
}

}  // namespace

NetworkView::NetworkView(const RawConfig& raw, Problems& problems) {
  if (raw.ports.empty()) {
    if (problems.empty()) problems.add(raw.place, "there is no port", "list one or two ports");
    usable_ = false;
  }
  if (raw.ports.size() > layout::kPorts) {
    problems.add(raw.ports[layout::kPorts].place,
                 "too many ports: the card has " + std::to_string(layout::kPorts),
                 "remove ports from here on");
    usable_ = false;
  }
  for (const RawPort& port : raw.ports) check_port(port, raw, problems);
  if (usable_) check_overlap(raw, problems);
}

void NetworkView::check_port(const RawPort& raw, const RawConfig& all, Problems& problems) {
  PortConfig port;
  port.name = raw.name.value;
  port.address = raw.address.value;
  if (raw.mtu.good) port.mtu = raw.mtu.value;
  if (raw.gateway.good) port.gateway = raw.gateway.value;
  usable_ = usable_ && raw.address.good && !raw.gateway.wrong();
  for (const RawPort& other : all.ports) {
    if (&other == &raw) break;
    if (raw.name.good && other.name.good && other.name.value == raw.name.value) {
      problems.add(raw.name.place, "port name '" + raw.name.value + "' is taken",
                   "choose another; it is used in line " + std::to_string(other.name.place.line));
    }
  }
  if (raw.address.good && raw.gateway.good) {
    const base::Ipv4 gateway = raw.gateway.value;
    if (gateway == port.address.address) {
      problems.add(raw.gateway.place, "gateway " + gateway.to_string() + " is the port itself",
                   "write the address of the router");
    } else if (!is_host_of(port.address, gateway)) {
      problems.add(raw.gateway.place,
                   "gateway " + gateway.to_string() + " is no host in the port's network " +
                       port.address.to_string(),
                   "write the address of a router in that network");
    }
  }
  ports_.push_back(std::move(port));
}

void NetworkView::check_overlap(const RawConfig& raw, Problems& problems) {
  for (std::size_t i = 1; i < ports_.size(); ++i) {
    const base::Ipv4Prefix& a = ports_[0].address;
    const base::Ipv4Prefix& b = ports_[i].address;
    if (!a.contains(b.address) && !b.contains(a.address)) continue;
    problems.add(raw.ports[i].address.place,
                 "the networks " + a.to_string() + " and " + b.to_string() + " overlap",
                 "give each port a network of its own, or list one port only");
    usable_ = false;
  }
}

std::optional<unsigned> NetworkView::on_link(base::Ipv4 address) const {
  for (unsigned i = 0; i < ports_.size(); ++i) {
    if (is_host_of(ports_[i].address, address)) return i;
  }
  return std::nullopt;
}

std::optional<unsigned> NetworkView::next_hop_port(base::Ipv4 address) const {
  return is_own(address) ? std::nullopt : on_link(address);
}

bool NetworkView::is_own(base::Ipv4 address) const {
  return std::any_of(ports_.begin(), ports_.end(), [address](const PortConfig& port) {
    return port.address.address == address && !address.is_zero();
  });
}

bool NetworkView::is_no_host(base::Ipv4 address) const {
  return std::any_of(ports_.begin(), ports_.end(), [address](const PortConfig& port) {
    return port.address.contains(address) && !is_host_of(port.address, address);
  });
}

std::optional<unsigned> NetworkView::sole_gateway_port() const {
  std::optional<unsigned> found;
  for (unsigned i = 0; i < ports_.size(); ++i) {
    if (!ports_[i].gateway) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

base::Mac NetworkView::default_mac() const {
  const std::uint64_t address = ports_.empty() ? 0 : ports_[0].address.address.value;
  return base::Mac{0x025300000000 | address};
}

}  // namespace sluice::model
