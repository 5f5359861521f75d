// Daemon: what checks say, whether they can say it, and who is told where the card's addresses are.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/daemon.hpp"
#include "net/arp.hpp"

namespace sluice::daemon {
namespace {

constexpr std::chrono::milliseconds kReadLinksEvery{250};

// "service web backend b1 (10.0.1.11:80)"
std::string label(const model::Config& config, const model::BackendId& id) {
  for (const auto& service : config.services) {
    if (model::id_of(service) != id.service) continue;
    for (const auto& backend : service.backends) {
      if (model::id_of(service, backend) != id) continue;
      return fmt::format("service {} backend {} ({}:{})", service.name, backend.name,
                         id.address.to_string(), id.port);
    }
  }
  return fmt::format("backend {}:{}", id.address.to_string(), id.port);
}

}  // namespace

base::Result<void> Daemon::open_health() {
  auto health = HealthWatch::create(
      options_.tap_name, way_,
      [this](const auto& backend, const auto& state) { health_changed(backend, state); },
      [this](const auto& backend) { next_hops_->doubt(backend, Clock::now()); },
      [this](const auto& backend) { return tables_.health(backend).up; });
  if (!health) return health.error();
  health_ = std::move(*health);
  return {};
}

void Daemon::run_health() {
  health_->run(Clock::now());
  note_check_trouble();
  judge_panics();
}

void Daemon::note_check_trouble() {
  const std::string trouble = health_->trouble();
  if (trouble == check_trouble_) return;
  const bool over = trouble.empty();
  check_trouble_ = trouble;
  if (!over) return spdlog::warn("checks stand still: {}", trouble);
  spdlog::info("checks go on, from what was last known");
  watch_backends();  // a device that was down has lost its routes
}

void Daemon::health_changed(const model::BackendId& backend, const health::State& state) {
  const std::string who = label(tables_.watched(), backend);
  if (state.up) {
    spdlog::info("{} is up: {} in {} ms", who, name(state.last), state.last_duration.count());
  } else {
    spdlog::warn("{} is down: {}", who, name(state.last));
  }
  tables_.set_health(backend, {state.up, name(state.last)}, Clock::now());
  panic_watch_.note_change(backend, state.up, health_->time());
  for (const auto& service : tables_.config().services) {
    if (model::id_of(service) == backend.service) judge_panic(service);
  }
}

void Daemon::judge_panic(const model::ServiceConfig& service) {
  const auto id = model::id_of(service);
  const bool before = tables_.panics(id);
  const bool now = panic_watch_.judge(
      service, [this](const auto& backend) { return health_->state(backend); }, before,
      health_->time());
  if (now == before) return;
  if (now) {
    spdlog::warn(
        "service {} is in panic: more than {} % of its backends fail their checks at once, which "
        "is "
        "not believed; all of them serve",
        service.name, *service.panic_threshold_pct);
  } else {
    spdlog::info("service {} is in panic no more", service.name);
  }
  tables_.set_panic(id, now, Clock::now());
}

void Daemon::judge_panics() {
  if (tables_.memory().panics.empty()) return;
  for (const auto& service : tables_.config().services) {
    if (tables_.panics(model::id_of(service))) judge_panic(service);
  }
}

void Daemon::ask_for(const model::NextHop& hop) {
  const model::Config& config = tables_.config();
  if (hop.port >= config.ports.size()) return;
  // One that finds no room is asked for again.
  pump_->announce(
      hop.port, net::arp_request(config.mac, config.ports[hop.port].address.address, hop.address));
}

void Daemon::announce() {
  announcer_.run(Clock::now(), [this](unsigned port, std::vector<std::uint8_t> frame) {
    return pump_->announce(port, std::move(frame));
  });
}

void Daemon::watch_links_anew() {
  links_.reset();
  links_due_ = Clock::now();
  health_->set_links_down(0);
}

void Daemon::read_links() {
  links_due_.reset();
  if (!tables_.device()) return;
  const auto status = driver::read_shell_status(tables_.device()->board());
  if (!status) {
    if (card_is_gone(status.error())) lose_card(status.error());
    return;
  }
  if (!*status) return;  // no shell: nothing tells of links
  links_due_ = Clock::now() + kReadLinksEvery;
  const std::uint32_t before = links_.down();
  links_.update(**status);
  if (links_.down() == before) return;
  for (std::size_t port = 0; port < tables_.config().ports.size(); ++port) {
    const auto& name = tables_.config().ports[port].name;
    if (((links_.down() & ~before) >> port & 1) != 0) {
      spdlog::warn("port {} has no link: backends behind it are not checked", name);
    } else if ((links_.came_up() >> port & 1) != 0) {
      spdlog::info("port {} has a link again", name);
    }
  }
  health_->set_links_down(links_.down());
  announcer_.begin(links_.came_up(), Clock::now());
}

}  // namespace sluice::daemon
