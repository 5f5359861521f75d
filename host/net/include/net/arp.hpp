// ARP frames (RFC 826) of the daemon's own. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.hpp"

namespace sluice::net {

// Asks everybody who has `target`, in the name of `sender`.
std::vector<std::uint8_t> arp_request(base::Mac mac, base::Ipv4 sender, base::Ipv4 target);

// Tells everybody who has `address`: a request for the sender's own (RFC 5227, section 3).
inline std::vector<std::uint8_t> arp_announcement(base::Mac mac, base::Ipv4 address) {
  return arp_request(mac, address, address);
}

}  // namespace sluice::net
