// sluiced: brings configuration, health, next hops, the host's stack and the card together.
//
// Everything but the pump runs on the loop's thread; other threads (the API's) post their work
// there. The card forwards without any of this: when the daemon dies nothing changes for a packet,
// and the next one takes over what it finds.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/announcer.hpp"
#include "daemon/connections.hpp"
#include "daemon/health_watch.hpp"
#include "daemon/loop.hpp"
#include "daemon/next_hop_watch.hpp"
#include "daemon/panic_watch.hpp"
#include "daemon/port_links.hpp"
#include "daemon/pump.hpp"
#include "daemon/state_file.hpp"
#include "daemon/tables.hpp"
#include "daemon/trouble.hpp"
#include "model/read_config.hpp"

namespace sluice::daemon {

inline constexpr std::size_t kMaxConfigBytes = 4u << 20;
inline constexpr std::chrono::milliseconds kCommitWindow{30};

class Daemon;

struct Options {
  std::function<base::Result<std::unique_ptr<driver::Board>>()> open_board;
  std::string config_file;
  std::string tap_name = "sluice0";
  std::string state_dir = "/var/lib/sluice";
  // Called once the network is set up and before the card is opened, which may take minutes: what
  // it returns lives as long as the daemon, and may ask for reading_back_pct() and post to the
  // loop.
  std::function<base::Result<std::shared_ptr<void>>(Daemon&)> before_card{};
};

struct ApplyOutcome {
  ConfigChange change;
  driver::ApplyReport report;
  std::vector<model::Problem> problems;  // not empty: nothing was changed
  std::string warning;                   // done, but a restart would not know it; why
};

struct RunningConfig {
  std::string text;
  std::string file;
  std::uint64_t id = 0;
  WallTime applied_at;
};

class Daemon {
 public:
  // Opens the card, the TAP and the configuration, and brings the card in line with it. Needs root;
  // starts no thread.
  static base::Result<std::unique_ptr<Daemon>> start(Options options);
  ~Daemon();

  // Starts the pump and runs until loop().stop(), or until it cannot go on: then the reason.
  base::Result<void> run();

  Loop& loop() { return loop_; }

  // From any thread: how far reading the card's tables back has come, while the loop stands still
  // for it.
  std::optional<unsigned> reading_back_pct() const;
  WallTime started_at() const { return started_at_; }

  // --- on the loop's thread ---
  // Validates and applies; what is wrong leaves everything as it is.
  base::Result<ApplyOutcome> apply(const std::string& text, const std::string& file);
  // Reads --config FILE again (SIGHUP).
  void reload();

  const RunningConfig& running() const { return running_; }
  Tables& tables() { return tables_; }
  const HealthWatch& health() const { return *health_; }
  ConnectionTable& connections() { return connections_; }
  PumpCounters pump_counters() const { return pump_->counters(); }
  // Why no card is attached; empty if one is.
  const std::string& card_trouble() const { return card_trouble_; }
  // Why what runs is not in the state file; empty if it is.
  const std::string& state_trouble() const { return state_trouble_; }

 private:
  Daemon(Options options, Loop loop);

  // What to begin with: a configuration that is known to be usable.
  struct FirstConfig {
    std::string text;
    std::string file;
    std::uint64_t start_file_id;
    std::optional<SavedState> saved;
  };

  base::Result<void> open_network();
  base::Result<void> open_health();
  base::Result<FirstConfig> first_config() const;
  base::Result<void> take_up(const std::string& text, const std::string& file,
                             std::optional<SavedState> saved);
  base::Result<void> attach_card();
  void note_reading_back(unsigned percent);
  base::Result<void> watch_everything();
  void adopt_config();
  void watch_backends();

  void commit_if_due();
  std::optional<TimePoint> upkeep_deadline() const;
  void upkeep();
  base::Result<void> write_response_times();
  void run_connections();
  void name_connections();
  void reconnect();
  bool card_is_gone(const base::Error& error) const;
  void lose_card(const base::Error& error);
  void give_up(const base::Error& error);
  void neighbours_changed(bool all);
  void ask_for(const model::NextHop& hop);
  void announce();
  void run_health();
  void note_check_trouble();
  void health_changed(const model::BackendId& backend, const health::State& state);
  void judge_panic(const model::ServiceConfig& service);
  void judge_panics();
  void watch_links_anew();
  void read_links();
  void save_state();

  Options options_;
  Loop loop_;
  Tables tables_{kCommitWindow};
  ConnectionTable connections_;
  RunningConfig running_;
  std::uint64_t start_file_id_ = 0;
  WallTime started_at_;
  std::string card_trouble_;
  std::string state_trouble_;
  std::optional<TimePoint> save_again_at_;
  std::optional<TimePoint> reconnect_at_;
  TimePoint next_upkeep_{};
  Trouble commit_trouble_;
  Trouble connection_trouble_;
  Trouble probe_trouble_;
  Trouble upkeep_trouble_;
  std::optional<base::Error> gave_up_;  // why run() ended by itself
  CheckWay way_{Clock::now()};
  PanicWatch panic_watch_;
  PortLinks links_;
  std::optional<TimePoint> links_due_;
  Announcer announcer_;
  std::string check_trouble_;  // as last said
  std::unique_ptr<HealthWatch> health_;
  std::optional<NextHopWatch> next_hops_;
  std::unique_ptr<Pump> pump_;
  std::atomic<int> reading_back_pct_{-1};  // -1: not now
  std::shared_ptr<void> surface_;          // of options_.before_card
};

}  // namespace sluice::daemon
