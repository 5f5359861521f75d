#include "daemon/tables.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace sluice::daemon {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};

// a - b for every counter; b is from another life of the card if it is larger.
layout::FlowCounters minus(const layout::FlowCounters& a, const layout::FlowCounters& b) {
  if (a.in_packets < b.in_packets || a.out_packets < b.out_packets) return a;
  layout::FlowCounters result = a;
  result.in_packets -= b.in_packets;
  result.in_bytes -= b.in_bytes;
  result.out_packets -= b.out_packets;
  result.out_bytes -= b.out_bytes;
  return result;
}

void subtract(std::vector<layout::FlowCounters>& counters,
              const std::map<std::uint16_t, layout::FlowCounters>& baselines) {
  for (const auto& [index, baseline] : baselines) {
    if (index < counters.size()) counters[index] = minus(counters[index], baseline);
  }
}

template <class Key, class Value>
void count_changes(const std::map<Key, Value>& before, const std::map<Key, Value>& after,
                   unsigned& added, unsigned& removed, unsigned& changed) {
  for (const auto& [key, value] : after) {
    const auto found = before.find(key);
    if (found == before.end()) {
      ++added;
    } else if (!(found->second == value)) {
      ++changed;
    }
  }
  for (const auto& [key, value] : before) removed += after.contains(key) ? 0 : 1;
}

struct ById {
  std::map<model::ServiceId, model::ServiceConfig> services;  // without their backends
  std::map<model::BackendId, model::BackendConfig> backends;

  explicit ById(const model::Config& config) {
    for (const auto& service : config.services) {
      for (const auto& backend : service.backends) {
        backends.emplace(model::id_of(service, backend), backend);
      }
      model::ServiceConfig bare = service;
      bare.backends.clear();
      services.emplace(model::id_of(service), std::move(bare));
    }
  }
};

// The ports may have become others since, and another backend may be at its address by another way.
bool can_be_watched(const model::BackendConfig& backend, const model::Config& config) {
  if (backend.egress_port >= config.ports.size()) return false;
  if (!config.ports[backend.egress_port].address.contains(backend.next_hop)) return false;
  for (const auto& service : config.services) {
    for (const auto& other : service.backends) {
      if (other.address == backend.address && other.next_hop != backend.next_hop) return false;
    }
  }
  return true;
}

}  // namespace

ConfigChange compare(const model::Config& before, const model::Config& after) {
  const ById a(before);
  const ById b(after);
  ConfigChange change;
  count_changes(a.services, b.services, change.services_added, change.services_removed,
                change.services_changed);
  count_changes(a.backends, b.backends, change.backends_added, change.backends_removed,
                change.backends_changed);
  return change;
}

void Tables::detach() {
  device_.reset();
  memory_.health = committed_health_;
  memory_.panics = committed_panics_;
  leaving_services_.clear();
  leaving_backends_.clear();
  response_times_.clear();
  timed_.clear();
}

base::Result<driver::ApplyReport> Tables::attach(std::shared_ptr<driver::Device> device,
                                                 WallTime now) {
  detach();
  device_ = std::move(device);
  if (config_id_ == 0) return driver::ApplyReport{};
  const auto found = device_->config_id();
  if (!found) return found.error();
  if (*found != config_id_) memory_.baselines = {};  // another life of the card, or another card
  auto report = bring(config_, now);
  if (!report) return report;
  mark(config_id_);
  return report;
}

// The commit is done: a card that cannot be marked costs its counters' baselines after a restart,
// and if more is wrong with it, the next access tells.
void Tables::mark(std::uint64_t id) {
  if (const auto marked = device_->set_config_id(id); !marked) {
    spdlog::warn("the card bears no mark of its configuration: {}", marked.error().message());
  }
}

base::Result<driver::ApplyReport> Tables::load(const model::Config& config, std::uint64_t id,
                                               WallTime now) {
  if (memory_.assignment.services.empty() && device_) {
    memory_.assignment = model::recover_assignment(config, device_->live());
  }
  auto report = bring(config, now);
  if (!report) return report;
  config_ = config;
  config_id_ = id;
  std::erase_if(memory_.health, [this, ids = ById(config)](const auto& entry) {
    return !ids.backends.contains(entry.first) && !memory_.leaving.contains(entry.first);
  });
  std::erase_if(memory_.panics, [this](const auto& panic) { return configured(panic) == nullptr; });
  note_committed();
  mark(id);
  return report;
}

base::Result<driver::ApplyReport> Tables::bring(const model::Config& config, WallTime now) {
  if (!device_) {
    return base::Error{base::Errc::link_down, "no card is attached; see `sluice status`", ""};
  }
  const model::Inputs known = inputs(config, now);
  auto plan = model::make_plan(config, known, device_->live(), memory_.assignment);
  if (!plan && plan.error().code == base::Errc::exhausted) {
    const auto step = model::make_way(config, known, device_->live(), memory_.assignment);
    if (step) return bring_in_two_steps(config, *step, now);
    plan = plan_with_room(config, known);
  }
  if (!plan) return plan.error();
  return carry_out(config, std::move(*plan), now);
}

base::Result<driver::ApplyReport> Tables::carry_out(const model::Config& config, model::Plan plan,
                                                    WallTime now) {
  auto baselines = baselines_for(plan);
  if (!baselines) return baselines.error();
  if (auto done = begin_response_times(config, plan); !done) return done.error();
  note_hold();
  auto report = device_->apply(plan.images);
  if (!report) return report;
  if (!report->warning.empty()) spdlog::warn("{}", report->warning);
  accept(std::move(plan), std::move(*baselines), now);
  pending_.done();
  return report;
}

// Free slots of the ring memory may lie too scattered for new rings: then live rings are moved
// together first, which packets do not notice.
base::Result<model::Plan> Tables::plan_with_room(const model::Config& config,
                                                 const model::Inputs& known) {
  constexpr unsigned kMaxPieces = 8;
  auto plan = model::make_plan(config, known, device_->live(), memory_.assignment);
  unsigned largest = 0;
  for (const auto& service : config.services) largest = std::max(largest, service.ring_slots + 1);
  for (unsigned pieces = 1; pieces <= kMaxPieces; ++pieces) {
    if (plan.ok() || plan.error().code != base::Errc::exhausted) break;
    const auto roomy = model::make_room(device_->live(), pieces * largest);
    if (!roomy) continue;
    if (auto moved = device_->apply(*roomy); !moved) return moved.error();
    plan = model::make_plan(config, known, device_->live(), memory_.assignment);
  }
  return plan;
}

// Of every index that gets a new owner: what it has counted so far.
base::Result<Baselines> Tables::baselines_for(const model::Plan& plan) {
  Baselines result = memory_.baselines;
  std::vector<bool> services(layout::kServices), backends(layout::kBackends);
  bool any = false;
  for (const auto& service : plan.services) {
    services[service.index] = service.fresh;
    any = any || service.fresh;
    for (const auto& backend : service.backends) {
      backends[backend.index] = backend.fresh;
      any = any || backend.fresh;
    }
  }
  if (!any) return result;
  const auto counters = device_->snapshot(services, backends);
  if (!counters) return counters.error();
  for (std::uint16_t i = 0; i < layout::kServices; ++i) {
    if (services[i]) result.services[i] = counters->services[i];
  }
  for (std::uint16_t i = 0; i < layout::kBackends; ++i) {
    if (backends[i]) result.backends[i] = counters->backends[i];
  }
  return result;
}

void Tables::accept(model::Plan plan, Baselines baselines, WallTime now) {
  std::map<model::BackendId, model::BackendStatus> before;
  for (const auto& service : plan_.services) {
    for (const auto* backends : {&service.backends, &service.leaving}) {
      for (const auto& backend : *backends) before[backend.id] = backend.status;
    }
  }
  std::map<model::BackendId, WallTime> since;
  for (const auto& service : plan.services) {
    for (const auto* backends : {&service.backends, &service.leaving}) {
      for (const auto& backend : *backends) {
        const auto old = before.find(backend.id);
        const auto known = memory_.since.find(backend.id);
        const bool same = old == before.end() || old->second == backend.status;
        since[backend.id] = same && known != memory_.since.end() ? known->second : now;
      }
    }
  }
  memory_.since = std::move(since);
  note_leaving(plan);
  note_slow_starts(plan, now);
  // What has left is known to be gone; what leaves now is counted from now on.
  leaving_services_.keep(plan.leaving_services);
  leaving_backends_.keep(plan.leaving_backends);
  memory_.baselines = std::move(baselines);
  memory_.assignment = plan.assignment;
  plan_ = std::move(plan);
  note_committed();
}

void Tables::note_committed() {
  committed_health_ = memory_.health;
  committed_panics_ = memory_.panics;
}

// A backend that is not checked is up, whatever an earlier check said.
model::Inputs Tables::inputs(const model::Config& config, WallTime now) const {
  model::Inputs result;
  for (const auto& service : config.services) {
    add_slow_starts(service, now, result);
    if (service.check.type == model::CheckType::none) continue;
    const auto service_id = model::id_of(service);
    if (service.panic_threshold_pct && panics(service_id)) result.panics.insert(service_id);
    for (const auto& backend : service.backends) {
      const auto id = model::id_of(service, backend);
      result.backends[id].up = health(id).up;
    }
  }
  add_leaving(config, result);
  result.neighbors = memory_.neighbors;
  result.service_connections = leaving_services_.connections();
  result.backend_connections = leaving_backends_.connections();
  return result;
}

void Tables::note_leaving(const model::Plan& plan) {
  std::map<model::BackendId, model::BackendConfig> known = std::move(memory_.leaving);
  memory_.leaving.clear();
  std::set<model::BackendId> gone;
  for (const auto& [id, backend] : known) gone.insert(id);
  known.merge(ById(config_).backends);
  for (const auto& service : plan.services) {
    for (const auto& backend : service.leaving) {
      const auto found = known.find(backend.id);
      if (found != known.end()) memory_.leaving.insert(*found);
      gone.erase(backend.id);
    }
    for (const auto& backend : service.backends) gone.erase(backend.id);
  }
  for (const auto& id : gone) memory_.health.erase(id);
}

void Tables::add_leaving(const model::Config& config, model::Inputs& inputs) const {
  inputs.leaving = memory_.leaving;
  inputs.leaving.merge(ById(config_).backends);
  const ById wanted(config);
  std::erase_if(inputs.leaving, [&](const auto& entry) {
    return wanted.backends.contains(entry.first) || !can_be_watched(entry.second, config);
  });
  for (const auto& [id, backend] : inputs.leaving) {
    const auto service = wanted.services.find(id.service);
    if (service == wanted.services.end()) continue;
    if (service->second.check.type != model::CheckType::none) {
      inputs.backends[id].up = health(id).up;
    }
  }
}

model::Config Tables::watched() const {
  model::Config result = config_;
  for (const auto& [id, backend] : memory_.leaving) {
    if (!can_be_watched(backend, config_)) continue;
    for (auto& service : result.services) {
      if (model::id_of(service) == id.service) service.backends.push_back(backend);
    }
  }
  return result;
}

void Tables::set_health(const model::BackendId& backend, const Health& health, TimePoint now) {
  Health& known = memory_.health[backend];
  if (known == health) return;
  const bool matters = known.up != health.up;
  known = health;
  if (matters) pending_.note_change(now);
}

void Tables::set_panic(const model::ServiceId& service, bool panic, TimePoint now) {
  if (panic == panics(service)) return;
  if (panic) {
    memory_.panics.insert(service);
  } else {
    memory_.panics.erase(service);
  }
  pending_.note_change(now);
}

void Tables::set_neighbors(const std::map<base::Ipv4, base::Mac>& neighbors, TimePoint now) {
  if (memory_.neighbors == neighbors) return;
  memory_.neighbors = neighbors;
  pending_.note_change(now);
}

std::optional<Tables::TimePoint> Tables::deadline() const {
  if (!device_) return std::nullopt;
  return pending_.deadline();
}

base::Result<driver::ApplyReport> Tables::commit_due(TimePoint now, WallTime wall_now) {
  if (!device_ || !pending_.due(now)) return driver::ApplyReport{};
  auto report = bring(config_, wall_now);
  if (!report) pending_.retry_at(now + kRetryAfter);
  return report;
}

Health Tables::health(const model::BackendId& backend) const {
  const auto found = memory_.health.find(backend);
  return found == memory_.health.end() ? Health{} : found->second;
}

std::optional<WallTime> Tables::since(const model::BackendId& backend) const {
  const auto found = memory_.since.find(backend);
  if (found == memory_.since.end()) return std::nullopt;
  return found->second;
}

base::Result<driver::Counters> Tables::counters() {
  if (!device_) {
    return base::Error{base::Errc::link_down, "no card is attached; see `sluice status`", ""};
  }
  std::vector<bool> services(layout::kServices), backends(layout::kBackends);
  for (const auto& service : plan_.services) {
    services[service.index] = true;
    for (const auto& backend : service.backends) backends[backend.index] = true;
    for (const auto& backend : service.leaving) backends[backend.index] = true;
  }
  auto counters = device_->snapshot(services, backends);
  if (!counters) return counters;
  subtract(counters->services, memory_.baselines.services);
  subtract(counters->backends, memory_.baselines.backends);
  return counters;
}

}  // namespace sluice::daemon
