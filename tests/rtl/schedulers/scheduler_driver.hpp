// Verilated scheduler with what the connection table does to it, cycle by cycle, and an oracle of
// its counts, turns and loads.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "Vscheduler.h"
#include "layout/connections.hpp"
#include "layout/tables.hpp"

namespace sluice::sched {

constexpr std::uint32_t kPickCycle = 17;
constexpr std::uint32_t kChangeCycle = 18;

struct Request {
  std::uint16_t service = 0;
  std::uint8_t kind = layout::kScheduler_ring;
  std::uint16_t turns_base = 0;
  std::uint16_t turns_last = 0;
  bool begins = true;
  std::uint16_t ring = 0;
  std::uint16_t pair = 0;
  bool asks = true;
  bool stored = true;
  bool counts = true;  // change_* says that the backend has one connection more
};

struct Decision {
  Request request;
  std::uint64_t cycle = 0;  // of the request
  std::uint16_t backend = 0;
};

struct Event {
  std::uint16_t backend = 0;
  std::uint16_t service = 0;
  bool up = false;     // change
  bool active = true;  // removed, swept
};

enum class Table : std::uint8_t {
  turns,
  shares,
  response_times,
  service_connections,
  backend_connections,
};

class SchedulerDriver {
 public:
  explicit SchedulerDriver(std::uint64_t seed);
  ~SchedulerDriver();
  SchedulerDriver(const SchedulerDriver&) = delete;
  SchedulerDriver& operator=(const SchedulerDriver&) = delete;

  // What happens in the next step(), besides what earlier requests bring about.
  void request(const Request& request);
  void change(const Event& event) { change_ = event; }
  void removed(const Event& event) { removed_ = event; }
  void swept(const Event& event) { swept_ = event; }
  void sample(std::uint16_t backend, std::uint16_t ticks) { sample_ = {backend, ticks}; }
  bool change_taken() const;  // a request's own change comes in the next step
  // A change in the cycle that is so far from the next one loses its place to a backend that waits.
  bool reserved(std::uint32_t cycles = 0) const { return (cycle_ + cycles - began_) % 8 == 0; }
  void step();
  void idle(std::uint64_t cycles);
  void reset();
  void clear();  // and forgets the oracle's counts

  // The host, a cycle or more of steps each.
  void write(Table table, std::uint32_t entry, std::uint64_t record);
  void write_now(Table table, std::uint32_t entry, std::uint64_t record);  // in the next step()
  std::uint32_t read(Table table, std::uint32_t entry, bool word = false);

  // Called with every ask's answer, and with every change of a backend's count in its cycle.
  void on_decision(std::function<void(const Decision&)> handler) { handler_ = std::move(handler); }
  void on_count(std::function<void(std::uint16_t)> handler) { counted_ = std::move(handler); }

  std::uint64_t cycle() const { return cycle_; }
  bool stalls() const { return top_->sweep_stall_o != 0; }
  bool clear_done() const { return top_->clear_done_o != 0; }
  std::mt19937_64& random() { return random_; }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::int64_t backend_count(std::uint32_t backend) const { return backends_[backend]; }
  std::int64_t service_count(std::uint32_t service) const { return services_[service]; }
  // The first count that the card says differently, or nothing.
  std::string compare_counts();

 private:
  struct HostAccess {
    Table table;
    std::uint32_t entry;
    std::uint64_t record;
    bool writes;
    bool word;
  };

  void drive_request();
  void drive_events();
  void drive_host();
  void count(const Event& event, std::int64_t by);
  void watch();

  std::unique_ptr<Vscheduler> top_;
  std::mt19937_64 random_;
  std::uint64_t cycle_ = 0;
  std::uint64_t began_ = 0;                            // first cycle after the reset
  std::array<std::optional<Decision>, 32> under_way_;  // by cycle
  std::optional<Request> request_;
  std::optional<Event> change_, removed_, swept_;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> sample_;
  std::optional<HostAccess> host_;
  std::function<void(const Decision&)> handler_;
  std::function<void(std::uint16_t)> counted_;
  std::array<std::int64_t, layout::kBackends> backends_{};
  std::array<std::int64_t, layout::kServices> services_{};
};

constexpr std::uint64_t share_record(const layout::Share& share) {
  return std::uint64_t{share.service} << 48 | std::uint64_t{share.column} << 40 |
         std::uint64_t{share.timed} << 32 | share.cost;
}

}  // namespace sluice::sched
