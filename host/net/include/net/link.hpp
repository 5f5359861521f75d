// What the kernel says of one network device: whether it is up, and how many frames it threw away.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "net/netlink.hpp"

namespace sluice::net {

struct DeviceState {
  bool up = false;
  std::uint64_t lost = 0;  // frames to the device that found its queue full, of all so far
};

class Link {
 public:
  static base::Result<Link> open(unsigned ifindex);

  base::Result<DeviceState> read();

 private:
  Link(unsigned ifindex, Netlink netlink) : ifindex_(ifindex), netlink_(std::move(netlink)) {}

  unsigned ifindex_;
  Netlink netlink_;
};

}  // namespace sluice::net
