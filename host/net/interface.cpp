#include "net/interface.hpp"

#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "base/fd.hpp"
#include "net/netlink.hpp"

namespace sluice::net {
namespace {

struct LinkState {
  base::Mac mac;
  std::uint32_t mtu_bytes = 0;
  bool up = false;
};

struct Sysctl {
  const char* name;
  const char* value;
  const char* why;
};

constexpr Sysctl kSysctls[] = {
    {"ipv4/conf/%/promote_secondaries", "1", "removing one address must not remove its subnet's"},
    {"ipv4/conf/%/arp_ignore", "1", "answer for our addresses only, not for the host's others"},
    {"ipv4/conf/%/arp_announce", "2", "ask with the port's address, never with a VIP"},
    {"ipv4/conf/%/forwarding", "0", "the host is no router between the card's ports"},
    {"ipv4/conf/%/accept_redirects", "0", "a forged redirect would aim checks elsewhere"},
    // A device that does not forward takes them if either says so; the others keep their own word.
    {"ipv4/conf/all/accept_redirects", "0", "the same: the kernel looks at both"},
    {"ipv4/conf/%/secure_redirects", "0", "the same, from a gateway's address"},
    {"ipv4/conf/%/send_redirects", "0", "the host is no router"},
    {"ipv4/conf/%/accept_source_route", "0", "nobody chooses the way of the host's answers"},
    {"ipv6/conf/%/disable_ipv6", "1", "no router solicitations through the mailbox"},
};

// A kernel without IPv6 has no such file; that is not an error.
base::Result<void> write_sysctl(const std::string& device, const Sysctl& sysctl) {
  std::string path = std::string("/proc/sys/net/") + sysctl.name;
  if (const auto place = path.find('%'); place != std::string::npos) path.replace(place, 1, device);
  const base::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  if (!fd || ::write(fd.get(), sysctl.value, std::strlen(sysctl.value)) < 0) {
    return base::Error{base::Errc::io, std::strerror(errno), path};
  }
  return {};
}

base::Result<LinkState> read_link(Netlink& netlink, unsigned ifindex) {
  LinkState state;
  const auto dumped =
      netlink.dump(NetlinkRequest(RTM_GETLINK, 0, ifinfomsg{}), [&](const NetlinkMessage& message) {
        const auto* header = message.fixed<ifinfomsg>();
        if (header == nullptr || header->ifi_index != static_cast<int>(ifindex)) return;
        state.up = (header->ifi_flags & IFF_UP) != 0;
        const auto mac = message.attribute(sizeof(ifinfomsg), IFLA_ADDRESS);
        if (mac.size() == 6) state.mac = base::Mac::from_bytes(mac.data());
        const auto mtu = message.attribute(sizeof(ifinfomsg), IFLA_MTU);
        if (mtu.size() == 4) std::memcpy(&state.mtu_bytes, mtu.data(), 4);
      });
  if (!dumped) return dumped.error();
  return state;
}

base::Result<void> set_link(Netlink& netlink, unsigned ifindex, const InterfacePlan& plan) {
  const auto state = read_link(netlink, ifindex);
  if (!state) return state.error();
  if (state->up && state->mac == plan.mac && state->mtu_bytes == plan.mtu_bytes) return {};
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(ifindex);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  NetlinkRequest request(RTM_NEWLINK, 0, header);
  std::array<std::uint8_t, 6> mac;
  plan.mac.to_bytes(mac.data());
  request.add(IFLA_ADDRESS, mac);
  request.add_u32(IFLA_MTU, plan.mtu_bytes);
  return netlink.request(std::move(request));
}

// --- addresses ---

base::Result<std::set<base::Ipv4Prefix>> read_addresses(Netlink& netlink, unsigned ifindex) {
  std::set<base::Ipv4Prefix> result;
  ifaddrmsg wanted{};
  wanted.ifa_family = AF_INET;
  const auto dumped =
      netlink.dump(NetlinkRequest(RTM_GETADDR, 0, wanted), [&](const NetlinkMessage& message) {
        const auto* header = message.fixed<ifaddrmsg>();
        if (header == nullptr || header->ifa_index != ifindex) return;
        const base::Ipv4 address{message.attribute_ipv4(sizeof(ifaddrmsg), IFA_LOCAL)};
        result.insert({address, header->ifa_prefixlen});
      });
  if (!dumped) return dumped.error();
  return result;
}

base::Result<void> change_address(Netlink& netlink, unsigned ifindex, std::uint16_t type,
                                  const base::Ipv4Prefix& prefix) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix.length);
  header.ifa_index = ifindex;
  const bool adding = type == RTM_NEWADDR;
  NetlinkRequest request(
      type, adding ? static_cast<std::uint16_t>(NLM_F_CREATE | NLM_F_EXCL) : std::uint16_t{0},
      header);
  request.add_ipv4(IFA_LOCAL, prefix.address.value);
  request.add_ipv4(IFA_ADDRESS, prefix.address.value);
  if (prefix.length < 31) request.add_ipv4(IFA_BROADCAST, prefix.broadcast().value);
  return netlink.request(std::move(request), adding ? EEXIST : EADDRNOTAVAIL);
}

base::Result<void> set_addresses(Netlink& netlink, unsigned ifindex, const InterfacePlan& plan) {
  const auto present = read_addresses(netlink, ifindex);
  if (!present) return present.error();
  const std::set<base::Ipv4Prefix> wanted(plan.addresses.begin(), plan.addresses.end());
  for (const auto& prefix : *present) {
    if (wanted.contains(prefix)) continue;
    if (auto done = change_address(netlink, ifindex, RTM_DELADDR, prefix); !done) return done;
  }
  for (const auto& prefix : wanted) {
    if (present->contains(prefix)) continue;
    if (auto done = change_address(netlink, ifindex, RTM_NEWADDR, prefix); !done) return done;
  }
  return {};
}

// --- routes of the own table ---

// gateway zero: on-link.
base::Result<std::set<GatewayRoute>> read_routes(Netlink& netlink, unsigned ifindex) {
  std::set<GatewayRoute> result;
  rtmsg wanted{};
  wanted.rtm_family = AF_INET;
  const auto dumped =
      netlink.dump(NetlinkRequest(RTM_GETROUTE, 0, wanted), [&](const NetlinkMessage& message) {
        const auto* header = message.fixed<rtmsg>();
        if (header == nullptr) return;
        const auto number = [&](std::uint16_t attribute) {
          const auto raw = message.attribute(sizeof(rtmsg), attribute);
          std::uint32_t value = 0;
          if (raw.size() == sizeof value) std::memcpy(&value, raw.data(), sizeof value);
          return value;
        };
        if (number(RTA_TABLE) != kRouteTable || number(RTA_OIF) != ifindex) return;
        const base::Ipv4 destination{message.attribute_ipv4(sizeof(rtmsg), RTA_DST)};
        const base::Ipv4 gateway{message.attribute_ipv4(sizeof(rtmsg), RTA_GATEWAY)};
        result.insert(GatewayRoute{{destination, header->rtm_dst_len}, gateway});
      });
  if (!dumped) return dumped.error();
  return result;
}

base::Result<void> change_route(Netlink& netlink, unsigned ifindex, std::uint16_t type,
                                const GatewayRoute& route) {
  const bool adding = type == RTM_NEWROUTE;
  const bool onlink = route.gateway.is_zero();
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = static_cast<std::uint8_t>(route.destination.length);
  header.rtm_table = RT_TABLE_UNSPEC;
  header.rtm_type = RTN_UNICAST;
  if (adding) header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = static_cast<unsigned char>(onlink ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
  NetlinkRequest request(
      type, adding ? static_cast<std::uint16_t>(NLM_F_CREATE | NLM_F_EXCL) : std::uint16_t{0},
      header);
  request.add_u32(RTA_TABLE, kRouteTable);
  if (route.destination.length > 0) {
    request.add_ipv4(RTA_DST, route.destination.network().value);
  }
  request.add_u32(RTA_OIF, ifindex);
  if (!onlink) request.add_ipv4(RTA_GATEWAY, route.gateway.value);
  return netlink.request(std::move(request), adding ? EEXIST : ESRCH);
}

base::Result<void> set_routes(Netlink& netlink, unsigned ifindex, const InterfacePlan& plan) {
  const auto present = read_routes(netlink, ifindex);
  if (!present) return present.error();
  std::set<GatewayRoute> wanted;
  for (const auto& prefix : plan.addresses) {
    if (prefix.length < 32) {
      wanted.insert(GatewayRoute{{prefix.network(), prefix.length}, {}});
    }
  }
  for (const auto& route : plan.routes) {
    const base::Ipv4Prefix network{route.destination.network(), route.destination.length};
    wanted.insert(GatewayRoute{network, route.gateway});
  }
  for (const auto& route : *present) {
    if (wanted.contains(route)) continue;
    if (auto done = change_route(netlink, ifindex, RTM_DELROUTE, route); !done) return done;
  }
  // On-link first (a gateway must be reachable): the set orders by destination, so two rounds.
  for (const bool onlink : {true, false}) {
    for (const auto& route : wanted) {
      if (route.gateway.is_zero() != onlink || present->contains(route)) continue;
      if (auto done = change_route(netlink, ifindex, RTM_NEWROUTE, route); !done) return done;
    }
  }
  return {};
}

// --- rules: packets from our addresses use the own table ---

base::Result<std::set<base::Ipv4>> read_rules(Netlink& netlink) {
  std::set<base::Ipv4> result;
  fib_rule_hdr wanted{};
  wanted.family = AF_INET;
  const auto dumped =
      netlink.dump(NetlinkRequest(RTM_GETRULE, 0, wanted), [&](const NetlinkMessage& message) {
        const auto* header = message.fixed<fib_rule_hdr>();
        if (header == nullptr || header->src_len != 32) return;
        const auto raw = message.attribute(sizeof(fib_rule_hdr), FRA_PRIORITY);
        std::uint32_t priority = 0;
        if (raw.size() == sizeof priority) std::memcpy(&priority, raw.data(), sizeof priority);
        if (priority != kRulePriority) return;
        result.insert({message.attribute_ipv4(sizeof(fib_rule_hdr), FRA_SRC)});
      });
  if (!dumped) return dumped.error();
  return result;
}

base::Result<void> change_rule(Netlink& netlink, std::uint16_t type, base::Ipv4 source) {
  const bool adding = type == RTM_NEWRULE;
  fib_rule_hdr header{};
  header.family = AF_INET;
  header.src_len = 32;
  header.action = FR_ACT_TO_TBL;
  NetlinkRequest request(
      type, adding ? static_cast<std::uint16_t>(NLM_F_CREATE | NLM_F_EXCL) : std::uint16_t{0},
      header);
  request.add_ipv4(FRA_SRC, source.value);
  request.add_u32(FRA_TABLE, kRouteTable);
  request.add_u32(FRA_PRIORITY, kRulePriority);
  return netlink.request(std::move(request), adding ? EEXIST : ENOENT);
}

base::Result<void> set_rules(Netlink& netlink, const InterfacePlan& plan) {
  const auto present = read_rules(netlink);
  if (!present) return present.error();
  std::set<base::Ipv4> wanted;
  for (const auto& prefix : plan.addresses) wanted.insert(prefix.address);
  for (const auto& source : *present) {
    if (wanted.contains(source)) continue;
    if (auto done = change_rule(netlink, RTM_DELRULE, source); !done) return done;
  }
  for (const auto& source : wanted) {
    if (present->contains(source)) continue;
    if (auto done = change_rule(netlink, RTM_NEWRULE, source); !done) return done;
  }
  return {};
}

base::Error at_device(const base::Error& error, const std::string& name, const char* step) {
  return {error.code, std::string(step) + ": " + error.what, name};
}

}  // namespace

base::Result<unsigned> interface_index(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) return base::Error{base::Errc::not_found, "no such network device", name};
  return index;
}

base::Result<void> apply_interface(const std::string& name, const InterfacePlan& plan) {
  const auto ifindex = interface_index(name);
  if (!ifindex) return ifindex.error();
  auto netlink = Netlink::open(0);
  if (!netlink) return netlink.error();
  for (const Sysctl& sysctl : kSysctls) {
    if (auto done = write_sysctl(name, sysctl); !done) return done;
  }
  if (auto done = set_link(*netlink, *ifindex, plan); !done) {
    return at_device(done.error(), name, "MAC, MTU or up");
  }
  if (auto done = set_addresses(*netlink, *ifindex, plan); !done) {
    return at_device(done.error(), name, "addresses");
  }
  if (auto done = set_routes(*netlink, *ifindex, plan); !done) {
    return at_device(done.error(), name, "routes");
  }
  if (auto done = set_rules(*netlink, plan); !done) return at_device(done.error(), name, "rules");
  return {};
}

}  // namespace sluice::net
