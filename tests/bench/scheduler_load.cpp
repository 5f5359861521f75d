#include "scheduler_load.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <queue>
#include <random>

#include "../../host/model/shares.hpp"
#include "layout/hash.hpp"
#include "model/maglev.hpp"
#include "model/turns.hpp"
#include "scheduled_table.hpp"
#include "textbook.hpp"

namespace sluice::bench {
namespace {

constexpr unsigned kRingSlots = 65'537;
constexpr std::uint64_t kSampleCycles = 1024;
constexpr double kMeanBurst = 64;  // openings in consecutive cycles
constexpr double kParetoShape = 2;
constexpr std::uint32_t kFirstBackend = 1000;

struct Connection {
  std::uint64_t key = 0;
  std::uint16_t backend = 0;
  std::uint16_t textbook_backend = 0;
  double noise = 0;  // of its response time
};

double max_over_mean(const std::vector<std::uint32_t>& active,
                     const std::vector<unsigned>& weights) {
  double most = 0;
  double sum = 0;
  for (std::size_t i = 0; i < active.size(); ++i) {
    const double load = static_cast<double>(active[i]) / weights[i];
    most = std::max(most, load);
    sum += load;
  }
  return sum == 0 ? 1 : most * static_cast<double>(active.size()) / sum;
}

std::vector<unsigned> make_weights(const SchedulerCase& which, std::uint32_t backends) {
  std::vector<unsigned> weights(backends, 1);
  for (std::uint32_t i = 0; which.weighted && i < backends; i += 2) weights[i] = 2;
  return weights;
}

class Run {
 public:
  Run(const SchedulerCase& which, const SchedulerLoad& load)
      : which_(which),
        load_(load),
        timed_(which.scheduler == "least_response_time"),
        weights_(make_weights(which, load.backends)),
        turns_(model::smooth_turns(weights_, layout::kMaxTurns)),
        // Two periods, so that their number is even.
        table_(load.seed, which.kind, static_cast<std::uint32_t>(2 * turns_.size())),
        textbook_(which.scheduler, weights_, load.seed + 1),
        active_(load.backends),
        random_(load.seed + 2) {
    for (std::uint32_t* key : {&config_.flow_key0, &config_.flow_key1, &config_.flow_key2,
                               &config_.flow_key3, &config_.flow_key4}) {
      *key = static_cast<std::uint32_t>(random_());
    }
    std::vector<model::MaglevMember> members;
    for (std::uint32_t i = 0; i < load.backends; ++i) members.push_back({i + 1, weights_[i]});
    ring_ = model::maglev_table(members, kRingSlots);
    fill_tables();
    connections_.reserve(load.connections);
    opened_.resize(2 * ScheduledTable::kResponseCycles);
  }

  SchedulerResult run() {
    const std::uint64_t begin = table_.cycle();
    std::uint64_t burst = 0;
    while (connections_.size() < load_.connections) {
      const bool due = !ends_.empty() && ends_.top().first <= table_.cycle();
      if (burst == 0 && due) {
        close();
      } else {
        // Whatever is over closes after the burst.
        if (burst == 0) burst = 1 + static_cast<std::uint64_t>(-kMeanBurst * std::log(uniform()));
        --burst;
        open();
      }
      step();
      if (connections_.size() > load_.connections / 2 && table_.cycle() % kSampleCycles == 0)
        look();
    }
    result_.openings_per_cycle =
        static_cast<double>(load_.connections) / static_cast<double>(table_.cycle() - begin);
    for (std::uint32_t i = 0; i < 100; ++i) step();
    check();
    result_.max_over_mean /= static_cast<double>(looks_);
    result_.textbook_max_over_mean /= static_cast<double>(looks_);
    return result_;
  }

 private:
  using End = std::pair<std::uint64_t, std::uint32_t>;                        // cycle, connection
  using Answer = std::pair<std::uint64_t, std::pair<std::uint16_t, double>>;  // cycle, who, ticks

  void fill_tables() {
    const auto number = [](std::uint32_t i) {
      return static_cast<std::uint16_t>(kFirstBackend + i);
    };
    for (std::uint32_t i = 0; i < 2 * turns_.size(); i += 2) {
      table_.write_turns(i, number(turns_[i % turns_.size()]),
                         number(turns_[(i + 1) % turns_.size()]));
    }
    const std::vector<std::uint32_t> costs = model::costs(weights_);
    for (std::uint32_t i = 0; i < load_.backends; ++i) {
      layout::Share share{};
      share.cost = costs[i];
      share.timed = timed_;
      share.column = static_cast<std::uint8_t>(i);
      share.service = ScheduledTable::kService;
      table_.write_share(number(i), share);
    }
  }

  double uniform() { return (static_cast<double>(random_() >> 11) + 1) * 0x1p-53; }
  std::uint16_t slot(std::uint32_t at) const {
    return static_cast<std::uint16_t>(kFirstBackend + ring_[at]);
  }
  // As hls/path/schedule.cpp: the slot whose number differs in bit 0, if the ring has it.
  static std::uint32_t pair_of(std::uint32_t at) { return (at ^ 1) < kRingSlots ? at ^ 1 : at; }

  void open() {
    layout::FlowKey flow{};
    flow.source = static_cast<std::uint32_t>(random_());
    flow.source_port = static_cast<std::uint16_t>(random_());
    flow.destination = 0xc000'0201;
    flow.destination_port = 80;
    flow.protocol = 6;
    const std::uint8_t hashed =
        which_.scheduler == "source" ? layout::kHashSource : layout::kHashTuple;
    const std::uint32_t at =
        which_.kind == layout::kScheduler_random
            ? static_cast<std::uint32_t>(random_() % kRingSlots)
            : layout::ring_index(0, kRingSlots, layout::flow_hash(config_, hashed, flow));
    Connection connection;
    connection.key = std::uint64_t{flow.source} << 28 | std::uint64_t{flow.source_port} << 12 |
                     ScheduledTable::kService;
    connection.noise = 0.9 + 0.2 * uniform();
    // A hash that has nothing to do with the card's.
    const std::uint64_t tuple = std::mt19937_64(connection.key)();
    const std::uint64_t source = std::mt19937_64(flow.source)();
    connection.textbook_backend = textbook_.open({tuple, source});
    const double ticks =
        response_ticks(textbook_.active(), connection.textbook_backend, connection);
    if (timed_) textbook_answers_.push({answer_cycle(ticks), {connection.textbook_backend, ticks}});
    table_.open({connection.key, slot(at), slot(pair_of(at))});
    opened_[table_.cycle() % opened_.size()] = static_cast<std::uint32_t>(connections_.size() + 1);
    connections_.push_back(connection);
  }

  void close() {
    const Connection& connection = connections_[ends_.top().second];
    ends_.pop();
    table_.close(connection.key);
    --active_[connection.backend];
    textbook_.close(connection.textbook_backend);
  }

  // A backend answers the more slowly the more it has to do for its weight.
  double response_ticks(const std::vector<std::uint32_t>& active, std::uint16_t backend,
                        const Connection& connection) const {
    return (400 + static_cast<double>(active[backend]) / weights_[backend] / 4) * connection.noise;
  }

  // A tick is a cycle. Whoever schedules knows how long an answer took when it has come.
  std::uint64_t answer_cycle(double ticks) const {
    return table_.cycle() + static_cast<std::uint64_t>(ticks);
  }

  void answer() {
    while (!textbook_answers_.empty() && textbook_answers_.top().first <= table_.cycle()) {
      const auto& [backend, ticks] = textbook_answers_.top().second;
      textbook_.sample(backend, ticks);
      textbook_answers_.pop();
    }
    // The card takes one a cycle.
    if (!answers_.empty() && answers_.top().first <= table_.cycle()) {
      const auto& [backend, ticks] = answers_.top().second;
      table_.sample(backend, static_cast<std::uint16_t>(ticks));
      answers_.pop();
    }
  }

  void step() {
    answer();
    const std::uint64_t entered = table_.cycle() - ScheduledTable::kResponseCycles;
    const std::optional<std::uint16_t> backend = table_.step();
    const std::uint32_t number =
        entered < table_.cycle() ? std::exchange(opened_[entered % opened_.size()], 0) : 0;
    if (number == 0) return;
    if (!backend) {
      result_.error = "a connection was not stored";
      return;
    }
    Connection& connection = connections_[number - 1];
    connection.backend = static_cast<std::uint16_t>(*backend - kFirstBackend);
    ++active_[connection.backend];
    const double ticks = response_ticks(active_, connection.backend, connection);
    if (timed_) answers_.push({answer_cycle(ticks), {*backend, ticks}});
    const double lifetime = load_.mean_lifetime_cycles * (kParetoShape - 1) / kParetoShape /
                            std::pow(uniform(), 1 / kParetoShape);
    ends_.emplace(table_.cycle() + static_cast<std::uint64_t>(lifetime), number - 1);
  }

  void look() {
    ++looks_;
    result_.max_over_mean += max_over_mean(active_, weights_);
    result_.textbook_max_over_mean += max_over_mean(textbook_.active(), weights_);
  }

  void check() {
    result_.alive = std::accumulate(active_.begin(), active_.end(), std::uint64_t{0});
    for (std::uint32_t i = 0; i < load_.backends; ++i) {
      const std::uint32_t seen = table_.count(static_cast<std::uint16_t>(kFirstBackend + i));
      if (seen != active_[i]) {
        result_.error = "backend " + std::to_string(i) + " has " + std::to_string(active_[i]) +
                        " connections, but the card counts " + std::to_string(seen);
      }
    }
  }

  const SchedulerCase& which_;
  SchedulerLoad load_;
  bool timed_;
  std::vector<unsigned> weights_;
  std::vector<std::uint16_t> turns_;
  ScheduledTable table_;
  Textbook textbook_;
  std::vector<std::uint32_t> active_;
  std::mt19937_64 random_;
  layout::Config config_{};
  std::vector<std::uint16_t> ring_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> opened_;  // by cycle, number of the connection and one
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers_, textbook_answers_;
  SchedulerResult result_;
  std::uint64_t looks_ = 0;
};

}  // namespace

const std::vector<SchedulerCase>& scheduler_cases() {
  static const std::vector<SchedulerCase> kCases = {
      {"round_robin", layout::kScheduler_turns, false, false},
      {"weighted_round_robin", layout::kScheduler_turns, true, false},
      {"least_connections", layout::kScheduler_least, false, true},
      {"weighted_least_connections", layout::kScheduler_least, true, true},
      {"least_response_time", layout::kScheduler_least, true, true},
      {"p2c", layout::kScheduler_pair, true, true},
      {"source", layout::kScheduler_ring, true, false},
      {"hash", layout::kScheduler_ring, true, false},
      {"maglev", layout::kScheduler_ring, true, false},
      {"random", layout::kScheduler_random, true, false},
  };
  return kCases;
}

SchedulerResult run_scheduler(const SchedulerCase& which, const SchedulerLoad& load) {
  return Run(which, load).run();
}

}  // namespace sluice::bench
