// Tables: what goes on between changes: leaving, slow start, response times.
#include <algorithm>

#include "daemon/tables.hpp"
#include "layout/registers.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
// Seconds of the unit of layout::ResponseTime::mean.
using Ratio = std::ratio<1, std::intmax_t{layout::kResponseTicksPerMs} * 1000 * 16>;
// Of backends of which nothing is known: 10 ms.
constexpr std::uint32_t kFirstResponseTime = 10 * layout::kResponseTicksPerMs * 16;

milliseconds between(WallTime from, WallTime to) {
  return std::chrono::duration_cast<milliseconds>(to - from);
}

std::vector<bool> marked(const std::vector<std::uint16_t>& places, std::uint32_t count) {
  std::vector<bool> result(count);
  for (const std::uint16_t place : places) result[place] = true;
  return result;
}

// How long the card remembers a connection that is over: its entry names the places it had, and
// may bring it to life again.
std::chrono::seconds remembers_ended(const layout::TableImages& live) {
  std::uint32_t longest = layout::kConnectionLeastTimeout;
  for (const layout::Service& service : live.services) {
    if (service.valid != 0) longest = std::max(longest, service.timeout_closed);
  }
  return std::chrono::seconds(longest);
}

base::Error no_card() {
  return {base::Errc::link_down, "no card is attached; see `sluice status`", ""};
}

}  // namespace

const model::ServiceView* Tables::running(const model::ServiceId& id) const {
  const auto found = std::find_if(plan_.services.begin(), plan_.services.end(),
                                  [&](const auto& service) { return service.id == id; });
  return found == plan_.services.end() ? nullptr : &*found;
}

// A backend of a running service that has not served until now begins; those that have begun go
// on.
void Tables::add_slow_starts(const model::ServiceConfig& service, WallTime now,
                             model::Inputs& inputs) const {
  if (service.slow_start.count() == 0) return;
  const model::ServiceView* before = running(model::id_of(service));
  for (const auto& backend : service.backends) {
    const auto id = model::id_of(service, backend);
    const bool served =
        before == nullptr ||
        std::any_of(before->backends.begin(), before->backends.end(), [&](const auto& view) {
          return view.id == id && view.status == model::BackendStatus::serving;
        });
    const auto begun = memory_.warming.find(id);
    if (!served) {
      inputs.backends[id].since = milliseconds(0);
    } else if (begun != memory_.warming.end()) {
      inputs.backends[id].since = between(begun->second, now);
    }
  }
}

void Tables::note_slow_starts(const model::Plan& plan, WallTime now) {
  std::map<model::BackendId, WallTime> warming;
  for (const auto& service : plan.services) {
    for (const auto& backend : service.backends) {
      if (backend.part == 0 || backend.slow_start == model::kSlowStartSteps) continue;
      const auto begun = memory_.warming.find(backend.id);
      const auto* before = running(service.id);
      const bool serves_on =
          before == nullptr ||
          std::any_of(before->backends.begin(), before->backends.end(), [&](const auto& view) {
            return view.id == backend.id && view.status == model::BackendStatus::serving;
          });
      const bool goes_on = serves_on && begun != memory_.warming.end();
      // A clock that was set back must not make it last longer than it should from now on.
      warming[backend.id] = goes_on ? std::min(begun->second, now) : now;
    }
  }
  memory_.warming = std::move(warming);
}

bool Leaving::count(const std::vector<std::uint16_t>& places,
                    const std::vector<layout::ConnectionCount>& counts, TimePoint now,
                    std::chrono::seconds hold) {
  bool over = false;
  for (const std::uint16_t place : places) {
    const std::uint32_t active = counts[place].active;
    if (active != 0) idle_since_.erase(place);
    const bool free =
        active == 0 && now - idle_since_.try_emplace(place, now).first->second >= hold;
    connections_[place] = free ? 0 : std::max(active, 1u);
    over = over || free;
  }
  return over;
}

void Leaving::keep(const std::vector<std::uint16_t>& places) {
  connections_.clear();
  std::erase_if(idle_since_, [&](const auto& entry) {
    return std::find(places.begin(), places.end(), entry.first) == places.end();
  });
}

// The longest since something began to leave: what ended before a change keeps its time.
void Tables::note_hold() {
  const auto now = remembers_ended(device_->live());
  const bool leaves = !plan_.leaving_services.empty() || !plan_.leaving_backends.empty();
  hold_ = leaves ? std::max(hold_, now) : now;
}

bool Tables::needs_upkeep() const {
  return device_ && (!plan_.leaving_services.empty() || !plan_.leaving_backends.empty() ||
                     !memory_.warming.empty());
}

base::Result<void> Tables::upkeep(TimePoint now, WallTime wall_now) {
  if (!device_) return {};
  for (const auto& service : config_.services) {
    const model::ServiceView* view = running(model::id_of(service));
    if (view == nullptr) continue;
    for (const auto& backend : view->backends) {
      const auto begun = memory_.warming.find(backend.id);
      if (begun == memory_.warming.end()) continue;
      const unsigned step =
          model::slow_start_step(between(begun->second, wall_now), service.slow_start);
      if (step != backend.slow_start) pending_.note_change(now);
    }
  }
  if (plan_.leaving_services.empty() && plan_.leaving_backends.empty()) return {};
  const auto loads = device_->loads(marked(plan_.leaving_services, layout::kServices),
                                    marked(plan_.leaving_backends, layout::kBackends));
  if (!loads) return loads.error();
  note_hold();
  const std::chrono::seconds hold = hold_;
  const bool services = leaving_services_.count(plan_.leaving_services, loads->services, now, hold);
  const bool backends = leaving_backends_.count(plan_.leaving_backends, loads->backends, now, hold);
  if (services || backends) pending_.note_change(now);
  return {};
}

base::Result<driver::Loads> Tables::loads() {
  if (!device_) return no_card();
  std::vector<bool> services(layout::kServices), backends(layout::kBackends);
  for (const auto& service : plan_.services) {
    services[service.index] = true;
    for (const auto& backend : service.backends) backends[backend.index] = true;
    for (const auto& backend : service.leaving) backends[backend.index] = true;
  }
  return device_->loads(services, backends);
}

base::Result<void> Tables::set_response_time(const model::BackendView& backend,
                                             std::chrono::microseconds mean) {
  if (!device_) return no_card();
  const auto units = std::chrono::duration_cast<std::chrono::duration<std::int64_t, Ratio>>(mean);
  const auto value =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(units.count(), 1, 1 << 20));
  const auto [written, first] = response_times_.try_emplace(backend.index, value);
  if (!first && written->second == value) return {};
  auto done = device_->set_response_time(backend.index, value);
  if (!done) {
    response_times_.erase(written);
    return done;
  }
  written->second = value;
  return {};
}

// A backend whose time is not known would look the fastest, and one that never answers for good: it
// begins as the slowest of its service, or all begin alike. What an earlier owner of a place took
// says nothing of the new one.
base::Result<void> Tables::begin_response_times(const model::Config& config,
                                                const model::Plan& plan) {
  for (std::size_t i = 0; i < plan.services.size(); ++i) {
    const model::ServiceConfig& service = config.services[i];
    if (service.scheduler != model::Scheduler::least_response_time) continue;
    const model::ServiceConfig* before = configured(model::id_of(service));
    const bool begins = before != nullptr && before->scheduler != service.scheduler;
    std::vector<bool> all(layout::kBackends);
    bool any_new = false;
    for (const auto& backend : plan.services[i].backends) {
      all[backend.index] = true;
      if (backend.fresh || begins) forget_response_time(backend.index);
      any_new = any_new || !timed_.contains(backend.index);
    }
    if (!any_new) continue;
    if (auto done = begin_response_times(plan.services[i], begins, all); !done) return done;
  }
  return {};
}

base::Result<void> Tables::begin_response_times(const model::ServiceView& service, bool begins,
                                                const std::vector<bool>& all) {
  const auto loads = device_->loads(std::vector<bool>(layout::kServices), all);
  if (!loads) return loads.error();
  const auto known = [&](const model::BackendView& backend) {
    return backend.fresh || begins ? 0 : loads->response_times[backend.index].mean;
  };
  std::uint32_t slowest = 0;
  for (const auto& backend : service.backends) slowest = std::max(slowest, known(backend));
  if (slowest == 0) slowest = kFirstResponseTime;
  for (const auto& backend : service.backends) {
    if (timed_.contains(backend.index)) continue;
    if (known(backend) == 0) {
      if (auto done = device_->set_response_time(backend.index, slowest); !done) return done;
    }
    timed_.insert(backend.index);
  }
  return {};
}

void Tables::forget_response_time(std::uint16_t place) {
  response_times_.erase(place);
  timed_.erase(place);
}

const model::ServiceConfig* Tables::configured(const model::ServiceId& id) const {
  const auto found = std::find_if(config_.services.begin(), config_.services.end(),
                                  [&](const auto& service) { return model::id_of(service) == id; });
  return found == config_.services.end() ? nullptr : &*found;
}

}  // namespace sluice::daemon
