#include "daemon/health_watch.hpp"

#include <set>

namespace sluice::daemon {
namespace {

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
  return check;
}

}  // namespace

base::Result<std::unique_ptr<HealthWatch>> HealthWatch::create(std::string device,
                                                               OnChange on_change) {
  std::unique_ptr<HealthWatch> watch(new HealthWatch(std::move(device), std::move(on_change)));
  auto checker = health::TcpChecker::create(
      [self = watch.get()](health::TcpChecker::Id id, const health::State& state) {
        self->on_change_(self->backends_.at(id), state);
      });
  if (!checker) return checker.error();
  watch->checker_.emplace(std::move(*checker));
  return watch;
}

void HealthWatch::configure(const model::Config& config, const BelievedUp& believed_up,
                            health::TimePoint now) {
  std::set<model::BackendId> wanted;
  for (const auto& service : config.services) {
    if (service.check.type == model::CheckType::none) continue;
    for (const auto& backend : service.backends) {
      const auto backend_id = model::id_of(service, backend);
      wanted.insert(backend_id);
      const auto [entry, added] = ids_.try_emplace(backend_id, next_id_);
      if (added) backends_.emplace(next_id_++, backend_id);
      checker_->set(entry->second, check_of(config, service, backend, device_),
                    believed_up(backend_id), now);
    }
  }
  std::erase_if(ids_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    checker_->remove(entry.second);
    backends_.erase(entry.second);
    return true;
  });
}

std::optional<health::State> HealthWatch::state(const model::BackendId& backend) const {
  const auto found = ids_.find(backend);
  if (found == ids_.end()) return std::nullopt;
  return checker_->state(found->second);
}

}  // namespace sluice::daemon
