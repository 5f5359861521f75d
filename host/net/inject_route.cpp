#include "net/inject_route.hpp"

#include <algorithm>
#include <tuple>

#include "frame_bytes.hpp"

namespace sluice::net {

InjectRoutes::InjectRoutes(std::vector<PortRoute> routes, unsigned ports)
    : routes_(std::move(routes)), all_ports_((PortMask{1} << ports) - 1) {
  std::sort(routes_.begin(), routes_.end(), [](const PortRoute& a, const PortRoute& b) {
    return std::tie(b.destination.length, a.destination, a.port) <
           std::tie(a.destination.length, b.destination, b.port);
  });
}

PortMask InjectRoutes::longest_match(base::Ipv4 destination) const {
  for (const PortRoute& route : routes_) {
    if (route.destination.contains(destination)) return PortMask{1} << route.port;
  }
  return 0;
}

PortMask InjectRoutes::ports_for(std::span<const std::uint8_t> frame) const {
  if (frame.size() < kEthernetBytes) return 0;
  const bool group = (frame[0] & 1) != 0;
  const std::uint16_t ethertype = read_u16(frame, 12);
  PortMask ports = 0;
  if (ethertype == kEthertypeArp && frame.size() >= kEthernetBytes + kArpBytes) {
    ports = longest_match(read_ipv4(frame, kEthernetBytes + 24));
  } else if (ethertype == kEthertypeIpv4 && frame.size() >= kEthernetBytes + kIpv4Bytes) {
    const base::Ipv4 destination = read_ipv4(frame, kEthernetBytes + 16);
    const bool everybody = destination.value >> 28 == 0xe || destination.value == 0xffffffff;
    if (!everybody) ports = longest_match(destination);
  } else {
    return 0;
  }
  return ports == 0 && group ? all_ports_ : ports;
}

}  // namespace sluice::net
