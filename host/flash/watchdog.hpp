// Ends a wait that nothing else can: a call into a driver that does not come back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace sluice::flash {

// Calls `bark` in a thread of its own unless destroyed within `bound`.
class Watchdog {
 public:
  Watchdog(std::chrono::milliseconds bound, std::function<void()> bark)
      : bark_(std::move(bark)), thread_([this, bound] { watch(bound); }) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }

 private:
  void watch(std::chrono::milliseconds bound) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!ended_.wait_for(lock, bound, [this] { return done_; })) bark_();
  }

  std::function<void()> bark_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace sluice::flash
