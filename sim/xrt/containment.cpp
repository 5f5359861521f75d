// Preloaded into a host program under sluice-xrt-emu: keeps the faults of XRT's hardware emulation
// (libxrt_hwemu 2.13) away from it, and plays a dead PCIe link once the device process is gone.
// docs/xrt-emulation.md lists the faults. Only calls that libxrt_hwemu makes, or that are about its
// two sockets, behave differently here.
#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "framing.hpp"

namespace {

using sluice::sim::xrt::Call;
using sluice::sim::xrt::kReplyHeaderBytes;
using sluice::sim::xrt::kRequestHeaderBytes;
using Clock = std::chrono::steady_clock;

// More than the bridge allows the simulated card, less than a host waits for a dead board.
constexpr std::chrono::milliseconds kReplyBound{4000};
constexpr std::uint64_t kMaxReplyBytes = 1u << 20;

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

ssize_t real_read(int fd, void* bytes, std::size_t size) {
  static auto* const kRead = next<ssize_t(int, void*, std::size_t)>("read");
  return kRead(fd, bytes, size);
}

ssize_t real_write(int fd, const void* bytes, std::size_t size) {
  static auto* const kWrite = next<ssize_t(int, const void*, std::size_t)>("write");
  return kWrite(fd, bytes, size);
}

int real_close(int fd) {
  static auto* const kClose = next<int(int)>("close");
  return kClose(fd);
}

bool called_from_emulation(const void* return_address) {
  Dl_info info{};
  return dladdr(return_address, &info) != 0 && info.dli_fname != nullptr &&
         std::strstr(info.dli_fname, "libxrt_hwemu") != nullptr;
}

// ---- the parts of a request that a reply depends on

std::uint64_t take_varint(const std::string& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; at < bytes.size() && shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

// The integer field `number` of a protobuf message; 0 if it has none.
std::uint64_t integer_field(const std::string& message, std::uint64_t number) {
  for (std::size_t at = 0; at < message.size();) {
    const std::uint64_t tag = take_varint(message, at);
    const std::uint64_t value = take_varint(message, at);  // a length, for bytes
    if ((tag & 7) == 0 && tag >> 3 == number) return value;
    if ((tag & 7) == 2) at += std::min<std::uint64_t>(value, message.size() - at);
    if ((tag & 7) != 0 && (tag & 7) != 2) break;
  }
  return 0;
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// As PCIe: all ones for every read, and writes that go nowhere.
std::string dead_reply(Call call, const std::string& payload) {
  if (call == Call::debug_messages) return {};
  const bool is_read = call == Call::register_read || call == Call::device_to_host;
  const bool is_transfer = call == Call::host_to_device || call == Call::device_to_host;
  const std::uint64_t size =
      std::min(integer_field(payload, call == Call::register_read ? 3 : 5), kMaxReplyBytes);
  std::string reply(1, '\x08');
  put_varint(reply, is_transfer ? size : 1);
  if (!is_read) return reply;
  reply.push_back('\x12');
  put_varint(reply, size);
  return reply.append(size, '\xff');
}

// ---- the link to the device process

// XRT makes one call at a time on a link, so a Link needs no lock.
class Link {
 public:
  Link(int fd, bool alive) : fd_(fd), alive_(alive) {}

  // Takes what XRT writes; true: a whole call to close the card has gone out.
  bool send(const std::uint8_t* bytes, std::size_t size) {
    request_.insert(request_.end(), bytes, bytes + size);
    for (std::size_t sent = 0; alive_ && sent < size;) {
      const ssize_t n = ::send(fd_, bytes + sent, size - sent, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR) alive_ = false;
      if (n > 0) sent += static_cast<std::size_t>(n);
    }
    const auto header = request_header();
    return header && header->call == Call::close &&
           request_.size() == kRequestHeaderBytes + header->payload_bytes;
  }

  // Never blocks for longer than the bound, never fails and never ends the stream.
  std::size_t receive(void* bytes, std::size_t size) {
    if (size == 0) return 0;  // the payload of an empty reply
    if (reply_.empty()) fetch();
    const std::size_t count = std::min(size, reply_.size());
    std::memcpy(bytes, reply_.data(), count);
    reply_.erase(0, count);
    return count;
  }

 private:
  std::optional<sluice::sim::xrt::RequestHeader> request_header() const {
    if (request_.size() < kRequestHeaderBytes) return std::nullopt;
    return sluice::sim::xrt::parse_request_header(std::span(request_).first<kRequestHeaderBytes>());
  }

  // A whole reply, so that a device that dies in the middle of one leaves nothing half read.
  void fetch() {
    const auto deadline = Clock::now() + kReplyBound;
    if (alive_) {
      reply_.resize(kReplyHeaderBytes);
      alive_ = receive_all(0, deadline);
    }
    if (alive_) {
      std::uint64_t size = 0;
      std::memcpy(&size, &reply_[1], sizeof size);
      alive_ = size <= kMaxReplyBytes;
      if (alive_) {
        reply_.resize(kReplyHeaderBytes + size);
        alive_ = receive_all(kReplyHeaderBytes, deadline);
      }
    }
    if (!alive_) {
      const auto header = request_header();
      const Call call = header ? header->call : Call::close;
      const std::size_t start = std::min(request_.size(), kRequestHeaderBytes);
      reply_ = sluice::sim::xrt::frame_reply(dead_reply(
          call,
          std::string(request_.begin() + static_cast<std::ptrdiff_t>(start), request_.end())));
    }
    request_.clear();
  }

  bool receive_all(std::size_t at, Clock::time_point deadline) {
    while (at < reply_.size()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd entry{fd_, POLLIN, 0};
      if (left <= 0 || poll(&entry, 1, static_cast<int>(left)) == 0) return false;
      const ssize_t n = recv(fd_, &reply_[at], reply_.size() - at, MSG_DONTWAIT);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return false;
      if (n > 0) at += static_cast<std::size_t>(n);
    }
    return true;
  }

  int fd_;
  bool alive_;
  std::vector<std::uint8_t> request_;
  std::string reply_;
};

constexpr int kMaxFds = 1 << 16;
std::array<std::atomic<Link*>, kMaxFds> links;

Link* link_of(int fd) {
  return fd >= 0 && fd < kMaxFds ? links[static_cast<std::size_t>(fd)].load() : nullptr;
}

void set_link(int fd, Link* link) {
  if (fd >= 0 && fd < kMaxFds) delete links[static_cast<std::size_t>(fd)].exchange(link);
}

// ---- the socket on which XRT waits for calls of the device

std::mutex callers_mutex;
std::vector<int> callers;  // our ends

// XRT takes this for a device that has connected.
int connect_caller(int fd) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  const bool moved = dup2(ends[0], fd) >= 0;
  real_close(ends[0]);
  const std::lock_guard lock(callers_mutex);
  callers.push_back(ends[1]);
  return moved ? 0 : -1;
}

// XRT closes a card at once when the device asks for it, else after a wait of 5 to 10 s.
void call_close() {
  const std::string call = sluice::sim::xrt::frame_request(Call::close, "");
  const std::lock_guard lock(callers_mutex);
  for (const int fd : callers) {
    ::send(fd, call.data(), call.size(), MSG_NOSIGNAL);
    real_close(fd);
  }
  callers.clear();
}

// ---- paths

enum class Path { other, device, device_calls };

Path classify(const char* path) {
  static const std::string kFolder =
      std::string("/tmp/") + (std::getenv("USER") != nullptr ? std::getenv("USER") : "") + "/";
  static const std::string kId =
      std::getenv("EMULATION_SOCKETID") != nullptr ? std::getenv("EMULATION_SOCKETID") : "";
  if (kFolder + kId == path) return Path::device;
  return kFolder + "D2X_unix_sock_" + kId == path ? Path::device_calls : Path::other;
}

Path classify(const sockaddr* address) {
  if (address == nullptr || address->sa_family != AF_UNIX) return Path::other;
  return classify(reinterpret_cast<const sockaddr_un*>(address)->sun_path);
}

}  // namespace

// ---- what libxrt_hwemu calls

extern "C" {

int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const kConnect = next<int(int, const sockaddr*, socklen_t)>("connect");
  switch (classify(address)) {
    case Path::other:
      return kConnect(fd, address, size);
    case Path::device_calls:
      return connect_caller(fd);
    case Path::device:
      break;
  }
  // XRT would wait 300 s for a device that is not there, and then end the program.
  set_link(fd, new Link(fd, kConnect(fd, address, size) == 0));
  return 0;
}

ssize_t read(int fd, void* bytes, std::size_t size) {
  Link* link = link_of(fd);
  if (link == nullptr) return real_read(fd, bytes, size);
  return static_cast<ssize_t>(link->receive(bytes, size));
}

ssize_t write(int fd, const void* bytes, std::size_t size) {
  Link* link = link_of(fd);
  if (link == nullptr) return real_write(fd, bytes, size);
  if (link->send(static_cast<const std::uint8_t*>(bytes), size)) call_close();
  return static_cast<ssize_t>(size);
}

int close(int fd) {
  set_link(fd, nullptr);
  return real_close(fd);
}

// XRT removes the device's socket when it closes a card, and so could not open it again.
int unlink(const char* path) noexcept {
  static auto* const kUnlink = next<int(const char*)>("unlink");
  return classify(path) == Path::other ? kUnlink(path) : 0;
}

// XRT sleeps for 10 s inside the first load of an image.
unsigned sleep(unsigned seconds) {
  static auto* const kSleep = next<unsigned(unsigned)>("sleep");
  if (!called_from_emulation(__builtin_return_address(0))) return kSleep(seconds);
  usleep(1000);
  return 0;
}

// XRT's handlers of a crash send SIGTERM to the whole process group.
int sigaction(int number, const struct sigaction* action, struct sigaction* old) noexcept {
  static auto* const kSigaction =
      next<int(int, const struct sigaction*, struct sigaction*)>("sigaction");
  if (called_from_emulation(__builtin_return_address(0))) return 0;
  return kSigaction(number, action, old);
}

}  // extern "C"
