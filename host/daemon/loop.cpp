#include "daemon/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::daemon {
namespace {

constexpr int kMaxSleepMs = 1000;

base::Error failed(const char* what) {
  return {base::Errc::io, std::string(what) + ": " + std::strerror(errno), ""};
}

}  // namespace

base::Result<Loop> Loop::create() {
  base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return failed("epoll_create1");
  base::Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return failed("eventfd");
  Loop loop(std::move(epoll), std::move(wake));
  const int fd = loop.wake_.get();
  auto watched = loop.watch(fd, [fd] {
    std::uint64_t count = 0;
    (void)!::read(fd, &count, sizeof count);
  });
  if (!watched) return watched.error();
  return loop;
}

Loop::Loop(base::Fd epoll, base::Fd wake)
    : epoll_(std::move(epoll)), wake_(std::move(wake)), inbox_(std::make_unique<Inbox>()) {}

base::Result<void> Loop::watch(int fd, Work work) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return failed("epoll_ctl");
  watches_[fd] = std::move(work);
  return {};
}

void Loop::at(Deadline deadline, Work work) {
  timers_.push_back({std::move(deadline), std::move(work)});
}

void Loop::post(Work work, Order order) {
  {
    const std::lock_guard lock(inbox_->mutex);
    if (inbox_->stopped) return;
    inbox_->work.at(static_cast<std::size_t>(order)).push_back(std::move(work));
  }
  wake();
}

void Loop::stop() {
  {
    const std::lock_guard lock(inbox_->mutex);
    inbox_->stopped = true;
    inbox_->work = {};
  }
  wake();
}

void Loop::wake() const {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);  // a full counter wakes all the same
}

void Loop::run() {
  std::array<epoll_event, 64> events;
  while (run_posted()) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), sleep_ms());
    for (int i = 0; i < count; ++i) {
      const auto found = watches_.find(events[static_cast<std::size_t>(i)].data.fd);
      if (found != watches_.end()) found->second();
    }
    run_due_timers();
  }
}

std::size_t Loop::Inbox::waiting() const {
  std::size_t count = 0;
  for (const auto& queue : work) count += queue.size();
  return count;
}

Loop::Work Loop::Inbox::take() {
  const auto queue =
      std::find_if(work.begin(), work.end(), [](const auto& some) { return !some.empty(); });
  Work first = std::move(queue->front());
  queue->pop_front();
  return first;
}

// As many as were there to begin with, so that descriptors and timers have their turn.
bool Loop::run_posted() {
  std::unique_lock lock(inbox_->mutex);
  for (std::size_t left = inbox_->waiting(); left > 0 && !inbox_->stopped; --left) {
    Work work = inbox_->take();
    lock.unlock();
    work();
    work = nullptr;  // what it holds may post again
    lock.lock();
  }
  return !inbox_->stopped;
}

// Rounded up, so that a timer is due when the sleep ends.
int Loop::sleep_ms() const {
  auto soonest = Clock::now() + Millis(kMaxSleepMs);
  for (const Timer& timer : timers_) {
    if (const auto deadline = timer.deadline()) soonest = std::min(soonest, *deadline);
  }
  const auto left = std::chrono::ceil<Millis>(soonest - Clock::now()).count();
  return static_cast<int>(std::max<Millis::rep>(left, 0));
}

void Loop::run_due_timers() {
  for (const Timer& timer : timers_) {
    const auto deadline = timer.deadline();
    if (deadline && *deadline <= Clock::now()) timer.work();
  }
}

}  // namespace sluice::daemon
