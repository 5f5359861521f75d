// A socket to the kernel's routing tables (rtnetlink): requests with their answer, dumps, and
// notifications. Only what net/ needs of RFC 3549.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace sluice::net {

// Builds one request: header, the family's fixed part, then attributes.
class NetlinkRequest {
 public:
  template <class Fixed>
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Fixed& fixed)
      : NetlinkRequest(type, flags, &fixed, sizeof fixed) {}

  void add(std::uint16_t attribute, std::span<const std::uint8_t> value);
  void add_u32(std::uint16_t attribute, std::uint32_t value);
  void add_ipv4(std::uint16_t attribute, std::uint32_t address);  // host order in, wire order out
  void add_string(std::uint16_t attribute, std::string_view text);

  void add_flags(std::uint16_t flags);

  // The finished message with this sequence number; valid until the next call.
  std::span<const std::uint8_t> bytes(std::uint32_t sequence);

 private:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const void* fixed, std::size_t size);
  std::vector<std::uint8_t> bytes_;
};

// One message from the kernel: type and the fixed part with attributes behind it.
struct NetlinkMessage {
  std::uint16_t type = 0;
  std::span<const std::uint8_t> body;

  // The fixed part, or nullptr if the message is too short for it.
  template <class Fixed>
  const Fixed* fixed() const {
    return body.size() < sizeof(Fixed) ? nullptr : reinterpret_cast<const Fixed*>(body.data());
  }
  // An attribute's bytes; empty if absent.
  std::span<const std::uint8_t> attribute(std::size_t fixed_bytes, std::uint16_t type) const;
  std::uint32_t attribute_ipv4(std::size_t fixed_bytes, std::uint16_t type) const;  // 0: absent
};

class Netlink {
 public:
  using Visit = std::function<void(const NetlinkMessage&)>;

  // `groups`: RTMGRP_* to be told of; 0 for a request socket.
  static base::Result<Netlink> open(std::uint32_t groups);

  int fd() const { return fd_.get(); }

  // Sends and waits for the kernel's acknowledgement. `ignored_errno` (EEXIST, ESRCH..) counts as
  // success.
  base::Result<void> request(NetlinkRequest request, int ignored_errno = 0);
  // Asks for one thing and visits it.
  base::Result<void> get(NetlinkRequest request, const Visit& visit);
  base::Result<void> dump(NetlinkRequest request, const Visit& visit);

  // Visits the notifications waiting now. False: some were lost, so dump again.
  base::Result<bool> notifications(const Visit& visit);

 private:
  explicit Netlink(base::Fd fd) : fd_(std::move(fd)) {}
  base::Result<void> exchange(NetlinkRequest& request, const Visit& visit, int* kernel_errno);

  base::Fd fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace sluice::net
