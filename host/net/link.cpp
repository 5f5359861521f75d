#include "net/link.hpp"

#include <linux/if_link.h>
#include <net/if.h>

#include <cstring>

namespace sluice::net {

base::Result<Link> Link::open(unsigned ifindex) {
  auto netlink = Netlink::open(0);
  if (!netlink) return netlink.error();
  return Link(ifindex, std::move(*netlink));
}

base::Result<DeviceState> Link::read() {
  ifinfomsg wanted{};
  wanted.ifi_index = static_cast<int>(ifindex_);
  DeviceState state;
  const auto done =
      netlink_.get(NetlinkRequest(RTM_GETLINK, 0, wanted), [&](const NetlinkMessage& message) {
        const auto* header = message.fixed<ifinfomsg>();
        if (header == nullptr) return;
        state.up = (header->ifi_flags & IFF_UP) != 0;
        const auto raw = message.attribute(sizeof(ifinfomsg), IFLA_STATS64);
        rtnl_link_stats64 counts{};
        std::memcpy(&counts, raw.data(), std::min(raw.size(), sizeof counts));
        state.lost = counts.tx_dropped;
      });
  if (!done) return done.error();
  return state;
}

}  // namespace sluice::net
