// Carries frames between the card's mailboxes and sluice0, on a thread of its own so that neither
// a large commit nor a slow API client holds up ARP.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "daemon/check_way.hpp"
#include "daemon/punt_gate.hpp"
#include "driver/device.hpp"
#include "net/inject_route.hpp"
#include "net/link.hpp"
#include "net/tap.hpp"

namespace sluice::daemon {

struct PumpCounters {
  std::uint64_t to_host = 0;            // frames of the card given to the host's stack
  std::uint64_t to_host_lost = 0;       // the host's stack took no more
  std::uint64_t from_host = 0;          // frames of the host's stack given to the card
  std::uint64_t from_host_nowhere = 0;  // no port leads to their destination
  std::uint64_t from_host_lost = 0;     // the card's mailbox stayed full, or no card
  std::uint64_t refusals_lost = 0;      // answers in place of the host that the card took not
  PuntCounts punts{};                   // what became of the card's frames
};

class Pump {
 public:
  // Both are called on the pump's thread. The first once for each device that fails, the second
  // when the TAP is gone for good (somebody deleted it), after which the pump rests.
  using OnFailure = std::function<void(const std::shared_ptr<driver::Device>&, const base::Error&)>;
  using OnTapGone = std::function<void(const base::Error&)>;

  // Tells `way`, which must outlive it, how it keeps up.
  Pump(net::Tap tap, net::Link link, CheckWay& way, OnFailure on_failure, OnTapGone on_tap_gone);
  ~Pump();

  base::Result<void> start();

  // Safe while running. `device` needs a SharedBoard: the pump uses only receive() and send().
  // Without a device the host's frames are lost.
  void attach(std::shared_ptr<driver::Device> device);
  void detach() { attach(nullptr); }
  void set_routes(net::InjectRoutes routes);
  // Which frames may reach the host's stack; before the first one none.
  void set_view(net::PuntView view) { gate_.set_view(std::move(view)); }

  // From any thread: a frame of the daemon's own, which goes out when the host's stack has none.
  // False: too many wait already.
  bool announce(unsigned port, std::vector<std::uint8_t> frame);

  PumpCounters counters() const;

 private:
  struct Wiring {
    std::shared_ptr<driver::Device> device;
    net::InjectRoutes routes;
  };

  // A frame of the host on its way into the card's mailbox. While that is full the other direction
  // goes on.
  struct Waiting {
    std::array<std::uint8_t, layout::kMailboxFrameBytes> buffer;
    std::size_t bytes = 0;
    net::PortMask ports = 0;  // still to be sent to; 0: nothing waits
    std::chrono::steady_clock::time_point give_up;
  };

  struct Announcement {
    unsigned port = 0;
    std::vector<std::uint8_t> frame;
  };

  void run();
  bool card_to_host(const Wiring& wiring);  // true: a frame moved
  void refuse(const Wiring& wiring, const driver::PuntFrame& frame);
  bool host_to_card(const Wiring& wiring);
  bool send_announcement(const Wiring& wiring);
  void note_progress(const Wiring& wiring, std::chrono::steady_clock::time_point began, bool up,
                     bool down);
  bool send_waiting(const Wiring& wiring);
  bool wait(std::chrono::microseconds timeout) const;  // false: the TAP is gone
  void fail(const Wiring& wiring, const base::Error& error);

  net::Tap tap_;
  PuntGate gate_;
  OnFailure on_failure_;
  OnTapGone on_tap_gone_;
  base::Fd stop_;
  std::thread thread_;
  std::mutex mutex_;  // of wiring_ and announcements_
  std::shared_ptr<const Wiring> wiring_;
  std::deque<Announcement> announcements_;
  // The pump's thread only.
  Waiting waiting_;
  net::Link link_;
  Backlog from_card_;
  Backlog from_host_stack_;
  std::chrono::steady_clock::time_point progress_noted_;
  CheckWay& way_;

  std::atomic<std::uint64_t> to_host_{0};
  std::atomic<std::uint64_t> to_host_lost_{0};
  std::atomic<std::uint64_t> from_host_{0};
  std::atomic<std::uint64_t> from_host_nowhere_{0};
  std::atomic<std::uint64_t> from_host_lost_{0};
  std::atomic<std::uint64_t> refusals_lost_{0};
};

}  // namespace sluice::daemon
