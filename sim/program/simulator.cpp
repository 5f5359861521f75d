#include "simulator.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/conservation.hpp"

namespace sluice::sim {

namespace {

// Between two looks at the descriptors: long enough that system calls do not matter, short enough
// (a fraction of a millisecond) that a waiting frame does not notice.
constexpr std::uint32_t kBatchCycles = 16;
constexpr std::size_t kRxQueueFrames = 64;
constexpr std::uint32_t kIdleAskCycles = 32;
constexpr std::uint32_t kStillAsks = 16;
constexpr std::uint64_t kDrainBoundCycles = 1'000'000;

sigset_t end_signals() {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  return mask;
}

}  // namespace

Simulator::Simulator(const SimulatorOptions& options, Adapters adapters) : options_(options) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    Port& port = ports_[i];
    port.adapter = std::move(adapters[i]);
    if (port.adapter == nullptr) port.adapter = std::make_unique<UnpluggedPort>();
    const auto number = static_cast<std::uint32_t>(i);
    card_.rx(number).set_pace(options_.pace);
    card_.tx(number).set_received_hook([&port](const Frame& frame) {
      if (port.adapter->send(frame)) {
        ++port.tx_frames;
      } else {
        ++port.tx_refused;
      }
    });
  }
  if (options_.time == TimeMode::simulated) card_.set_tick_period(kTickPeriodCycles);
}

base::Result<std::unique_ptr<Simulator>> Simulator::create(const SimulatorOptions& options,
                                                           Adapters adapters) {
  // Before the card is made: Verilator's thread inherits the mask, else a signal would end it.
  const sigset_t mask = end_signals();
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  // A shell starts background jobs with SIGINT ignored, and what is ignored is never seen.
  ::signal(SIGINT, SIG_DFL);
  std::unique_ptr<Simulator> simulator(new Simulator(options, std::move(adapters)));
  if (auto done = simulator->open(); !done) return done.error();
  return simulator;
}

void Simulator::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) std::abort();
}

base::Result<void> Simulator::open() {
  const sigset_t mask = end_signals();
  signals_ = base::Fd(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
  epoll_ = base::Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!signals_ || !epoll_) {
    return base::Error{base::Errc::io, std::string("cannot poll: ") + std::strerror(errno), ""};
  }
  watch(signals_.get());
  for (const Port& port : ports_) {
    if (port.adapter->poll_fd() >= 0) watch(port.adapter->poll_fd());
  }
  if (!options_.trace_file.empty()) {
    if (auto done = card_.open_trace(options_.trace_file); !done) return done;
  }
  if (!options_.control_path.empty()) {
    auto control =
        ControlServer::listen(options_.control_path, card_.memory(), [this] { return info(); });
    if (!control) return control.error();
    control_ = std::move(*control);
    watch(control_->poll_fd());
  }
  start_ = std::chrono::steady_clock::now();
  return {};
}

bool Simulator::poll(bool wait) {
  std::array<epoll_event, layout::kPorts + 2> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait ? -1 : 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == signals_.get()) return false;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) gone_fd_ = event.data.fd;
  }
  if (gone_fd_ >= 0) return false;
  if (control_ != nullptr) control_->serve();
  return true;
}

void Simulator::receive_frames() {
  const bool finite_may_start =
      !options_.start_at_commit || (control_ != nullptr && control_->commit_seen());
  for (std::uint32_t number = 0; number < ports_.size(); ++number) {
    Port& port = ports_[number];
    if (port.adapter->finite() && !finite_may_start) continue;
    RxSource& source = card_.rx(number);
    Frame frame;
    while (source.queued_frames() < kRxQueueFrames &&
           port.adapter->receive(card_.cycle(), &frame)) {
      source.push(std::move(frame));
      ++port.rx_frames;
    }
  }
}

void Simulator::add_wall_ticks() {
  if (options_.time != TimeMode::wall) return;
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  const auto due = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count() * layout::kTickHz /
      1'000'000);
  card_.add_ticks(due - wall_ticks_);
  wall_ticks_ = due;
}

bool Simulator::has_work() const {
  if (!idle_ || card_.ticks_due() != 0) return true;
  if (control_ != nullptr && control_->wants_card()) return true;
  for (std::uint32_t number = 0; number < ports_.size(); ++number) {
    if (!card_.rx(number).empty() || card_.tx(number).inside_frame()) return true;
  }
  return false;
}

// Asks the card, once it looks quiet, whether a packet is inside or a commit, snapshot or list goes
// on. Packets may wait inside for a full mailbox: when their number has not changed for a while,
// only the host can move them, and it will ask for cycles itself.
void Simulator::check_idle() {
  AxilMaster& axil = card_.axil();
  if (axil.busy()) return;
  if (asked_ == 0) {
    if (idle_ || ++quiet_cycles_ < kIdleAskCycles) return;
    quiet_cycles_ = 0;
    asked_ = layout::kReg_status;
    return axil.start_read(asked_);
  }
  const std::uint32_t value = axil.read_data();
  if (asked_ == layout::kReg_status) {
    constexpr std::uint32_t kBusy =
        layout::kStatusCommitBusy | layout::kStatusSnapshotBusy | layout::kStatusListBusy;
    idle_ = (value & (layout::kStatusIdle | kBusy)) == layout::kStatusIdle;
    const bool held = (value & (layout::kStatusIdle | kBusy)) == 0;
    asked_ = held ? std::uint32_t{layout::kReg_in_flight} : 0;
    if (held) axil.start_read(asked_);
    return;
  }
  still_asks_ = value == last_in_flight_ ? still_asks_ + 1 : 0;
  last_in_flight_ = value;
  idle_ = still_asks_ >= kStillAsks;
  asked_ = 0;
}

void Simulator::run_cycles() {
  for (std::uint32_t i = 0; i < kBatchCycles; ++i) {
    card_.step();
    for (std::uint32_t number = 0; number < ports_.size(); ++number) {
      if (!card_.rx(number).empty()) idle_ = false;
    }
    if (asked_ != 0) {
      check_idle();
    } else if (control_ != nullptr && control_->wants_card()) {
      // What was asked for may have set something going.
      idle_ = false;
      control_->advance(card_);
    } else {
      check_idle();
    }
  }
}

bool Simulator::done() const {
  if (!options_.until_done || has_work()) return false;
  for (const Port& port : ports_) {
    if (!port.adapter->at_end()) return false;
  }
  return true;
}

base::Result<void> Simulator::run() {
  for (;;) {
    receive_frames();
    if (done() || !poll(!has_work())) break;
    add_wall_ticks();
    if (has_work()) run_cycles();
    if (card_.failed()) return base::Error{base::Errc::io, card_.error(), "card"};
  }
  for (const Port& port : ports_) {
    if (gone_fd_ < 0 || port.adapter->poll_fd() != gone_fd_) continue;
    return base::Error{base::Errc::link_down, "the device was deleted, or its namespace",
                       port.adapter->name()};
  }
  return finish();
}

base::Result<void> Simulator::finish() {
  // Nobody is served any more: the card is brought to rest and must account for every packet.
  while (card_.axil().busy()) card_.step();
  for (std::uint32_t number = 0; number < ports_.size(); ++number) {
    card_.tx(number).set_ready(TxReady::always);
  }
  const bool drained = card_.drain(kDrainBoundCycles);
  card_.close_trace();
  if (card_.failed()) return base::Error{base::Errc::io, card_.error(), "card"};
  if (!drained) return base::Error{base::Errc::hung, "packets do not leave the card", "card"};
  const auto counters = read_counters(card_);
  if (!counters) return counters.error();
  std::fprintf(stderr, "sluice-sim: %s\n", counters->equation().c_str());
  if (!counters->conserved()) {
    return base::Error{base::Errc::io, "packets are not conserved: " + counters->equation(),
                       "card"};
  }
  return {};
}

std::string Simulator::info() const {
  nlohmann::json ports = nlohmann::json::array();
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const Port& port = ports_[i];
    ports.push_back({{"port", i},
                     {"kind", port.adapter->kind()},
                     {"name", port.adapter->name()},
                     {"rx_frames", port.rx_frames},
                     {"tx_frames", port.tx_frames},
                     {"tx_refused", port.tx_refused}});
  }
  const nlohmann::json info = {{"cycles", card_.cycle()},
                               {"time", options_.time == TimeMode::wall ? "wall" : "sim"},
                               {"assertions", card_.failed() ? "failed" : "ok"},
                               {"error", card_.error()},
                               {"ports", ports}};
  return info.dump();
}

}  // namespace sluice::sim
