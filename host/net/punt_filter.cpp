#include "net/punt_filter.hpp"

#include <algorithm>
#include <optional>

#include "frame_bytes.hpp"

namespace sluice::net {
namespace {

constexpr std::uint16_t kArpRequest = 1;
constexpr std::uint16_t kArpReply = 2;
constexpr std::uint8_t kIcmpEchoReply = 0;
constexpr std::uint8_t kIcmpUnreachable = 3;
constexpr std::uint8_t kIcmpRedirect = 5;
constexpr std::uint8_t kIcmpEcho = 8;
constexpr std::uint8_t kIcmpTimeExceeded = 11;
constexpr std::uint8_t kIcmpParameterProblem = 12;
constexpr unsigned kLongestWithBroadcast = 30;

bool is_own(const PuntView& view, base::Ipv4 address) {
  return std::any_of(view.ports.begin(), view.ports.end(),
                     [&](const auto& port) { return port.address == address; });
}

bool is_ours(const PuntView& view, base::Ipv4 address) {
  return is_own(view, address) || view.vips.contains(address);
}

bool is_broadcast(const PuntView& view, base::Ipv4 address) {
  return std::any_of(view.ports.begin(), view.ports.end(), [&](const auto& port) {
    return port.length <= kLongestWithBroadcast && port.broadcast() == address;
  });
}

// 224/4, 240/4 and 255.255.255.255: nobody sends from there.
bool is_group(base::Ipv4 address) { return address.value >> 28 >= 0xe; }

bool is_martian(const PuntView& view, base::Ipv4 source) {
  const std::uint32_t first = source.value >> 24;
  return first == 0 || first == 127 || is_group(source) || is_broadcast(view, source) ||
         is_ours(view, source);
}

enum class Home : std::uint8_t { nowhere, here, elsewhere };

// By which port an address is reached: the longest network that holds it says so, or several of the
// same length.
Home home_of(const PuntView& view, base::Ipv4 address, unsigned port) {
  std::optional<unsigned> longest;
  bool here = false;
  const auto consider = [&](const base::Ipv4Prefix& network, unsigned network_port) {
    if (!network.contains(address) || (longest && network.length < *longest)) return;
    if (!longest || network.length > *longest) here = false;
    longest = network.length;
    here = here || network_port == port;
  };
  for (unsigned i = 0; i < view.ports.size(); ++i) consider(view.ports[i], i);
  for (const PortRoute& route : view.behind) consider(route.destination, route.port);
  if (!longest) return Home::nowhere;
  return here ? Home::here : Home::elsewhere;
}

PuntRuling judge_arp(const PuntView& view, unsigned port, std::span<const std::uint8_t> arp) {
  constexpr std::uint16_t kHardwareEthernet = 1;
  const std::uint16_t operation = read_u16(arp, 6);
  const base::Mac sender_mac = base::Mac::from_bytes(&arp[8]);
  const base::Ipv4 sender = read_ipv4(arp, 14);
  if (read_u16(arp, 0) != kHardwareEthernet || read_u16(arp, 2) != kEthertypeIpv4 || arp[4] != 6 ||
      arp[5] != 4 || (operation != kArpRequest && operation != kArpReply) || sender_mac.is_zero() ||
      sender_mac.is_group()) {
    return PuntRuling::malformed;
  }
  // A probe (RFC 5227) names no sender and teaches nothing.
  if (sender.is_zero() && operation == kArpRequest) {
    return is_ours(view, read_ipv4(arp, 24)) ? PuntRuling::asked : PuntRuling::not_for_host;
  }
  if (is_ours(view, sender)) return PuntRuling::arp_claim;
  if (is_martian(view, sender)) return PuntRuling::martian;
  return home_of(view, sender, port) == Home::here ? PuntRuling::asked : PuntRuling::arp_wrong_port;
}

bool is_icmp(const Ipv4View& ip, std::uint8_t type) {
  return ip.protocol() == kProtocolIcmp && !ip.is_fragment() && !ip.payload().empty() &&
         ip.payload()[0] == type;
}

bool is_icmp_answer(const Ipv4View& ip) {
  return is_icmp(ip, kIcmpEchoReply) || is_icmp(ip, kIcmpUnreachable) ||
         is_icmp(ip, kIcmpTimeExceeded) || is_icmp(ip, kIcmpParameterProblem);
}

// To one of the ports' own addresses.
PuntRuling judge_own(const Ipv4View& ip, bool asked) {
  if (is_icmp(ip, kIcmpRedirect)) return PuntRuling::redirect;
  if (asked) return PuntRuling::asked;
  return is_icmp(ip, kIcmpEcho) ? PuntRuling::echo : PuntRuling::other;
}

PuntRuling judge_vip(const PuntView& view, Unserved policy, const Ipv4View& ip) {
  // A large ping is put together by the stack. ICMP has no ports that a service could have.
  if (ip.is_fragment()) {
    return ip.protocol() == kProtocolIcmp ? PuntRuling::echo : PuntRuling::fragment;
  }
  const PuntRuling by_host = policy == Unserved::host ? PuntRuling::other : PuntRuling::unserved;
  if (ip.protocol() == kProtocolIcmp) {
    if (is_icmp(ip, kIcmpEcho)) return PuntRuling::echo;
    if (is_icmp(ip, kIcmpRedirect)) return PuntRuling::redirect;
    return is_icmp_answer(ip) ? by_host : PuntRuling::unserved;
  }
  const bool tcp = ip.protocol() == kProtocolTcp;
  if (!tcp && ip.protocol() != kProtocolUdp) return by_host;
  if (ip.payload().size() < (tcp ? kTcpBytes : kUdpBytes)) return PuntRuling::malformed;
  const std::uint16_t port = read_u16(ip.payload(), 2);
  if (view.services.contains({ip.destination(), port, ip.protocol()})) return PuntRuling::served;
  return policy == Unserved::reject ? PuntRuling::refuse : by_host;
}

PuntRuling judge_ipv4(const PuntView& view, const PuntedFrame& frame, const Ipv4View& ip) {
  const base::Ipv4 to = ip.destination();
  if (is_martian(view, ip.source())) return PuntRuling::martian;
  if (home_of(view, ip.source(), frame.port) == Home::elsewhere) return PuntRuling::wrong_port;
  if (const auto vip = view.vips.find(to); vip != view.vips.end()) {
    return judge_vip(view, vip->second, ip);
  }
  if (is_own(view, to)) return judge_own(ip, frame.asked);
  const bool everybody = to.value == 0xffffffff || to.value >> 28 == 0xe || is_broadcast(view, to);
  return everybody ? PuntRuling::other : PuntRuling::not_for_host;
}

}  // namespace

const char* name(PuntRuling ruling) {
  static constexpr const char* kNames[kPuntRulings] = {
      "asked",      "echo",         "other",     "refuse",         "limited",
      "malformed",  "not_for_host", "arp_claim", "arp_wrong_port", "martian",
      "wrong_port", "redirect",     "fragment",  "served",         "unserved"};
  return kNames[static_cast<std::size_t>(ruling)];
}

ArpSender arp_sender(std::span<const std::uint8_t> frame) {
  const auto arp = frame.subspan(kEthernetBytes);
  return {read_ipv4(arp, 14), base::Mac::from_bytes(&arp[8])};
}

PuntRuling judge(const PuntView& view, const PuntedFrame& frame) {
  if (frame.bytes.size() < kEthernetBytes) return PuntRuling::malformed;
  if (frame.port >= view.ports.size()) return PuntRuling::not_for_host;
  const std::uint16_t ethertype = read_u16(frame.bytes, 12);
  if (ethertype == kEthertypeArp) {
    if (frame.bytes.size() < kEthernetBytes + kArpBytes) return PuntRuling::malformed;
    return judge_arp(view, frame.port, frame.bytes.subspan(kEthernetBytes));
  }
  if (ethertype != kEthertypeIpv4) return PuntRuling::not_for_host;
  if (!Ipv4View::valid(frame.bytes)) return PuntRuling::malformed;
  return judge_ipv4(view, frame, Ipv4View(frame.bytes));
}

}  // namespace sluice::net
