#include "net/netlink.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace sluice::net {
namespace {

constexpr std::size_t kReceiveBytes = 32768;
constexpr int kNotificationBufferBytes = 1 << 20;
constexpr timeval kAnswerTimeout{2, 0};

base::Error system_error(const std::string& what, int error) {
  return {base::Errc::io, what + ": " + std::strerror(error), "netlink"};
}

// Calls `take(header, message)` for each message of a datagram until it returns false.
template <class Take>
bool for_each_message(std::span<const std::uint8_t> datagram, const Take& take) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) return true;
    const NetlinkMessage message{header.nlmsg_type,
                                 datagram.subspan(sizeof header, header.nlmsg_len - sizeof header)};
    if (!take(header, message)) return false;
    datagram =
        datagram.subspan(std::min<std::size_t>(datagram.size(), NLMSG_ALIGN(header.nlmsg_len)));
  }
  return true;
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags, const void* fixed,
                               std::size_t size)
    : bytes_(NLMSG_SPACE(size)) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  std::memcpy(bytes_.data(), &header, sizeof header);
  std::memcpy(bytes_.data() + NLMSG_HDRLEN, fixed, size);
}

void NetlinkRequest::add(std::uint16_t attribute, std::span<const std::uint8_t> value) {
  const rtattr header{static_cast<std::uint16_t>(RTA_LENGTH(value.size())), attribute};
  const std::size_t at = bytes_.size();
  bytes_.resize(at + RTA_SPACE(value.size()));
  std::memcpy(bytes_.data() + at, &header, sizeof header);
  if (!value.empty()) std::memcpy(bytes_.data() + at + RTA_LENGTH(0), value.data(), value.size());
}

void NetlinkRequest::add_u32(std::uint16_t attribute, std::uint32_t value) {
  std::array<std::uint8_t, sizeof value> raw;
  std::memcpy(raw.data(), &value, sizeof value);
  add(attribute, raw);
}

void NetlinkRequest::add_ipv4(std::uint16_t attribute, std::uint32_t address) {
  add_u32(attribute, htonl(address));
}

void NetlinkRequest::add_string(std::uint16_t attribute, std::string_view text) {
  std::vector<std::uint8_t> raw(text.begin(), text.end());
  raw.push_back(0);
  add(attribute, raw);
}

void NetlinkRequest::add_flags(std::uint16_t flags) {
  nlmsghdr header;
  std::memcpy(&header, bytes_.data(), sizeof header);
  header.nlmsg_flags = static_cast<std::uint16_t>(header.nlmsg_flags | flags);
  std::memcpy(bytes_.data(), &header, sizeof header);
}

std::span<const std::uint8_t> NetlinkRequest::bytes(std::uint32_t sequence) {
  nlmsghdr header;
  std::memcpy(&header, bytes_.data(), sizeof header);
  header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
  header.nlmsg_seq = sequence;
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

std::span<const std::uint8_t> NetlinkMessage::attribute(std::size_t fixed_bytes,
                                                        std::uint16_t wanted) const {
  std::size_t at = NLMSG_ALIGN(fixed_bytes);
  while (at + sizeof(rtattr) <= body.size()) {
    rtattr header;
    std::memcpy(&header, body.data() + at, sizeof header);
    if (header.rta_len < sizeof header || at + header.rta_len > body.size()) return {};
    if ((header.rta_type & NLA_TYPE_MASK) == wanted) {
      return body.subspan(at + RTA_LENGTH(0), header.rta_len - RTA_LENGTH(0));
    }
    at += RTA_ALIGN(header.rta_len);
  }
  return {};
}

std::uint32_t NetlinkMessage::attribute_ipv4(std::size_t fixed_bytes, std::uint16_t wanted) const {
  const auto raw = attribute(fixed_bytes, wanted);
  if (raw.size() != 4) return 0;
  std::uint32_t wire = 0;
  std::memcpy(&wire, raw.data(), sizeof wire);
  return ntohl(wire);
}

base::Result<Netlink> Netlink::open(std::uint32_t groups) {
  const int flags = SOCK_RAW | SOCK_CLOEXEC | (groups != 0 ? SOCK_NONBLOCK : 0);
  base::Fd fd(::socket(AF_NETLINK, flags, NETLINK_ROUTE));
  if (!fd) return system_error("socket", errno);
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  self.nl_groups = groups;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&self), sizeof self) != 0) {
    return system_error("bind", errno);
  }
  const int one = 1;
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
  if (groups != 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kNotificationBufferBytes,
                 sizeof kNotificationBufferBytes);
  }
  return Netlink(std::move(fd));
}

base::Result<void> Netlink::exchange(NetlinkRequest& request, const Visit& visit,
                                     int* kernel_errno) {
  const std::uint32_t sequence = ++sequence_;
  const auto bytes = request.bytes(sequence);
  if (::send(fd_.get(), bytes.data(), bytes.size(), 0) < 0) return system_error("send", errno);
  std::vector<std::uint8_t> buffer(kReceiveBytes);
  while (true) {
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("no answer", errno);
    const auto datagram = std::span(buffer).first(static_cast<std::size_t>(count));
    const bool more = for_each_message(datagram, [&](const nlmsghdr& header, const auto& message) {
      if (header.nlmsg_seq != sequence) return true;
      if (header.nlmsg_type == NLMSG_DONE) return false;
      if (header.nlmsg_type == NLMSG_ERROR) {
        const auto* error = message.template fixed<nlmsgerr>();
        *kernel_errno = error == nullptr ? EPROTO : -error->error;
        return false;
      }
      visit(message);
      return true;
    });
    if (!more) return {};
  }
}

base::Result<void> Netlink::request(NetlinkRequest request, int ignored_errno) {
  int kernel_errno = 0;
  request.add_flags(NLM_F_ACK);
  const auto done = exchange(request, [](const NetlinkMessage&) {}, &kernel_errno);
  if (!done) return done;
  if (kernel_errno == 0 || kernel_errno == ignored_errno) return {};
  return system_error("the kernel refused", kernel_errno);
}

base::Result<void> Netlink::get(NetlinkRequest request, const Visit& visit) {
  int kernel_errno = 0;
  request.add_flags(NLM_F_ACK);
  const auto done = exchange(request, visit, &kernel_errno);
  if (!done) return done;
  if (kernel_errno == 0) return {};
  return system_error("the kernel refused", kernel_errno);
}

base::Result<void> Netlink::dump(NetlinkRequest request, const Visit& visit) {
  int kernel_errno = 0;
  request.add_flags(NLM_F_DUMP);
  const auto done = exchange(request, visit, &kernel_errno);
  if (!done) return done;
  if (kernel_errno == 0) return {};
  return system_error("the kernel refused a dump", kernel_errno);
}

base::Result<bool> Netlink::notifications(const Visit& visit) {
  std::vector<std::uint8_t> buffer(kReceiveBytes);
  bool complete = true;
  while (true) {
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == ENOBUFS) {
      complete = false;
      continue;
    }
    if (count < 0 && errno == EAGAIN) return complete;
    if (count < 0) return system_error("receive", errno);
    for_each_message(std::span(buffer).first(static_cast<std::size_t>(count)),
                     [&](const nlmsghdr&, const NetlinkMessage& message) {
                       visit(message);
                       return true;
                     });
  }
}

}  // namespace sluice::net
