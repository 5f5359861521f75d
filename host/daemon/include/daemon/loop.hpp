// One thread's event loop: file descriptors, one timer each owner, work posted by other threads.
#pragma once

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

  // From any thread: `work` runs on the loop's thread, in order. After stop() it is
  // destroyed without having run.
  void post(Work work);

  void run();   // until stop()
  void stop();  // from any thread

 private:
  struct Timer {
    Deadline deadline;
    Work work;
  };
  struct Inbox {  // shared with other threads
    std::mutex mutex;
    std::deque<Work> work;
    bool stopped = false;
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
