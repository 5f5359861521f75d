#include "tap_port.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sluice::sim {

namespace {

base::Error os_error(const std::string& what, const std::string& where) {
  return {base::Errc::io, what + ": " + std::strerror(errno), where};
}

// Enters a network namespace and returns to the old one when destroyed.
class NetnsVisit {
 public:
  static base::Result<NetnsVisit> enter(const std::string& name) {
    NetnsVisit visit;
    if (name.empty()) return visit;
    const std::string path = "/run/netns/" + name;
    base::Fd target(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!target) {
      return base::Error{base::Errc::not_found,
                         "no network namespace '" + name + "' (ip netns add " + name + ")", path};
    }
    visit.home_ = base::Fd(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!visit.home_) return os_error("cannot open this process's namespace", "/proc/self/ns/net");
    if (::setns(target.get(), CLONE_NEWNET) != 0) {
      visit.home_.reset();
      return os_error("cannot enter the network namespace", path);
    }
    return visit;
  }
  NetnsVisit(NetnsVisit&&) = default;
  ~NetnsVisit() {
    // The way back cannot fail: the descriptor is our own namespace's. If it does, everything
    // that follows would happen in the wrong place.
    if (home_ && ::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
  }

 private:
  NetnsVisit() = default;
  base::Fd home_;
};

ifreq request_for(const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

base::Result<void> configure(const TapOptions& options) {
  base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return os_error("cannot open a socket", options.device);
  ifreq request = request_for(options.device);
  request.ifr_mtu = static_cast<int>(options.mtu_bytes);
  if (::ioctl(socket.get(), SIOCSIFMTU, &request) != 0) {
    return os_error("cannot set the MTU to " + std::to_string(options.mtu_bytes), options.device);
  }
  request = request_for(options.device);
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
    return os_error("cannot read the flags", options.device);
  }
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) {
    return os_error("cannot bring the device up", options.device);
  }
  return {};
}

}  // namespace

TapPort::TapPort(base::Fd fd, TapOptions options)
    : fd_(std::move(fd)), options_(std::move(options)) {}

base::Result<std::unique_ptr<PortAdapter>> TapPort::open(const TapOptions& options) {
  if (options.device.empty() || options.device.size() >= IFNAMSIZ) {
    return base::Error{base::Errc::invalid, "a device name has 1 to 15 characters", options.device};
  }
  auto visit = NetnsVisit::enter(options.netns);
  if (!visit) return visit.error();
  base::Fd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return os_error("cannot open (root? module tun?)", "/dev/net/tun");
  ifreq request = request_for(options.device);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0) {
    return os_error("cannot make the TAP device", options.device);
  }
  if (auto done = configure(options); !done) return done.error();
  return std::unique_ptr<PortAdapter>(new TapPort(std::move(fd), options));
}

bool TapPort::receive(std::uint64_t, Frame* frame) {
  std::array<std::uint8_t, 65536> buffer;
  const ssize_t bytes = ::read(fd_.get(), buffer.data(), buffer.size());
  if (bytes <= 0) return false;
  *frame = {};
  frame->bytes.assign(buffer.begin(), buffer.begin() + bytes);
  // The sending NIC would pad a short frame on its way to the wire.
  if (frame->bytes.size() < layout::kMinFrameBytes) frame->bytes.resize(layout::kMinFrameBytes);
  return true;
}

bool TapPort::send(const Frame& frame) {
  return ::write(fd_.get(), frame.bytes.data(), frame.bytes.size()) ==
         static_cast<ssize_t>(frame.bytes.size());
}

std::string TapPort::name() const {
  return options_.netns.empty() ? options_.device : options_.device + "@" + options_.netns;
}

}  // namespace sluice::sim
