#include "bridge.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::sim::xrt {
namespace {

// A reply has room in the socket's buffer unless the host does not read.
constexpr timeval kSendBound{2, 0};

base::Error os_error(const std::string& what, const std::string& where) {
  return {base::Errc::io, what + ": " + std::strerror(errno), where};
}

// False: the path does not fit an address.
bool set_path(sockaddr_un& address, const std::string& path) {
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  return true;
}

bool send_all(int fd, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0 && errno != EINTR) return false;
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

Bridge::Bridge(std::string socket_path, EmulatedCard& card)
    : path_(std::move(socket_path)), card_(card) {}

Bridge::~Bridge() {
  if (listener_) ::unlink(path_.c_str());
}

base::Result<void> Bridge::listen() {
  sockaddr_un address{};
  if (!set_path(address, path_)) {
    return base::Error{base::Errc::invalid, "a socket's path has 1 to 107 characters", path_};
  }
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return os_error("cannot make a socket", path_);
  ::unlink(path_.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), static_cast<int>(kMaxSessions)) != 0) {
    return os_error("cannot listen", path_);
  }
  listener_ = std::move(fd);
  return {};
}

void Bridge::serve(std::chrono::milliseconds wait) {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) {
    accept_session();  // what came before the file went
    if (auto done = listen(); !done) {
      std::fprintf(stderr, "sluice-xrt-bridge: %s\n", done.error().message().c_str());
    }
  }
  std::vector<pollfd> entries = {{listener_.get(), POLLIN, 0}};
  for (const Session& session : sessions_) entries.push_back({session.fd.get(), POLLIN, 0});
  if (::poll(entries.data(), entries.size(), static_cast<int>(wait.count())) <= 0) return;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (entries[i + 1].revents != 0 && !receive(sessions_[i])) sessions_[i].fd.reset();
  }
  std::erase_if(sessions_, [](const Session& session) { return !session.fd; });
  if (entries[0].revents != 0) accept_session();
}

void Bridge::accept_session() {
  Session session;
  session.fd = base::Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!session.fd || sessions_.size() == kMaxSessions) return;
  ::setsockopt(session.fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendBound, sizeof kSendBound);
  card_.begin_session();
  sessions_.push_back(std::move(session));
}

bool Bridge::receive(Session& session) {
  std::array<std::uint8_t, 64u << 10> buffer;
  const ssize_t n = ::recv(session.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  session.in.insert(session.in.end(), buffer.begin(), buffer.begin() + n);
  return serve_requests(session);
}

bool Bridge::serve_requests(Session& session) {
  std::size_t done = 0;
  bool open = true;
  while (open && session.in.size() - done >= kRequestHeaderBytes) {
    const auto bytes = std::span<const std::uint8_t>(session.in).subspan(done);
    const auto header = parse_request_header(bytes.first<kRequestHeaderBytes>());
    if (!header) return false;  // not XRT, or out of step: nothing that follows can be trusted
    if (bytes.size() < kRequestHeaderBytes + header->payload_bytes) break;
    const auto payload = bytes.subspan(kRequestHeaderBytes, header->payload_bytes);
    const std::string reply =
        card_.serve(header->call, std::string(payload.begin(), payload.end()));
    open = send_all(session.fd.get(), frame_reply(reply));
    open = open && header->call != Call::close;
    done += kRequestHeaderBytes + header->payload_bytes;
  }
  session.in.erase(session.in.begin(), session.in.begin() + static_cast<std::ptrdiff_t>(done));
  return open;
}

}  // namespace sluice::sim::xrt
