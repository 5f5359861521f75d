#include "net/tap.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace sluice::net {
namespace {

constexpr char kTunDevice[] = "/dev/net/tun";

base::Error refused(const std::string& name, int error) {
  if (error == EBUSY) {
    return {base::Errc::busy, "another process holds the TAP; is a sluiced running already?", name};
  }
  if (error == EPERM) return {base::Errc::io, "CAP_NET_ADMIN is needed to make a TAP", name};
  return {base::Errc::io, std::string("cannot make the TAP: ") + std::strerror(error), name};
}

}  // namespace

base::Result<Tap> Tap::open(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return base::Error{base::Errc::invalid, "a device name has 1 to 15 characters", name};
  }
  base::Fd fd(::open(kTunDevice, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return base::Error{base::Errc::io, std::strerror(errno), kTunDevice};
  ifreq request{};
  std::memcpy(request.ifr_name, name.c_str(), name.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) return refused(name, errno);
  if (::ioctl(fd.get(), TUNSETPERSIST, 1) != 0) return refused(name, errno);
  return Tap(name, std::move(fd));
}

base::Result<std::size_t> Tap::read(std::span<std::uint8_t> frame) {
  const ssize_t count = ::read(fd_.get(), frame.data(), frame.size());
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EINTR || errno == EIO) return std::size_t{0};  // EIO: link down
  return base::Error{base::Errc::io, std::string("read: ") + std::strerror(errno), name_};
}

base::Result<bool> Tap::write(std::span<const std::uint8_t> frame) {
  const ssize_t count = ::write(fd_.get(), frame.data(), frame.size());
  if (count >= 0) return true;
  if (errno == EAGAIN || errno == EINTR || errno == EIO || errno == ENOBUFS || errno == EINVAL) {
    return false;  // EIO: link down; EINVAL: shorter than an Ethernet header
  }
  return base::Error{base::Errc::io, std::string("write: ") + std::strerror(errno), name_};
}

}  // namespace sluice::net
