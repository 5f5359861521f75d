#include "control_server.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "layout/registers.hpp"

static_assert(std::endian::native == std::endian::little, "the wire format is little-endian");

namespace sluice::sim {

namespace {

using driver::SimHeader;
using driver::SimOp;
using driver::SimStatus;

constexpr std::uint32_t kMaxPayloadBytes = 8 + 4 * driver::kSimMaxWords;
constexpr std::size_t kMaxBufferedBytes = sizeof(SimHeader) + kMaxPayloadBytes;
constexpr std::uint64_t kListenerId = 0;

std::uint32_t get32(const std::uint8_t* bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

base::Error os_error(const std::string& what, const std::string& where) {
  return {base::Errc::io, what + ": " + std::strerror(errno), where};
}

// True if a process accepts connections at this path.
bool somebody_listens(const sockaddr_un& address) {
  base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

base::Result<base::Fd> bind_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return base::Error{base::Errc::invalid, "a socket path has 1 to 107 characters", path};
  }
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  struct stat status;
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      return base::Error{base::Errc::invalid, "exists and is not a socket", path};
    }
    if (somebody_listens(address)) {
      return base::Error{base::Errc::busy, "another simulated card listens here", path};
    }
    ::unlink(path.c_str());
  }
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return os_error("cannot make a socket", path);
  const mode_t old_mask = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(old_mask);
  if (bound != 0 && errno == EACCES) {
    return base::Error{
        base::Errc::io,
        "cannot bind the control socket: the folder must belong to the user who runs "
        "this (root's right to others' folders is given up)",
        path};
  }
  if (bound != 0) return os_error("cannot bind the control socket", path);
  if (::listen(fd.get(), ControlServer::kMaxClients) != 0) {
    return os_error("cannot listen on the control socket", path);
  }
  return fd;
}

// "process 12 (sluiced)"
std::string who_is(const base::Fd& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid == 0) {
    return "another program";
  }
  const std::string pid = std::to_string(peer.pid);
  std::string name;
  std::getline(std::ifstream("/proc/" + pid + "/comm"), name);
  return "process " + pid + (name.empty() ? "" : " (" + name + ")");
}

void watch(int epoll, int operation, int fd, std::uint64_t id, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll, operation, fd, &event) != 0) std::abort();
}

}  // namespace

base::Result<std::unique_ptr<ControlServer>> ControlServer::listen(
    const std::string& path, CardMemory& memory, std::function<std::string()> info) {
  auto listener = bind_socket(path);
  if (!listener) return listener.error();
  base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return os_error("cannot make an epoll descriptor", path);
  watch(epoll.get(), EPOLL_CTL_ADD, listener->get(), kListenerId, EPOLLIN);
  return std::unique_ptr<ControlServer>(
      new ControlServer(path, std::move(*listener), std::move(epoll), memory, std::move(info)));
}

ControlServer::ControlServer(std::string path, base::Fd listener, base::Fd epoll,
                             CardMemory& memory, std::function<std::string()> info)
    : path_(std::move(path)),
      listener_(std::move(listener)),
      epoll_(std::move(epoll)),
      memory_(memory),
      info_(std::move(info)) {}

ControlServer::~ControlServer() { ::unlink(path_.c_str()); }

void ControlServer::accept_clients() {
  for (;;) {
    base::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    if (clients_.size() >= kMaxClients) continue;  // closed at once: the bound is reached
    const ClientId id = next_id_++;
    watch(epoll_.get(), EPOLL_CTL_ADD, fd.get(), id, EPOLLIN);
    Client& client = clients_[id];
    client.fd = std::move(fd);
    client.interest = EPOLLIN;
  }
}

void ControlServer::serve() {
  std::array<epoll_event, kMaxClients + 1> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const ClientId id = events[static_cast<std::size_t>(i)].data.u64;
    if (id == kListenerId) {
      accept_clients();
      continue;
    }
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    if (receive(found->second)) {
      settle(id);
    } else {
      clients_.erase(found);
    }
  }
}

bool ControlServer::receive(Client& client) {
  std::array<std::uint8_t, kMaxBufferedBytes> buffer;
  while (client.in.size() < kMaxBufferedBytes) {
    const ssize_t bytes =
        ::recv(client.fd.get(), buffer.data(), kMaxBufferedBytes - client.in.size(), 0);
    if (bytes > 0) {
      client.in.insert(client.in.end(), buffer.begin(), buffer.begin() + bytes);
      continue;
    }
    return bytes < 0 && (errno == EAGAIN || errno == EINTR);
  }
  return true;
}

bool ControlServer::flush(Client& client) {
  while (!client.out.empty()) {
    const ssize_t bytes =
        ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (bytes <= 0) return errno == EAGAIN || errno == EINTR;
    client.out.erase(client.out.begin(), client.out.begin() + bytes);
  }
  return !client.cut_off;
}

void ControlServer::update_interest(ClientId id, Client& client) {
  // A client that sends ahead is left waiting in its own socket.
  const std::uint32_t interest =
      (client.in.size() < kMaxBufferedBytes && !client.cut_off ? EPOLLIN : 0u) |
      (client.out.empty() ? 0u : EPOLLOUT);
  if (interest == client.interest) return;
  watch(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), id, interest);
  client.interest = interest;
}

// Sends what is ready, then takes up the next request; drops the client when it is done with.
void ControlServer::settle(ClientId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  bool alive = flush(client);
  while (alive && client.out.empty() && !client.pending && client.in.size() >= sizeof(SimHeader)) {
    const std::size_t before = client.in.size();
    parse(id, client);
    alive = flush(client);
    if (client.in.size() == before) break;  // not complete yet
  }
  if (alive) {
    update_interest(id, client);
  } else {
    clients_.erase(found);
  }
}

void ControlServer::parse(ClientId id, Client& client) {
  SimHeader header;
  std::memcpy(&header, client.in.data(), sizeof header);
  if (header.payload_bytes > kMaxPayloadBytes || header.status != 0) {
    client.in.clear();
    client.cut_off = true;
    return reply(client, header.op, SimStatus::bad_request, nullptr, 0);
  }
  const std::size_t whole_bytes = sizeof header + header.payload_bytes;
  if (client.in.size() < whole_bytes) return;
  const std::vector<std::uint8_t> payload(
      client.in.begin() + sizeof header,
      client.in.begin() + static_cast<std::ptrdiff_t>(whole_bytes));
  client.in.erase(client.in.begin(), client.in.begin() + static_cast<std::ptrdiff_t>(whole_bytes));
  take_request(id, client, header, payload.data());
}

void ControlServer::take_request(ClientId id, Client& client, const SimHeader& header,
                                 const std::uint8_t* payload) {
  const auto op = static_cast<SimOp>(header.op);
  if ((op == SimOp::write || op == SimOp::memory_write) && other_owner(id) != nullptr) {
    return reply(client, header.op, SimStatus::not_owner, nullptr, 0);
  }
  switch (op) {
    case SimOp::hello: {
      const std::uint32_t version = driver::kSimProtocolVersion;
      const bool same = header.payload_bytes == 4 && get32(payload) == version;
      client.cut_off = !same;
      return reply(client, header.op, same ? SimStatus::ok : SimStatus::bad_request, &version,
                   sizeof version);
    }
    case SimOp::read:
    case SimOp::write:
      return take_access(id, client, header, payload);
    case SimOp::memory_write:
    case SimOp::memory_read:
      return take_memory(client, header, payload);
    case SimOp::own:
      if (header.payload_bytes != 0) break;
      return take_card(id, client);
    case SimOp::info: {
      if (header.payload_bytes != 0) break;
      const std::string text = info_();
      return reply(client, header.op, SimStatus::ok, text.data(), text.size());
    }
  }
  reply(client, header.op, SimStatus::bad_request, nullptr, 0);
}

// One that was killed is gone before its end is read here.
const ControlServer::Client* ControlServer::other_owner(ClientId id) const {
  const auto owner = clients_.find(owner_);
  if (owner_ == id || owner == clients_.end()) return nullptr;
  pollfd entry{owner->second.fd.get(), 0, 0};
  if (::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0) return nullptr;
  return &owner->second;
}

void ControlServer::take_card(ClientId id, Client& client) {
  const Client* other = other_owner(id);
  if (other == nullptr) owner_ = id;
  const std::string who = other == nullptr ? "" : who_is(other->fd);
  reply(client, static_cast<std::uint16_t>(SimOp::own), SimStatus::ok, who.data(), who.size());
}

void ControlServer::take_access(ClientId id, Client& client, const SimHeader& header,
                                const std::uint8_t* payload) {
  const bool is_write = static_cast<SimOp>(header.op) == SimOp::write;
  if (header.payload_bytes < 8) {
    return reply(client, header.op, SimStatus::bad_request, nullptr, 0);
  }
  const std::uint32_t address = get32(payload);
  const std::uint32_t words = get32(payload + 4);
  const bool sane = words >= 1 && words <= driver::kSimMaxWords && address % 4 == 0 &&
                    address < layout::kApertureBytes &&
                    words <= (layout::kApertureBytes - address) / 4 &&
                    header.payload_bytes == 8 + (is_write ? 4 * words : 0);
  if (!sane) return reply(client, header.op, SimStatus::bad_request, nullptr, 0);
  client.pending = true;
  client.op = static_cast<SimOp>(header.op);
  client.address = address;
  client.words = words;
  client.done_words = 0;
  client.data.assign(words, 0);
  if (is_write) std::memcpy(client.data.data(), payload + 8, 4 * words);
  waiting_.push_back(id);
}

// The card need not run for these: the memory has a port of its own for the host.
void ControlServer::take_memory(Client& client, const SimHeader& header,
                                const std::uint8_t* payload) {
  const auto refuse = [&] { reply(client, header.op, SimStatus::bad_request, nullptr, 0); };
  if (header.payload_bytes < 12) return refuse();
  const std::uint64_t address = std::uint64_t{get32(payload + 4)} << 32 | get32(payload);
  if (static_cast<SimOp>(header.op) == SimOp::memory_write) {
    const std::span bytes(payload + 8, header.payload_bytes - 8);
    if (bytes.size() % 4 != 0 || !memory_.write(address, bytes)) return refuse();
    return reply(client, header.op, SimStatus::ok, nullptr, 0);
  }
  const std::uint32_t words = get32(payload + 8);
  if (header.payload_bytes != 12 || words < 1 || words > driver::kSimMaxWords) return refuse();
  std::vector<std::uint8_t> bytes(4 * words);
  if (!memory_.read(address, bytes)) return refuse();
  reply(client, header.op, SimStatus::ok, bytes.data(), bytes.size());
}

void ControlServer::reply(Client& client, std::uint16_t op, SimStatus status, const void* payload,
                          std::size_t bytes) {
  const SimHeader header{static_cast<std::uint32_t>(bytes), op, static_cast<std::uint16_t>(status)};
  const auto* head = reinterpret_cast<const std::uint8_t*>(&header);
  client.out.insert(client.out.end(), head, head + sizeof header);
  if (bytes == 0) return;
  const auto* body = static_cast<const std::uint8_t*>(payload);
  client.out.insert(client.out.end(), body, body + bytes);
}

void ControlServer::finish_access(Client& client, SimStatus status) {
  client.pending = false;
  const bool with_data = status == SimStatus::ok && client.op == SimOp::read;
  reply(client, static_cast<std::uint16_t>(client.op), status, client.data.data(),
        with_data ? 4 * client.words : 0);
}

void ControlServer::advance(SimCard& card) {
  AxilMaster& axil = card.axil();
  if (axil.busy()) return;
  const auto found = clients_.find(waiting_.empty() ? 0 : waiting_.front());
  Client* client = found == clients_.end() ? nullptr : &found->second;
  if (active_ != 0) {
    // An access of the first waiting client has ended; the client may have gone meanwhile.
    active_ = 0;
    if (client != nullptr) {
      if (client->op == SimOp::read) client->data[client->done_words] = axil.read_data();
      ++client->done_words;
      const AxilMaster::Outcome outcome = axil.outcome();
      if (outcome != AxilMaster::Outcome::ok || client->done_words == client->words) {
        finish_access(*client, outcome == AxilMaster::Outcome::ok ? SimStatus::ok
                               : outcome == AxilMaster::Outcome::slave_error
                                   ? SimStatus::slave_error
                                   : SimStatus::timeout);
        const ClientId id = waiting_.front();
        waiting_.erase(waiting_.begin());
        return settle(id);
      }
    }
  }
  if (waiting_.empty()) return;
  if (client == nullptr) {
    waiting_.erase(waiting_.begin());
    return;
  }
  const std::uint32_t address = client->address + 4 * client->done_words;
  active_ = waiting_.front();
  if (client->op == SimOp::read) return axil.start_read(address);
  const std::uint32_t value = client->data[client->done_words];
  if (address == layout::kReg_control && (value & layout::kControlCommit) != 0) {
    commit_seen_ = true;
  }
  axil.start_write(address, value);
}

}  // namespace sluice::sim
