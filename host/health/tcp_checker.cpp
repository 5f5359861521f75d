#include "health/tcp_checker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::health {
namespace {

constexpr std::size_t kEventsPerWait = 256;
// How long the kernel waits for the backend's FIN after our own, in seconds: a backend that never
// closes must not cost this host a minute's record for each check.
constexpr int kLingerS = 5;
// Enough for every check to start within one interval without one burst; bounds open descriptors.
constexpr std::size_t kMaxInProgress = 8192;

sockaddr_in to_sockaddr(base::Ipv4 address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address.value);
  result.sin_port = htons(port);
  return result;
}

// Of a connect() that failed at once no packet was ever sent: that is between this host and its own
// routes or rules. Only the loopback is refused at once by who is asked.
Outcome classify_at_once(int error) {
  if (error == 0) return Outcome::accepted;
  return error == ECONNREFUSED ? Outcome::refused : Outcome::local;
}

Outcome classify_errno(int error) {
  switch (error) {
    case 0:
      return Outcome::accepted;
    case ECONNREFUSED:
    case ECONNRESET:
      return Outcome::refused;
    case ETIMEDOUT:
      return Outcome::timeout;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
      return Outcome::unreachable;
    default:
      return Outcome::local;
  }
}

// A non-blocking socket set up as `check` wants; errno says why not.
base::Fd open_socket(const Check& check) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) return fd;
  const linger reset{1, 0};
  const int one = 1;
  if (check.close == Close::reset) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  } else {
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_LINGER2, &kLingerS, sizeof kLingerS);
  }
  if (!check.device.empty() &&
      ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, check.device.c_str(),
                   static_cast<socklen_t>(check.device.size())) != 0) {
    return {};
  }
  if (!check.source.is_zero()) {
    // The local port is chosen at connect, so the whole range serves each backend.
    ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    const sockaddr_in source = to_sockaddr(check.source, 0);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) return {};
  }
  return fd;
}

int socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

constexpr int kMeanOver = 8;

std::chrono::microseconds mean_response(std::chrono::microseconds mean,
                                        std::chrono::microseconds sample) {
  sample = std::max(sample, std::chrono::microseconds(1));
  return mean.count() == 0 ? sample : mean + (sample - mean) / kMeanOver;
}

// A multiplicative hash of the id, as a part of the interval.
Millis spread(TcpChecker::Id id, Millis interval) {
  const std::uint64_t mixed = (id + 1) * 0x9e3779b97f4a7c15ULL >> 32;
  return Millis(
      static_cast<Millis::rep>(mixed * static_cast<std::uint64_t>(interval.count()) >> 32));
}

}  // namespace

const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::none:
      return "not checked yet";
    case Outcome::accepted:
      return "accepted";
    case Outcome::refused:
      return "refused";
    case Outcome::timeout:
      return "timeout";
    case Outcome::unreachable:
      return "unreachable";
    case Outcome::local:
      return "not possible on this host";
    case Outcome::lost:
      return "lost in the host or the card";
  }
  std::abort();
}

base::Result<TcpChecker> TcpChecker::create(OnChange on_change, OnSilence on_silence) {
  base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) {
    return base::Error{base::Errc::io, std::string("epoll_create1: ") + std::strerror(errno), ""};
  }
  return TcpChecker(std::move(epoll), std::move(on_change), std::move(on_silence));
}

TcpChecker::TcpChecker(base::Fd epoll, OnChange on_change, OnSilence on_silence)
    : epoll_(std::move(epoll)),
      on_change_(std::move(on_change)),
      on_silence_(std::move(on_silence)) {}

void TcpChecker::set(Id id, const Check& check, bool up, TimePoint now) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    const bool sooner = check.interval < entry.check.interval;
    entry.check = check;
    entry.belief.set_thresholds(check.rise, check.fall);
    // A running check ends by its old timeout; the next one uses the new parameters, and a shorter
    // interval does not wait for the end of the old one.
    const TimePoint soonest = now + spread(id, check.interval);
    if (sooner && !entry.held && !entry.socket && soonest < entry.deadline) {
      unschedule(id, entry);
      schedule(id, entry, soonest);
    }
    return;
  }
  RiseFall belief(check.rise, check.fall, up);
  Entry& entry =
      entries_.emplace(id, Entry{check, belief, Outcome::none, Millis{0}, {}, {}, {}, false, 0, {}})
          .first->second;
  schedule(id, entry, now + spread(id, check.interval));
}

void TcpChecker::remove(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  give_up(found->second);
  unschedule(id, found->second);
  entries_.erase(found);
}

void TcpChecker::begin_anew(Id id, bool up, TimePoint now) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  give_up(entry);
  entry.belief = RiseFall(entry.check.rise, entry.check.fall, up);
  unschedule(id, entry);
  entry.held = false;
  schedule(id, entry, now + spread(id, entry.check.interval));
}

void TcpChecker::hold(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  give_up(found->second);
  unschedule(id, found->second);
  found->second.held = true;
}

void TcpChecker::doubt(Id id) {
  if (const auto found = entries_.find(id); found != entries_.end()) found->second.doubted = true;
}

void TcpChecker::give_up(Entry& entry) {
  if (!entry.socket) return;
  entry.socket.reset();  // which also leaves the epoll set
  --in_progress_;
}

std::optional<State> TcpChecker::state(Id id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  return State{entry.belief.up(), entry.belief.streak(), entry.last, entry.last_duration,
               entry.mean_response};
}

std::optional<TimePoint> TcpChecker::next_deadline() const {
  if (agenda_.empty()) return std::nullopt;
  return agenda_.begin()->first.first;
}

void TcpChecker::run(const Moment& moment) {
  take_answers(moment.now);
  while (!agenda_.empty() && agenda_.begin()->first.first <= moment.confirmed) {
    const Id id = agenda_.begin()->first.second;
    Entry& entry = *agenda_.begin()->second;
    if (entry.socket) {
      finish(id, entry, Outcome::timeout, moment.now);
    } else if (in_progress_ < kMaxInProgress) {
      start(id, entry, moment.now);
    } else {
      unschedule(id, entry);
      schedule(id, entry, moment.now + Millis(10));
    }
  }
}

void TcpChecker::take_answers(TimePoint now) {
  std::array<epoll_event, kEventsPerWait> events;
  while (true) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const Id id = events[static_cast<std::size_t>(i)].data.u64;
      const auto found = entries_.find(id);
      if (found == entries_.end() || !found->second.socket) continue;
      const int error = socket_error(found->second.socket.get());
      finish(id, found->second, classify_errno(error), now);
    }
    if (count < static_cast<int>(events.size())) return;
  }
}

void TcpChecker::start(Id id, Entry& entry, TimePoint now) {
  entry.started = now;
  entry.doubted = false;
  entry.socket = open_socket(entry.check);
  if (!entry.socket) return finish(id, entry, Outcome::local, now);
  ++in_progress_;
  const sockaddr_in target = to_sockaddr(entry.check.address, entry.check.port);
  const int error =
      ::connect(entry.socket.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0
          ? 0
          : errno;
  if (error != EINPROGRESS) return finish(id, entry, classify_at_once(error), now);
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, entry.socket.get(), &event) != 0) {
    return finish(id, entry, Outcome::local, now);
  }
  unschedule(id, entry);
  schedule(id, entry, now + entry.check.timeout);
}

void TcpChecker::finish(Id id, Entry& entry, Outcome outcome, TimePoint now) {
  give_up(entry);
  const bool silent = outcome == Outcome::timeout || outcome == Outcome::unreachable;
  if (silent && entry.doubted) outcome = Outcome::lost;
  entry.last = outcome;
  entry.last_duration = std::chrono::duration_cast<Millis>(now - entry.started);
  if (outcome == Outcome::accepted) {
    entry.mean_response =
        mean_response(entry.mean_response,
                      std::chrono::duration_cast<std::chrono::microseconds>(now - entry.started));
  }
  unschedule(id, entry);
  // From the start of this one, so that the rate is one an interval however long it took.
  schedule(id, entry, std::max(entry.started + entry.check.interval, now + Millis(1)));
  if (silent && on_silence_) on_silence_(id);
  if (outcome == Outcome::local || outcome == Outcome::lost) return;
  if (entry.belief.record(outcome == Outcome::accepted)) on_change_(id, *state(id));
}

void TcpChecker::schedule(Id id, Entry& entry, TimePoint deadline) {
  entry.deadline = deadline;
  agenda_.emplace(std::make_pair(deadline, id), &entry);
}

void TcpChecker::unschedule(Id id, const Entry& entry) {
  agenda_.erase(std::make_pair(entry.deadline, id));
}

}  // namespace sluice::health
