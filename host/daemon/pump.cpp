#include "daemon/pump.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "net/refusal.hpp"

namespace sluice::daemon {
namespace {

// The mailbox has no interrupt: it is asked often while frames flow, and seldom when idle. An idle
// board then costs 500 register reads a second, and the first frame waits at most 2 ms.
constexpr std::chrono::microseconds kFirstWait{100};
constexpr std::chrono::microseconds kLongestWait{2000};
// How long a frame of the host waits for a free place in the card's mailbox: sixteen places at
// 2,000 frames a second are 8 ms.
constexpr std::chrono::milliseconds kSendPatience{20};
constexpr std::size_t kMaxAnnouncements = 64;
// What the queue of a TAP device holds at least; the kernel's default is 500 frames.
constexpr unsigned kTapFrames = 1024;
constexpr std::chrono::milliseconds kNoteProgressEvery{5};

}  // namespace

Pump::Pump(net::Tap tap, net::Link link, CheckWay& way, OnFailure on_failure, OnTapGone on_tap_gone)
    : tap_(std::move(tap)),
      on_failure_(std::move(on_failure)),
      on_tap_gone_(std::move(on_tap_gone)),
      wiring_(std::make_shared<const Wiring>()),
      link_(std::move(link)),
      from_card_(layout::kPuntSlots),
      from_host_stack_(kTapFrames),
      way_(way) {}

Pump::~Pump() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

base::Result<void> Pump::start() {
  stop_ = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_) return base::Error{base::Errc::io, std::strerror(errno), "eventfd"};
  thread_ = std::thread([this] { run(); });
  return {};
}

void Pump::attach(std::shared_ptr<driver::Device> device) {
  const std::lock_guard lock(mutex_);
  if (device != wiring_->device) way_.broke("no card is attached");
  wiring_ = std::make_shared<const Wiring>(Wiring{std::move(device), wiring_->routes});
}

void Pump::set_routes(net::InjectRoutes routes) {
  const std::lock_guard lock(mutex_);
  wiring_ = std::make_shared<const Wiring>(Wiring{wiring_->device, std::move(routes)});
}

bool Pump::announce(unsigned port, std::vector<std::uint8_t> frame) {
  const std::lock_guard lock(mutex_);
  if (announcements_.size() >= kMaxAnnouncements) return false;
  announcements_.push_back({port, std::move(frame)});
  return true;
}

PumpCounters Pump::counters() const {
  return {to_host_,        to_host_lost_,  from_host_,    from_host_nowhere_,
          from_host_lost_, refusals_lost_, gate_.counts()};
}

void Pump::run() {
  auto pause = kFirstWait;
  pollfd stop{stop_.get(), POLLIN, 0};
  while (::poll(&stop, 1, 0) == 0) {
    std::shared_ptr<const Wiring> wiring;
    {
      const std::lock_guard lock(mutex_);
      wiring = wiring_;
    }
    const auto began = std::chrono::steady_clock::now();
    const bool up = wiring->device && card_to_host(*wiring);
    const bool down = host_to_card(*wiring);
    note_progress(*wiring, began, up, down);
    const bool moved = up || down || send_announcement(*wiring);
    pause = moved || waiting_.ports != 0 ? kFirstWait : std::min(2 * pause, kLongestWait);
    if (!moved && !wait(pause)) {
      return on_tap_gone_({base::Errc::link_down,
                           "the network device was deleted; start sluiced again to make it anew",
                           tap_.name()});
    }
  }
}

// Ends early when the host's stack sends or the pump is to stop.
bool Pump::wait(std::chrono::microseconds timeout) const {
  const int tap = waiting_.ports != 0 ? -1 : tap_.fd();  // -1: poll does not look at it
  std::array<pollfd, 2> fds{{{tap, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
  const timespec limit{0, static_cast<long>(timeout.count() * 1000)};
  ::ppoll(fds.data(), fds.size(), &limit, nullptr);
  return (fds[0].revents & POLLERR) == 0;  // a device that is only down has no error
}

bool Pump::card_to_host(const Wiring& wiring) {
  auto frame = wiring.device->receive();
  if (!frame) {
    fail(wiring, frame.error());
    return false;
  }
  if (!frame->has_value()) return false;
  const net::PuntRuling ruling = gate_.rule(**frame, std::chrono::steady_clock::now());
  if (net::reaches_stack(ruling)) {
    const auto written = tap_.write((*frame)->bytes);
    ++(written.ok() && *written ? to_host_ : to_host_lost_);
  } else if (ruling == net::PuntRuling::refuse) {
    refuse(wiring, **frame);
  }
  return true;
}

// Answers in place of the host's stack, which must not see what is to a VIP.
void Pump::refuse(const Wiring& wiring, const driver::PuntFrame& frame) {
  const auto answer = net::refusal_of(frame.bytes);
  if (!answer) return;
  const auto sent = wiring.device->send(frame.port, *answer);
  if (sent.ok()) return;
  ++refusals_lost_;
  if (sent.error().code != base::Errc::exhausted) fail(wiring, sent.error());
}

// Takes the next frame of the host's stack, unless one still waits for the card's mailbox.
bool Pump::host_to_card(const Wiring& wiring) {
  if (waiting_.ports != 0) return send_waiting(wiring);
  const auto bytes = tap_.read(waiting_.buffer);
  if (!bytes.ok() || *bytes == 0) return false;
  waiting_.bytes = *bytes;
  waiting_.ports = wiring.routes.ports_for(std::span(waiting_.buffer).first(*bytes));
  waiting_.give_up = std::chrono::steady_clock::now() + kSendPatience;
  if (waiting_.ports == 0) {
    ++from_host_nowhere_;
    return true;
  }
  return send_waiting(wiring);
}

bool Pump::send_waiting(const Wiring& wiring) {
  const auto frame = std::span<const std::uint8_t>(waiting_.buffer).first(waiting_.bytes);
  while (waiting_.ports != 0) {
    const auto port = static_cast<unsigned>(std::countr_zero(waiting_.ports));
    base::Result<void> sent = base::Error{base::Errc::link_down, "no card", ""};
    if (wiring.device) sent = wiring.device->send(port, frame);
    const bool full = !sent.ok() && sent.error().code == base::Errc::exhausted;
    if (full && std::chrono::steady_clock::now() < waiting_.give_up) return false;
    waiting_.ports &= waiting_.ports - 1;
    ++(sent.ok() ? from_host_ : from_host_lost_);
    if (!sent.ok() && !full && wiring.device) {
      waiting_.ports = 0;
      fail(wiring, sent.error());
      return false;
    }
  }
  return true;
}

// Only what the host's stack does not need: not while a frame of it waits.
bool Pump::send_announcement(const Wiring& wiring) {
  if (waiting_.ports != 0 || !wiring.device) return false;
  Announcement next;
  {
    const std::lock_guard lock(mutex_);
    if (announcements_.empty()) return false;
    next = std::move(announcements_.front());
    announcements_.pop_front();
  }
  const auto sent = wiring.device->send(next.port, next.frame);
  if (sent.ok()) return true;
  if (sent.error().code == base::Errc::exhausted) {
    const std::lock_guard lock(mutex_);
    announcements_.push_front(std::move(next));
  } else {
    fail(wiring, sent.error());
  }
  return false;
}

// Tells the checks that both queues were emptied. A turn that failed has told that already, and has
// let go of the card.
void Pump::note_progress(const Wiring& wiring, std::chrono::steady_clock::time_point began, bool up,
                         bool down) {
  {
    const std::lock_guard lock(mutex_);
    if (!wiring.device || wiring_->device != wiring.device) return;
  }
  from_card_.turn(began, up);
  if (down || waiting_.ports == 0) from_host_stack_.turn(began, down);
  const auto until = std::min(from_card_.clear_until(), from_host_stack_.clear_until());
  if (until < progress_noted_ + kNoteProgressEvery) return;
  progress_noted_ = until;
  const auto state = link_.read();
  if (!state || !state->up) return way_.broke(tap_.name() + " is down");
  const auto asked_lost = wiring.device->asked_lost();
  if (!asked_lost) return fail(wiring, asked_lost.error());
  CheckWay::Losses losses;
  losses.fill(to_host_lost_ + from_host_lost_ + state->lost);
  for (std::size_t port = 0; port < losses.size(); ++port) losses[port] += (*asked_lost)[port];
  way_.kept_up(until, losses);
}

void Pump::fail(const Wiring& wiring, const base::Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (wiring_->device != wiring.device) return;  // already replaced
    wiring_ = std::make_shared<const Wiring>(Wiring{nullptr, wiring_->routes});
  }
  way_.broke(error.message());
  on_failure_(wiring.device, error);
}

}  // namespace sluice::daemon
