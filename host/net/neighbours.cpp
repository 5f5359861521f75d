#include "net/neighbours.hpp"

#include <linux/neighbour.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace sluice::net {
namespace {

// The kernel's table is bounded by gc_thresh3; this bounds what we keep of it.
constexpr std::size_t kMaxKnown = 16384;
constexpr std::uint16_t kStatesWithMac =
    NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;

ndmsg header_for(unsigned ifindex) {
  ndmsg header{};
  header.ndm_family = AF_INET;
  header.ndm_ifindex = static_cast<int>(ifindex);
  return header;
}

}  // namespace

base::Result<Neighbours> Neighbours::open(unsigned ifindex) {
  auto requests = Netlink::open(0);
  if (!requests) return requests.error();
  auto events = Netlink::open(RTMGRP_NEIGH);
  if (!events) return events.error();
  return Neighbours(ifindex, std::move(*requests), std::move(*events));
}

void Neighbours::seed(const std::map<base::Ipv4, base::Mac>& known) { known_ = known; }

base::Result<bool> Neighbours::update(bool all) {
  bool changed = false;
  const auto visit = [&](const NetlinkMessage& message) { changed = learn(message) || changed; };
  const auto complete = events_.notifications(visit);
  if (!complete) return complete;
  if (!all && *complete) return changed;
  // The dump filters by device itself (learn() does), so the header is all zero but the family.
  const auto dumped = requests_.dump(NetlinkRequest(RTM_GETNEIGH, 0, header_for(0)), visit);
  if (!dumped) return dumped.error();
  return changed;
}

bool Neighbours::learn(const NetlinkMessage& message) {
  if (message.type != RTM_NEWNEIGH) return false;
  const auto* header = message.fixed<ndmsg>();
  if (header == nullptr || header->ndm_family != AF_INET) return false;
  if (header->ndm_ifindex != static_cast<int>(ifindex_)) return false;
  if ((header->ndm_state & kStatesWithMac) == 0) return false;
  const base::Ipv4 address{message.attribute_ipv4(sizeof(ndmsg), NDA_DST)};
  const auto raw = message.attribute(sizeof(ndmsg), NDA_LLADDR);
  if (raw.size() != 6) return false;
  const base::Mac mac = base::Mac::from_bytes(raw.data());
  if (address.is_zero() || mac.is_zero() || mac.is_group()) return false;
  const auto found = known_.find(address);
  if (found == known_.end()) {
    if (known_.size() >= kMaxKnown) return false;
    known_.emplace(address, mac);
    return true;
  }
  if (found->second == mac) return false;
  found->second = mac;
  return true;
}

std::optional<base::Mac> Neighbours::mac(base::Ipv4 address) const {
  const auto found = known_.find(address);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

base::Result<void> Neighbours::set_static(const std::map<base::Ipv4, base::Mac>& entries) {
  std::map<base::Ipv4, base::Mac> present;
  const auto visit = [&](const NetlinkMessage& message) {
    const auto* header = message.fixed<ndmsg>();
    if (header == nullptr || header->ndm_ifindex != static_cast<int>(ifindex_)) return;
    const auto raw = message.attribute(sizeof(ndmsg), NDA_LLADDR);
    if ((header->ndm_state & NUD_PERMANENT) == 0 || raw.size() != 6) return;
    const base::Ipv4 address{message.attribute_ipv4(sizeof(ndmsg), NDA_DST)};
    present[address] = base::Mac::from_bytes(raw.data());
  };
  auto done = requests_.dump(NetlinkRequest(RTM_GETNEIGH, 0, header_for(0)), visit);
  if (!done) return done;
  for (const auto& [address, mac] : present) {
    if (entries.contains(address)) continue;
    NetlinkRequest request(RTM_DELNEIGH, 0, header_for(ifindex_));
    request.add_ipv4(NDA_DST, address.value);
    if (done = requests_.request(std::move(request), ENOENT); !done) return done;
  }
  for (const auto& [address, mac] : entries) {
    const auto found = present.find(address);
    if (found != present.end() && found->second == mac) continue;
    ndmsg header = header_for(ifindex_);
    header.ndm_state = NUD_PERMANENT;
    NetlinkRequest request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header);
    request.add_ipv4(NDA_DST, address.value);
    std::array<std::uint8_t, 6> raw;
    mac.to_bytes(raw.data());
    request.add(NDA_LLADDR, raw);
    if (done = requests_.request(std::move(request)); !done) return done;
  }
  return {};
}

base::Result<void> Neighbours::probe(base::Ipv4 address) {
  ndmsg header = header_for(ifindex_);
  header.ndm_flags = NTF_USE;
  NetlinkRequest request(RTM_NEWNEIGH, NLM_F_CREATE, header);
  request.add_ipv4(NDA_DST, address.value);
  return requests_.request(std::move(request));
}

}  // namespace sluice::net
