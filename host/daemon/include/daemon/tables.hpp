// The card's tables as the configuration and the world want them.
//
// Holds the running configuration, what is known of backends and neighbours, and the plan that is
// on the card. Changes of the world are collected and become one commit; a configuration is
// applied at once, in two commits if the card has no room for it beside what it takes out. What
// fails leaves everything as it was. One thread; no clocks, no sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "daemon/coalescer.hpp"
#include "daemon/wall_clock.hpp"
#include "driver/device.hpp"
#include "model/plan.hpp"

namespace sluice::daemon {

// What the checker last said of a backend.
struct Health {
  bool up = true;
  std::string reason;  // "refused"; empty: as it started
  bool operator==(const Health&) const = default;
};

// Counters of an index before its present owner, to be subtracted: the card never clears them.
struct Baselines {
  std::map<std::uint16_t, layout::FlowCounters> services;
  std::map<std::uint16_t, layout::FlowCounters> backends;
};

// What a successor needs besides the card itself to go on without a change.
struct TablesMemory {
  model::Assignment assignment;
  std::map<model::BackendId, Health> health;
  std::set<model::ServiceId> panics;
  std::map<model::BackendId, WallTime> since;
  std::map<model::BackendId, WallTime> warming;  // when the slow start of a backend began
  std::map<model::BackendId, model::BackendConfig> leaving;  // what was configured
  std::map<base::Ipv4, base::Mac> neighbors;
  Baselines baselines;
};

// What a load did to services and backends.
struct ConfigChange {
  unsigned services_added = 0;
  unsigned services_removed = 0;
  unsigned services_changed = 0;
  unsigned backends_added = 0;
  unsigned backends_removed = 0;
  unsigned backends_changed = 0;
};
ConfigChange compare(const model::Config& before, const model::Config& after);

// The places of what is leaving: free when they had no connection for as long as the card remembers
// one that is over.
class Leaving {
 public:
  using TimePoint = Coalescer::TimePoint;

  // What the card counts now; true if one of them is free.
  bool count(const std::vector<std::uint16_t>& places,
             const std::vector<layout::ConnectionCount>& counts, TimePoint now,
             std::chrono::seconds hold);
  // After a commit only these are leaving, and have to be counted anew.
  void keep(const std::vector<std::uint16_t>& places);
  void clear() { keep({}); }
  // By place, 0 if it is free; of those that were counted.
  const std::map<std::uint16_t, std::uint32_t>& connections() const { return connections_; }

 private:
  std::map<std::uint16_t, std::uint32_t> connections_;
  std::map<std::uint16_t, TimePoint> idle_since_;
};

class Tables {
 public:
  using TimePoint = Coalescer::TimePoint;

  explicit Tables(std::chrono::milliseconds window) : pending_(window) {}

  // --- the card ---
  // From now on this card; its tables become what the running configuration wants. What was said of
  // backends and not committed by detach() is forgotten: it may have been the card's trouble.
  base::Result<driver::ApplyReport> attach(std::shared_ptr<driver::Device> device, WallTime now);
  void detach();
  const std::shared_ptr<driver::Device>& device() const { return device_; }

  // --- intent ---
  // All or nothing. `id` is written to the card's config_id after the commit (a failure of that is
  // logged).
  base::Result<driver::ApplyReport> load(const model::Config& config, std::uint64_t id,
                                         WallTime now);
  const model::Config& config() const { return config_; }
  // With the backends that are leaving, as far as their services run: whom to check, whose next
  // hops to watch.
  model::Config watched() const;
  std::uint64_t config_id() const { return config_id_; }

  // --- the world ---
  void set_health(const model::BackendId& backend, const Health& health, TimePoint now);
  void set_panic(const model::ServiceId& service, bool panic, TimePoint now);
  bool panics(const model::ServiceId& service) const { return memory_.panics.contains(service); }
  void set_neighbors(const std::map<base::Ipv4, base::Mac>& neighbors, TimePoint now);
  std::optional<TimePoint> deadline() const;
  // Commits what has been collected, if it is due. A failed commit stays due a second later.
  base::Result<driver::ApplyReport> commit_due(TimePoint now, WallTime wall_now);

  // --- upkeep, once a second while there is something to do ---
  // True while connections of what is leaving go on, or a slow start does.
  bool needs_upkeep() const;
  // Counts the connections of what is leaving, and looks whether a slow start has its next step:
  // what has changed waits for commit_due.
  base::Result<void> upkeep(TimePoint now, WallTime wall_now);
  // The mean response time of a backend as its checks see it, for the card, which does not.
  base::Result<void> set_response_time(const model::BackendView& backend,
                                       std::chrono::microseconds mean);

  // --- what is ---
  const std::vector<model::ServiceView>& services() const { return plan_.services; }
  // Places that services had which were taken out, until their connections are over.
  const std::vector<std::uint16_t>& leaving_services() const { return plan_.leaving_services; }
  Health health(const model::BackendId& backend) const;
  std::optional<WallTime> since(const model::BackendId& backend) const;
  // All counters, those of services and backends since their index has been theirs.
  base::Result<driver::Counters> counters();
  // Connections and response times now.
  base::Result<driver::Loads> loads();

  // With the configuration that ran then, for what of it is leaving.
  void restore(TablesMemory memory, model::Config before = {}) {
    memory_ = std::move(memory);
    note_committed();
    config_ = std::move(before);
  }
  const TablesMemory& memory() const { return memory_; }

 private:
  base::Result<model::Plan> plan_with_room(const model::Config& config, const model::Inputs& known);
  base::Result<driver::ApplyReport> bring(const model::Config& config, WallTime now);
  base::Result<driver::ApplyReport> bring_in_two_steps(const model::Config& config,
                                                       const model::FirstStep& step, WallTime now);
  base::Result<driver::ApplyReport> carry_out(const model::Config& config, model::Plan plan,
                                              WallTime now);
  base::Result<void> forget_connections(const std::vector<std::uint16_t>& places);
  base::Result<Baselines> baselines_for(const model::Plan& plan);
  void accept(model::Plan plan, Baselines baselines, WallTime now);
  model::Inputs inputs(const model::Config& config, WallTime now) const;
  void add_slow_starts(const model::ServiceConfig& service, WallTime now,
                       model::Inputs& inputs) const;
  void add_leaving(const model::Config& config, model::Inputs& inputs) const;
  void note_leaving(const model::Plan& plan);
  void note_slow_starts(const model::Plan& plan, WallTime now);
  base::Result<void> begin_response_times(const model::Config& config, const model::Plan& plan);
  base::Result<void> begin_response_times(const model::ServiceView& service, bool begins,
                                          const std::vector<bool>& all);
  void forget_response_time(std::uint16_t place);
  void note_hold();
  void note_committed();
  const model::ServiceConfig* configured(const model::ServiceId& id) const;
  const model::ServiceView* running(const model::ServiceId& id) const;
  void mark(std::uint64_t id);

  std::shared_ptr<driver::Device> device_;
  model::Config config_;
  std::uint64_t config_id_ = 0;
  model::Plan plan_;
  TablesMemory memory_;
  std::map<model::BackendId, Health> committed_health_;
  std::set<model::ServiceId> committed_panics_;
  std::chrono::seconds hold_{0};  // of the places of what is leaving
  Leaving leaving_services_;
  Leaving leaving_backends_;
  std::map<std::uint16_t, std::uint32_t> response_times_;  // written to this card
  std::set<std::uint16_t> timed_;  // places whose owner has a mean on this card
  Coalescer pending_;
};

}  // namespace sluice::daemon
