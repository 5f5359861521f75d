// One thread's event loop: file descriptors, one timer each owner, work posted by other threads.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace sluice::daemon {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Millis = std::chrono::milliseconds;

class Loop {
 public:
  using Work = std::function<void()>;
  using Deadline = std::function<std::optional<TimePoint>()>;

  static base::Result<Loop> create();

  // `work` runs whenever the descriptor is readable. The descriptor must outlive the loop or be
  // removed before it closes.
  base::Result<void> watch(int fd, Work work);

  // `work` runs when `deadline` is reached; the loop asks for the deadline before each sleep.
  void at(Deadline deadline, Work work);

  // What is posted runs in this order, and in the order of posting within one.
  enum class Order : std::uint8_t { change, normal, reading };

  // From any thread: `work` runs on the loop's thread. After stop() it is destroyed without having
  // run.
  void post(Work work, Order order = Order::normal);

  void run();   // until stop()
  void stop();  // from any thread

 private:
  struct Timer {
    Deadline deadline;
    Work work;
  };
  struct Inbox {  // shared with other threads
    std::mutex mutex;
    std::array<std::deque<Work>, 3> work;  // by order
    bool stopped = false;

    std::size_t waiting() const;
    Work take();
  };

  Loop(base::Fd epoll, base::Fd wake);
  int sleep_ms() const;
  void run_due_timers();
  bool run_posted();  // false: stop
  void wake() const;

  base::Fd epoll_;
  base::Fd wake_;
  std::map<int, Work> watches_;
  std::deque<Timer> timers_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace sluice::daemon
