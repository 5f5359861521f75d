#include "sim_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "driver/sim_protocol.hpp"

namespace sluice::driver {
namespace {

bool read_all(int fd, void* to, std::size_t bytes) {
  return recv(fd, to, bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
}

void send_all(int fd, const void* from, std::size_t bytes) {
  const auto* at = static_cast<const char*>(from);
  while (bytes > 0) {
    const ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL);
    if (n <= 0) return;
    at += n;
    bytes -= static_cast<std::size_t>(n);
  }
}

std::string fresh_path() {
  static std::atomic<int> count{0};
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder != nullptr ? folder : "/tmp") + "/sl-driver-" +
         std::to_string(getpid()) + "-" + std::to_string(count++) + ".sock";
}

}  // namespace

SimServer::SimServer(std::shared_ptr<FakeBoard> card)
    : card_(std::move(card)), path_(fresh_path()), listener_(socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  unlink(path_.c_str());
  if (bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_.get(), 4) != 0) {
    std::perror("bind");
    std::abort();
  }
  thread_ = std::thread([this] { run(); });
}

SimServer::~SimServer() {
  stop_ = true;
  thread_.join();
  unlink(path_.c_str());
}

void SimServer::run() {
  std::vector<base::Fd> clients;
  while (!stop_) {
    std::vector<pollfd> entries = {{listener_.get(), POLLIN, 0}};
    for (const base::Fd& client : clients) entries.push_back({client.get(), POLLIN, 0});
    if (poll(entries.data(), entries.size(), 20) <= 0) continue;
    for (std::size_t i = 1; i < entries.size(); ++i) {
      if (entries[i].revents != 0 && !answer(entries[i].fd)) clients[i - 1].reset();
    }
    std::erase_if(clients, [](const base::Fd& client) { return !client; });
    if (entries[0].revents != 0) clients.emplace_back(accept(listener_.get(), nullptr, nullptr));
  }
}

bool SimServer::answer(int fd) {
  SimHeader header{};
  if (!read_all(fd, &header, sizeof header)) return false;
  std::vector<std::uint32_t> in(header.payload_bytes / 4);
  if (!in.empty() && !read_all(fd, in.data(), in.size() * 4)) return false;
  const auto op = static_cast<SimOp>(header.op);
  const Misbehaviour how = misbehaviour;
  std::vector<std::uint32_t> out;
  auto status = SimStatus::ok;
  base::Result<void> done;
  if (op == SimOp::hello) {
    out.push_back(kSimProtocolVersion + (how == Misbehaviour::other_version ? 1 : 0));
  } else if (op == SimOp::read) {
    out.resize(in.at(1));
    done = card_->read_block(in[0], out);
  } else if (op == SimOp::write) {
    done = card_->write_block(in.at(0), std::span(in).subspan(2));
  } else if (op != SimOp::own) {
    out.assign(1, 0x20207d7b);  // "{}  "
  }
  if (!done) status = SimStatus::slave_error;
  std::uint16_t code = static_cast<std::uint16_t>(status);
  if (op != SimOp::hello) {
    if (how == Misbehaviour::silent) return true;
    if (how == Misbehaviour::slave_error) code = 2;
    if (how == Misbehaviour::timeout) code = 3;
    if (how == Misbehaviour::unknown_status) code = 99;
    if (how == Misbehaviour::wrong_op) header.op = 4;
    if (how == Misbehaviour::wrong_length) out.push_back(0);
  }
  if (code != 0) out.clear();
  std::uint32_t bytes = static_cast<std::uint32_t>(out.size() * 4);
  if (op != SimOp::hello && how == Misbehaviour::huge_length) bytes = 0xfffffff0;
  header = SimHeader{bytes, header.op, code};
  send_all(fd, &header, sizeof header);
  const bool cut = op != SimOp::hello && how == Misbehaviour::hangs_up;
  send_all(fd, out.data(), cut ? out.size() * 2 : out.size() * 4);
  return !cut;
}

}  // namespace sluice::driver
