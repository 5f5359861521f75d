#include "driver/sim_board.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/printable.hpp"
#include "layout/registers.hpp"
#include "write_list.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMaxReplyBytes = 1u << 20;
// A call must end within its bound on a busy machine too, where a simulated card makes some
// thousand accesses a second.
constexpr std::size_t kWordsPerCall = 1024;
static_assert(kWordsPerCall <= kSimMaxWords);
constexpr std::size_t kListBytes = std::size_t{8} * layout::kListWrites;

void put_word(std::vector<std::uint8_t>& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  }
}

std::uint32_t get_word(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
         static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

// Waits until `fd` is ready for `events`; false at the deadline.
bool wait_ready(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd entry{fd, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::max<long>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

const char* describe(std::uint16_t status) {
  switch (static_cast<SimStatus>(status)) {
    case SimStatus::ok:
      return "ok";
    case SimStatus::bad_request:
      return "refused as malformed, misaligned or out of the aperture";
    case SimStatus::slave_error:
      return "the card refused the access (SLVERR)";
    case SimStatus::timeout:
      return "the card did not answer";
    case SimStatus::not_owner:
      return "another program has this card and alone may write to it; stop it first";
  }
  return "answered with an unknown status";
}

}  // namespace

SimBoard::SimBoard(base::Fd fd, std::string path, std::chrono::milliseconds timeout)
    : fd_(std::move(fd)), path_(std::move(path)), timeout_(timeout) {}

base::Result<std::unique_ptr<SimBoard>> SimBoard::connect(const std::string& socket_path,
                                                          std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.empty() || socket_path.size() >= sizeof address.sun_path) {
    return Error{
        Errc::invalid,
        "a socket's path has 1 to " + std::to_string(sizeof address.sun_path - 1) + " characters",
        "sim:" + socket_path};
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  base::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Error{Errc::io, std::strerror(errno), "sim:" + socket_path};
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int reason = errno;
    const bool absent = reason == ENOENT || reason == ECONNREFUSED;
    const bool denied = reason == EACCES || reason == EPERM;
    const Errc code = absent ? Errc::not_found : reason == EAGAIN ? Errc::busy : Errc::io;
    const std::string next = absent   ? "; start sluice-sim with this socket first"
                             : denied ? "; a card is for root alone: use sudo"
                                      : "";
    return Error{code, std::string("no simulated card here: ") + std::strerror(reason) + next,
                 "sim:" + socket_path};
  }
  std::unique_ptr<SimBoard> board(new SimBoard(std::move(fd), socket_path, timeout));
  Bytes hello;
  put_word(hello, kSimProtocolVersion);
  auto reply = board->call(SimOp::hello, hello, 4);
  if (!reply) return reply.error();
  const std::uint32_t version = get_word(reply->data());
  if (version != kSimProtocolVersion) {
    return Error{Errc::incompatible,
                 "the simulator speaks protocol " + std::to_string(version) + ", this program " +
                     std::to_string(kSimProtocolVersion) + "; use both from one build",
                 "sim:" + socket_path};
  }
  return board;
}

Error SimBoard::tear(Errc code, const std::string& what) {
  fd_.reset();
  return Error{code, what, name()};
}

base::Result<void> SimBoard::send_all(const Bytes& bytes, Clock::time_point deadline) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) {
      return tear(Errc::link_down, std::string("the simulator is gone: ") + std::strerror(errno));
    }
    if (!wait_ready(fd_.get(), POLLOUT, deadline)) {
      return tear(
          Errc::hung,
          "the simulator takes no request within the time allowed; is it stopped? Start it again");
    }
  }
  return {};
}

base::Result<void> SimBoard::receive_all(std::span<std::uint8_t> bytes,
                                         Clock::time_point deadline) {
  std::size_t received = 0;
  while (received < bytes.size()) {
    const ssize_t n = recv(fd_.get(), bytes.data() + received, bytes.size() - received, 0);
    if (n > 0) {
      received += static_cast<std::size_t>(n);
      continue;
    }
    if (n == 0) return tear(Errc::link_down, "the simulator closed the connection");
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      return tear(Errc::link_down, std::string("the simulator is gone: ") + std::strerror(errno));
    }
    if (!wait_ready(fd_.get(), POLLIN, deadline)) {
      return tear(Errc::hung, "the simulator did not answer within " +
                                  std::to_string(timeout_.count()) +
                                  " ms; is it stopped? Start it again");
    }
  }
  return {};
}

base::Result<SimBoard::Bytes> SimBoard::call(SimOp op, const Bytes& payload,
                                             std::int64_t reply_bytes) {
  if (!fd_) return Error{Errc::link_down, "the link to the simulator was lost before", name()};
  const auto deadline = Clock::now() + timeout_;
  Bytes request;
  request.reserve(sizeof(SimHeader) + payload.size());
  put_word(request, static_cast<std::uint32_t>(payload.size()));
  put_word(request, static_cast<std::uint32_t>(op));  // status, in the upper half, is 0
  request.insert(request.end(), payload.begin(), payload.end());
  if (auto sent = send_all(request, deadline); !sent) return sent.error();

  std::uint8_t header[sizeof(SimHeader)];
  if (auto got = receive_all(header, deadline); !got) return got.error();
  const std::uint32_t size = get_word(header);
  const auto reply_op = static_cast<std::uint16_t>(header[4] | header[5] << 8);
  const auto status = static_cast<std::uint16_t>(header[6] | header[7] << 8);
  if (reply_op != static_cast<std::uint16_t>(op) || size > kMaxReplyBytes) {
    return tear(Errc::link_down,
                "the simulator's answer does not fit the request: is this sluice-sim's socket?");
  }
  Bytes reply(size);
  if (auto got = receive_all(reply, deadline); !got) return got.error();
  if (status == static_cast<std::uint16_t>(SimStatus::timeout)) {
    return Error{Errc::hung, describe(status), name()};
  }
  if (status == static_cast<std::uint16_t>(SimStatus::not_owner)) {
    return Error{Errc::busy, describe(status), name()};
  }
  if (status != static_cast<std::uint16_t>(SimStatus::ok)) {
    return Error{Errc::io, describe(status), name()};
  }
  if (reply_bytes >= 0 && size != reply_bytes) {
    return tear(Errc::link_down, "the simulator's answer has the wrong length");
  }
  return reply;
}

base::Result<std::uint32_t> SimBoard::read(std::uint32_t offset) {
  std::uint32_t value = 0;
  if (auto done = read_block(offset, {&value, 1}); !done) return done.error();
  return value;
}

base::Result<void> SimBoard::write(std::uint32_t offset, std::uint32_t value) {
  return write_block(offset, {&value, 1});
}

base::Result<void> SimBoard::read_block(std::uint32_t offset, std::span<std::uint32_t> words) {
  for (std::size_t done = 0; done < words.size();) {
    const std::size_t count = std::min(words.size() - done, kWordsPerCall);
    Bytes payload;
    put_word(payload, offset + static_cast<std::uint32_t>(4 * done));
    put_word(payload, static_cast<std::uint32_t>(count));
    auto reply = call(SimOp::read, payload, static_cast<std::int64_t>(4 * count));
    if (!reply) return reply.error();
    for (std::size_t i = 0; i < count; ++i) words[done + i] = get_word(reply->data() + 4 * i);
    count_access(1, 4 * count);
    done += count;
  }
  return {};
}

base::Result<void> SimBoard::write_block(std::uint32_t offset,
                                         std::span<const std::uint32_t> words) {
  for (std::size_t done = 0; done < words.size();) {
    const std::size_t count = std::min(words.size() - done, kWordsPerCall);
    Bytes payload;
    payload.reserve(8 + 4 * count);
    put_word(payload, offset + static_cast<std::uint32_t>(4 * done));
    put_word(payload, static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i) put_word(payload, words[done + i]);
    auto reply = call(SimOp::write, payload, 0);
    if (!reply) return reply.error();
    count_access(1, 4 * count);
    done += count;
  }
  return {};
}

base::Result<void> SimBoard::write_memory(std::uint64_t address,
                                          std::span<const std::uint32_t> words) {
  for (std::size_t done = 0; done < words.size();) {
    const std::size_t count = std::min<std::size_t>(words.size() - done, kSimMaxWords);
    Bytes payload;
    payload.reserve(8 + 4 * count);
    put_word(payload, static_cast<std::uint32_t>(address + 4 * done));
    put_word(payload, static_cast<std::uint32_t>((address + 4 * done) >> 32));
    for (std::size_t i = 0; i < count; ++i) put_word(payload, words[done + i]);
    auto reply = call(SimOp::memory_write, payload, 0);
    if (!reply) return reply.error();
    count_access(1, 4 * count);
    done += count;
  }
  return {};
}

base::Result<void> SimBoard::read_memory(std::uint64_t address, std::span<std::uint32_t> words) {
  for (std::size_t done = 0; done < words.size();) {
    const std::size_t count = std::min<std::size_t>(words.size() - done, kSimMaxWords);
    Bytes payload;
    put_word(payload, static_cast<std::uint32_t>(address + 4 * done));
    put_word(payload, static_cast<std::uint32_t>((address + 4 * done) >> 32));
    put_word(payload, static_cast<std::uint32_t>(count));
    auto reply = call(SimOp::memory_read, payload, static_cast<std::int64_t>(4 * count));
    if (!reply) return reply.error();
    for (std::size_t i = 0; i < count; ++i) words[done + i] = get_word(reply->data() + 4 * i);
    count_access(1, 4 * count);
    done += count;
  }
  return {};
}

base::Result<std::uint32_t> SimBoard::list_writes() {
  if (!longest_list_) {
    const auto longest = longest_list(*this);
    if (!longest) return longest.error();
    longest_list_ = *longest < kLeastListWords ? 0 : *longest;
  }
  return *longest_list_;
}

base::Result<void> SimBoard::write_table(std::uint32_t page, std::span<const std::uint32_t> words) {
  if (words.size() < kLeastListWords) return Board::write_table(page, words);
  const auto longest = list_writes();
  if (!longest) return longest.error();
  if (*longest == 0) return Board::write_table(page, words);
  const ListMemory memory{0, kListBytes, [this](auto list) { return write_memory(0, list); }};
  return write_table_by_list(*this, memory, *longest, page, words, timeout_);
}

base::Result<void> SimBoard::write_each(std::span<const RegisterWrite> writes) {
  if (writes.size() < kLeastListWords) return Board::write_each(writes);
  const auto longest = list_writes();
  if (!longest) return longest.error();
  if (*longest == 0) return Board::write_each(writes);
  const ListMemory memory{0, kListBytes, [this](auto list) { return write_memory(0, list); }};
  return write_each_by_list(*this, memory, *longest, writes, timeout_);
}

base::Result<void> SimBoard::own() {
  auto holder = call(SimOp::own, {}, -1);
  if (!holder) return holder.error();
  if (holder->empty()) return {};
  return Error{Errc::busy,
               base::printable(std::string(holder->begin(), holder->end())) +
                   " uses this card: stop it, or wait for its end",
               name()};
}

base::Result<std::string> SimBoard::info() {
  auto reply = call(SimOp::info, {}, -1);
  if (!reply) return reply.error();
  return std::string(reply->begin(), reply->end());
}

}  // namespace sluice::driver
