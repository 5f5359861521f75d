#include "daemon/health_watch.hpp"

#include <algorithm>
#include <set>

namespace sluice::daemon {
namespace {

// The checks' time may go slower than the host's: it is looked at again at least so often, and at
// most so often while a deadline waits for its confirmation.
constexpr std::chrono::milliseconds kLookAtLeast{50};
constexpr std::chrono::milliseconds kLookAtMost{3};

health::Check check_of(const model::Config& config, const model::ServiceConfig& service,
                       const model::BackendConfig& backend, const std::string& device) {
  health::Check check;
  check.address = backend.address;
  check.port = service.check.port != 0 ? service.check.port : backend.port;
  check.source = config.ports[backend.egress_port].address.address;
  check.device = device;
  check.interval = service.check.interval;
  check.timeout = service.check.timeout;
  check.rise = service.check.rise;
  check.fall = service.check.fall;
  check.close =
      service.check.close == model::CheckClose::reset ? health::Close::reset : health::Close::fin;
  return check;
}

}  // namespace

base::Result<std::unique_ptr<HealthWatch>> HealthWatch::create(std::string device,
                                                               const CheckWay& way,
                                                               OnChange on_change,
                                                               OnSilence on_silence,
                                                               BelievedUp believed_up) {
  std::unique_ptr<HealthWatch> watch(new HealthWatch(
      std::move(device), way, std::move(on_change), std::move(on_silence), std::move(believed_up)));
  auto checker = health::TcpChecker::create(
      [self = watch.get()](health::TcpChecker::Id id, const health::State& state) {
        self->on_change_(self->backends_.at(id), state);
      },
      [self = watch.get()](health::TcpChecker::Id id) {
        self->on_silence_(self->backends_.at(id));
      });
  if (!checker) return checker.error();
  watch->checker_.emplace(std::move(*checker));
  return watch;
}

std::optional<health::TimePoint> HealthWatch::deadline() const {
  if (checker_->size() == 0) return std::nullopt;
  return look_again_;
}

void HealthWatch::run(health::TimePoint now) {
  CheckWay::View view = way_.view(now);
  const bool broke = view.breaks != view_.breaks;
  if (view.losses != view_.losses) doubt(view.losses);
  view_ = std::move(view);
  if (broke) begin_anew();
  checker_->run(view_.moment);
  const auto next = checker_->next_deadline();
  const auto wait = next ? *next - view_.moment.now : health::TimePoint::duration(kLookAtLeast);
  look_again_ = now + std::clamp<health::TimePoint::duration>(
                          view_.trouble.empty() ? wait : kLookAtLeast, kLookAtMost, kLookAtLeast);
}

void HealthWatch::doubt(const CheckWay::Losses& losses) {
  for (const auto& [backend, watched] : watched_) {
    if (losses[watched.port] != view_.losses[watched.port]) checker_->doubt(watched.id);
  }
}

void HealthWatch::begin_anew() {
  for (const auto& [backend, watched] : watched_) {
    if (!can_pass(watched.port)) continue;
    checker_->begin_anew(watched.id, believed_up_(backend), view_.moment.now);
  }
}

void HealthWatch::set_links_down(std::uint32_t ports) {
  const std::uint32_t changed = links_down_ ^ ports;
  links_down_ = ports;
  for (const auto& [backend, watched] : watched_) {
    if ((changed >> watched.port & 1) == 0) continue;
    if (can_pass(watched.port)) {
      checker_->begin_anew(watched.id, believed_up_(backend), view_.moment.now);
    } else {
      checker_->hold(watched.id);
    }
  }
}

void HealthWatch::configure(const model::Config& config, health::TimePoint now) {
  view_.moment = way_.view(now).moment;
  look_again_ = now;
  std::set<model::BackendId> wanted;
  for (const auto& service : config.services) {
    if (service.check.type == model::CheckType::none) continue;
    for (const auto& backend : service.backends) {
      const auto backend_id = model::id_of(service, backend);
      wanted.insert(backend_id);
      const auto [entry, added] =
          watched_.try_emplace(backend_id, Watched{next_id_, backend.egress_port});
      Watched& watched = entry->second;
      if (added) backends_.emplace(next_id_++, backend_id);
      checker_->set(watched.id, check_of(config, service, backend, device_),
                    believed_up_(backend_id), view_.moment.now);
      const bool moved = watched.port != backend.egress_port;
      watched.port = backend.egress_port;
      if (!can_pass(watched.port)) {
        checker_->hold(watched.id);
      } else if (moved) {
        checker_->begin_anew(watched.id, believed_up_(backend_id), view_.moment.now);
      }
    }
  }
  std::erase_if(watched_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    checker_->remove(entry.second.id);
    backends_.erase(entry.second.id);
    return true;
  });
}

std::optional<health::State> HealthWatch::state(const model::BackendId& backend) const {
  const auto found = watched_.find(backend);
  if (found == watched_.end()) return std::nullopt;
  return checker_->state(found->second.id);
}

}  // namespace sluice::daemon
