// Keeps from the host's stack what it must not see, and counts.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "driver/device.hpp"
#include "net/punt_filter.hpp"
#include "net/punt_limits.hpp"

namespace sluice::daemon {

using PuntCounts = std::array<std::uint64_t, net::kPuntRulings>;  // by net::PuntRuling

class PuntGate {
 public:
  // Before the first view nothing passes.
  void set_view(net::PuntView view);  // from any thread

  // What to do with a frame. Of one thread.
  net::PuntRuling rule(const driver::PuntFrame& frame, std::chrono::steady_clock::time_point now);

  PuntCounts counts() const;  // from any thread

 private:
  void warn(net::PuntRuling ruling, const driver::PuntFrame& frame,
            std::chrono::steady_clock::time_point now);

  mutable std::mutex mutex_;  // of view_
  std::shared_ptr<const net::PuntView> view_ = std::make_shared<const net::PuntView>();
  net::PuntLimits limits_;
  std::array<std::atomic<std::uint64_t>, net::kPuntRulings> counts_{};
  // Lines of the log: whoever sends ARP from everywhere must not fill it.
  std::optional<net::ArpSender> warned_of_;
  net::TokenBucket warnings_{std::chrono::seconds(10), 5};
};

}  // namespace sluice::daemon
