// Which of the frames that the card hands over may reach the host's stack. Pure.
//
// The stack holds the card's own addresses and all VIPs, so what reaches it is answered: it must
// never see a packet for a VIP and port that a service has, nor believe an address that comes in by
// the wrong port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "net/inject_route.hpp"

namespace sluice::net {

// What becomes of packets to a VIP's ports that no service has.
enum class Unserved : std::uint8_t { drop, reject, host };

struct ServedPort {
  base::Ipv4 vip;
  std::uint16_t port = 0;
  std::uint8_t protocol = 0;
  auto operator<=>(const ServedPort&) const = default;
};

// What the filter needs to know of the configuration.
struct PuntView {
  std::vector<base::Ipv4Prefix> ports;  // their own addresses with their networks; by port number
  std::vector<PortRoute> behind;        // addresses behind a gateway of a port
  std::map<base::Ipv4, Unserved> vips;
  std::set<ServedPort> services;
};

struct PuntedFrame {
  unsigned port = 0;   // it came in by
  bool asked = false;  // in the card's class of what the host asked for
  std::span<const std::uint8_t> bytes;
};

enum class PuntRuling : std::uint8_t {
  // To the host's stack: never limited, limited, limited
  asked,
  echo,
  other,
  // Answered without it (net/refusal.hpp), limited
  refuse,
  // Dropped
  limited,         // by the limits above
  malformed,       // not what its type says
  not_for_host,    // neither ARP nor IPv4 to one of the host's addresses; with a VLAN tag
  arp_claim,       // somebody else's ARP for an address of the card
  arp_wrong_port,  // ARP of an address that is not in the port's network
  martian,         // from an address that no host sends from
  wrong_port,      // from an address in another port's network
  redirect,        // ICMP redirect
  fragment,        // a fragment to a VIP, not of ICMP
  served,          // to a VIP and port that a service has
  unserved,        // to a VIP, and its policy keeps it from the host
};
inline constexpr std::size_t kPuntRulings = 15;

const char* name(PuntRuling ruling);  // "arp_claim"

inline bool reaches_stack(PuntRuling ruling) {
  return ruling == PuntRuling::asked || ruling == PuntRuling::echo || ruling == PuntRuling::other;
}

// Who an ARP frame says it is from; of a frame that `judge` did not call malformed.
struct ArpSender {
  base::Ipv4 address;
  base::Mac mac;
  auto operator<=>(const ArpSender&) const = default;
};
ArpSender arp_sender(std::span<const std::uint8_t> frame);

// Any bytes; never `limited`.
PuntRuling judge(const PuntView& view, const PuntedFrame& frame);

}  // namespace sluice::net
