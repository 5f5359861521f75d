// Who has which MAC, as the kernel's neighbour table of one device tells.
#pragma once

#include <map>
#include <optional>

#include "base/address.hpp"
#include "base/result.hpp"
#include "net/netlink.hpp"

namespace sluice::net {

// A learned MAC is kept until another one is learned: one lost ARP answer, or a neighbour table
// flushed because the device lost its carrier, must not stop traffic that flows. Taking a dead
// backend out is the health check's work.
class Neighbours {
 public:
  static base::Result<Neighbours> open(unsigned ifindex);

  // What an earlier process knew; the kernel's word replaces it.
  void seed(const std::map<base::Ipv4, base::Mac>& known);

  int fd() const { return events_.fd(); }

  // Takes notifications (or everything, if `all`); true if a MAC was learned or changed.
  base::Result<bool> update(bool all);

  std::optional<base::Mac> mac(base::Ipv4 address) const;
  const std::map<base::Ipv4, base::Mac>& known() const { return known_; }

  // Makes exactly these the device's permanent entries, so that the host's stack also uses the
  // operator's static ones.
  base::Result<void> set_static(const std::map<base::Ipv4, base::Mac>& entries);

  // Has the kernel resolve the address, or confirm it if the entry is stale.
  base::Result<void> probe(base::Ipv4 address);

 private:
  Neighbours(unsigned ifindex, Netlink requests, Netlink events)
      : ifindex_(ifindex), requests_(std::move(requests)), events_(std::move(events)) {}
  bool learn(const NetlinkMessage& message);

  unsigned ifindex_;
  Netlink requests_;
  Netlink events_;
  std::map<base::Ipv4, base::Mac> known_;
};

}  // namespace sluice::net
