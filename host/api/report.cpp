#include "api/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "api/board_report.hpp"
#include "api/version.hpp"
#include "layout/registers.hpp"

namespace sluice::api {
namespace {

using daemon::WallTime;

// Of layout::ResponseTime::mean.
constexpr double kResponseUnitsPerMs = layout::kResponseTicksPerMs * 16.0;

std::string iso_time(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(WallTime::clock::to_time_t(seconds)));
}

double seconds_since(WallTime time) {
  const std::chrono::duration<double> age = daemon::wall_now() - time;
  return std::max(0.0, std::round(age.count() * 10) / 10);
}

std::string hex(std::uint64_t value, int digits) { return fmt::format("{:0{}x}", value, digits); }

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::size_t backend_count(const model::Config& config) {
  std::size_t count = 0;
  for (const auto& service : config.services) count += service.backends.size();
  return count;
}

Json counters_json(const layout::FlowCounters& c) {
  return {{"in_packets", c.in_packets},
          {"in_bytes", c.in_bytes},
          {"out_packets", c.out_packets},
          {"out_bytes", c.out_bytes}};
}

Json card_json(daemon::Daemon& daemon) {
  const auto& device = daemon.tables().device();
  if (!device) return {{"attached", false}, {"trouble", daemon.card_trouble()}};
  const driver::DeviceInfo& info = device->info();
  Json json{
      {"attached", true},
      {"board", info.board},
      {"abi_version", fmt::format("{}.{}", info.abi_version >> 16, info.abi_version & 0xffff)},
      {"build_id", hex(info.build_id, 8)},
      {"layout_hash", hex(info.layout_hash, 8)},
      {"clock_khz", info.clock_khz},
      {"tick_hz", info.tick_hz}};
  const auto status = device->status();
  if (!status) {
    json["trouble"] = status.error().message();
    return json;
  }
  json["config_id"] = hex(status->config_id, 16);
  json["live_bank"] = status->live_bank;
  json["commits"] = status->commits;
  json["idle"] = status->idle;
  json["in_flight"] = status->in_flight;
  json["cycles"] = status->cycles;
  json["tick"] = status->tick;
  json["punt_waiting"] = status->punt_waiting;
  json["punt_asked_lost"] = status->punt_asked_lost;
  json["inject_free"] = status->inject_free;
  return json;
}

Json host_json(const daemon::Daemon& daemon) {
  const daemon::PumpCounters c = daemon.pump_counters();
  Json punts = Json::object();
  for (std::size_t i = 0; i < c.punts.size(); ++i) {
    punts[net::name(static_cast<net::PuntRuling>(i))] = c.punts[i];
  }
  return {{"to_host_packets", c.to_host},       {"to_host_lost", c.to_host_lost},
          {"from_host_packets", c.from_host},   {"from_host_nowhere", c.from_host_nowhere},
          {"from_host_lost", c.from_host_lost}, {"refusals_lost", c.refusals_lost},
          {"punts", std::move(punts)}};
}

// What the health checks as a whole have to say.
Json health_json(const daemon::Daemon& daemon, const daemon::Tables& tables) {
  Json panics = Json::array();
  for (const auto& service : tables.services()) {
    if (service.panic) panics.push_back(service.name);
  }
  const std::string& trouble = daemon.health().trouble();
  return {{"checks_trouble", trouble.empty() ? Json(nullptr) : Json(trouble)},
          {"services_in_panic", std::move(panics)}};
}

const char* service_state(const model::ServiceView& service, std::size_t serving) {
  if (service.panic) return "panic";
  if (serving == 0) return "down";
  if (!service.way_back) return "no_way_back";
  return serving < service.backends.size() ? "degraded" : "up";
}

// Who measures response times: "card", "checks" or null.
Json response_source(const model::ServiceConfig& service) {
  if (model::times_by_card(service)) return "card";
  if (model::times_by_checks(service)) return "checks";
  return nullptr;
}

Json service_json(const model::ServiceConfig& config, const model::ServiceView& view,
                  const driver::Counters* counters, const driver::Loads* loads) {
  std::size_t serving = 0;
  for (const auto& backend : view.backends) {
    serving += backend.status == model::BackendStatus::serving ? 1 : 0;
  }
  Json json{{"name", config.name},
            {"vip", config.vip.to_string()},
            {"port", config.port},
            {"protocol", model::name(config.protocol)},
            {"mode", model::name(config.mode)},
            {"scheduler", model::name(config.scheduler)},
            {"hash", model::name(config.hash)},
            {"state", service_state(view, serving)},
            {"backends_serving", serving},
            {"backends", view.backends.size()},
            {"backends_leaving", view.leaving.size()},
            {"ring_slots", view.ring_slots},
            {"turns", view.turns},
            {"remembers_connections", config.connections},
            {"persistence_s", config.persistence.count()},
            {"connections", nullptr},
            {"response_source", response_source(config)},
            {"index", view.index},
            {"counters", nullptr}};
  if (loads != nullptr) json["connections"] = loads->services[view.index].active;
  if (counters != nullptr) json["counters"] = counters_json(counters->services[view.index]);
  return json;
}

Json check_json(const model::Check& check, const std::optional<health::State>& state) {
  if (!state) return nullptr;
  return {{"type", model::name(check.type)},
          {"last", health::name(state->last)},
          {"last_ms", state->last_duration.count()},
          {"against_in_a_row", state->streak}};
}

// What the card knows of a backend's load.
void add_load(const model::ServiceConfig& service, const model::BackendView& view,
              const driver::Loads* loads, Json& json) {
  json["connections"] = nullptr;
  json["response_ms"] = nullptr;
  json["response_source"] = response_source(service);
  if (loads == nullptr) return;
  json["connections"] = loads->backends[view.index].active;
  const std::uint32_t mean = loads->response_times[view.index].mean;
  if (json["response_source"].is_null() || mean == 0) return;
  json["response_ms"] = std::round(1e3 * mean / kResponseUnitsPerMs) / 1e3;
}

Json backend_json(daemon::Daemon& daemon, const model::ServiceConfig& service,
                  const model::ServiceView& service_view, const model::BackendView& view,
                  const driver::Counters* counters, const driver::Loads* loads) {
  const model::Config& config = daemon.tables().config();
  const auto since = daemon.tables().since(view.id);
  const bool has_port = view.egress_port < config.ports.size();
  Json json{{"service", service.name},
            {"name", view.name},
            {"address", view.id.address.to_string()},
            {"port", view.id.port},
            {"state", model::name(view.status)},
            {"reason", nullptr},
            {"since", since ? Json(iso_time(*since)) : Json(nullptr)},
            {"since_s", since ? Json(seconds_since(*since)) : Json(nullptr)},
            {"weight", view.weight},
            {"effective_weight",
             view.part == 0 ? 0.0 : 1.0 * view.weight * view.slow_start / model::kSlowStartSteps},
            {"slow_start_pct", view.slow_start == model::kSlowStartSteps
                                   ? Json(nullptr)
                                   : Json(100.0 * view.slow_start / model::kSlowStartSteps)},
            {"share_pct", service_view.ring_slots == 0
                              ? 0.0
                              : std::round(1e4 * view.ring_slots / service_view.ring_slots) / 1e2},
            {"check", check_json(service.check, daemon.health().state(view.id))},
            {"next_hop", view.next_hop.is_zero() ? Json(nullptr) : Json(view.next_hop.to_string())},
            {"mac", view.mac.is_zero() ? Json(nullptr) : Json(view.mac.to_string())},
            {"egress_port", has_port ? Json(config.ports[view.egress_port].name) : Json(nullptr)},
            {"index", view.index},
            {"counters", nullptr}};
  add_load(service, view, loads, json);
  const auto health = daemon.tables().health(view.id);
  if (view.check_fails && !health.up) json["reason"] = health.reason;
  if (counters != nullptr) json["counters"] = counters_json(counters->backends[view.index]);
  return json;
}

Json reasons_json(const driver::Counters& counters) {
  Json result = Json::array();
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    result.push_back({{"stage", info[i].stage},
                      {"name", info[i].name},
                      {"kind", info[i].kind == layout::ReasonKind::drop ? "drop" : "punt"},
                      {"packets", counters.reasons[info[i].code]},
                      {"meaning", info[i].doc}});
  }
  return result;
}

Json ports_json(const model::Config& config, const driver::Counters& counters) {
  Json result = Json::array();
  for (std::size_t i = 0; i < counters.ports.size(); ++i) {
    const layout::PortCounters& c = counters.ports[i];
    result.push_back(
        {{"port", i},
         {"name", i < config.ports.size() ? Json(config.ports[i].name) : Json(nullptr)},
         {"rx_packets", c.rx_packets},
         {"rx_bytes", c.rx_bytes},
         {"tx_packets", c.tx_packets},
         {"tx_bytes", c.tx_bytes},
         {"punted_packets", c.punted_packets},
         {"injected_packets", c.injected_packets}});
  }
  return result;
}

Json conservation_json(const driver::Counters& counters) {
  std::uint64_t received = 0, injected = 0, sent = 0, punted = 0;
  for (const layout::PortCounters& port : counters.ports) {
    received += port.rx_packets;
    injected += port.injected_packets;
    sent += port.tx_packets;
    punted += port.punted_packets;
  }
  const driver::Conservation sums = driver::conservation(counters);
  return {{"received", received},
          {"injected", injected},
          {"sent", sent},
          {"punted", punted},
          {"dropped", sums.out - sent - punted},
          {"inside", static_cast<std::int64_t>(sums.in - sums.out)},
          {"holds", sums.in >= sums.out}};
}

std::optional<driver::Loads> loads_if_any(daemon::Daemon& daemon) {
  auto loads = daemon.tables().loads();
  if (!loads) return std::nullopt;
  return std::move(*loads);
}

// Counters for a list; a card in trouble costs the list its counters, not its existence.
std::optional<driver::Counters> counters_if_any(daemon::Daemon& daemon) {
  auto counters = daemon.tables().counters();
  if (!counters) return std::nullopt;
  return std::move(*counters);
}

// A shell that cannot be read costs its own counters alone.
Json shell_json(daemon::Daemon& daemon) {
  const auto shell = driver::read_shell_status(daemon.tables().device()->board());
  return shell && *shell ? shell_report(**shell) : Json(nullptr);
}

Json daemon_json(const daemon::Daemon& daemon) {
  return {{"version", kVersion},
          {"pid", ::getpid()},
          {"started_at", iso_time(daemon.started_at())},
          {"uptime_s", seconds_since(daemon.started_at())}};
}

}  // namespace

Json reading_back_report(const daemon::Daemon& daemon, unsigned percent) {
  return {{"daemon", daemon_json(daemon)},
          {"card",
           {{"attached", false},
            {"trouble", fmt::format("reading the tables back: {} %", percent)},
            {"reading_back_pct", percent}}},
          {"config", nullptr},
          {"host", nullptr}};
}

Json status_report(daemon::Daemon& daemon) {
  const model::Config& config = daemon.tables().config();
  return {{"daemon", daemon_json(daemon)},
          {"card", card_json(daemon)},
          {"config",
           {{"file", daemon.running().file},
            {"id", hex(daemon.running().id, 16)},
            {"applied_at", iso_time(daemon.running().applied_at)},
            {"saved", daemon.state_trouble().empty()},
            {"save_trouble", or_null(daemon.state_trouble())},
            {"ports", config.ports.size()},
            {"services", config.services.size()},
            {"backends", backend_count(config)},
            {"checks", daemon.health().size()}}},
          {"health", health_json(daemon, daemon.tables())},
          {"host", host_json(daemon)}};
}

Json config_report(daemon::Daemon& daemon) {
  return {{"file", daemon.running().file},
          {"id", hex(daemon.running().id, 16)},
          {"applied_at", iso_time(daemon.running().applied_at)},
          {"text", daemon.running().text}};
}

Json services_report(daemon::Daemon& daemon) {
  const auto counters = counters_if_any(daemon);
  const auto loads = loads_if_any(daemon);
  const auto& config = daemon.tables().config();
  const auto& views = daemon.tables().services();
  Json list = Json::array();
  for (std::size_t i = 0; i < views.size() && i < config.services.size(); ++i) {
    list.push_back(service_json(config.services[i], views[i], counters ? &*counters : nullptr,
                                loads ? &*loads : nullptr));
  }
  return {{"services", std::move(list)}};
}

Json backends_report(daemon::Daemon& daemon) {
  const auto counters = counters_if_any(daemon);
  const auto loads = loads_if_any(daemon);
  const auto& config = daemon.tables().config();
  const auto& views = daemon.tables().services();
  Json list = Json::array();
  for (std::size_t i = 0; i < views.size() && i < config.services.size(); ++i) {
    for (const auto* backends : {&views[i].backends, &views[i].leaving}) {
      for (const auto& backend : *backends) {
        list.push_back(backend_json(daemon, config.services[i], views[i], backend,
                                    counters ? &*counters : nullptr, loads ? &*loads : nullptr));
      }
    }
  }
  return {{"backends", std::move(list)}};
}

base::Result<Json> card_report(daemon::Daemon& daemon) {
  const auto& device = daemon.tables().device();
  if (!device) return base::Error{base::Errc::link_down, daemon.card_trouble(), ""};
  const auto now = device->status();
  if (!now) return now.error();
  const auto shell = driver::read_shell_status(device->board());
  if (!shell) return shell.error();
  return board_info_report(device->info(), *now, *shell);
}

base::Result<Json> stats_report(daemon::Daemon& daemon) {
  const auto counters = daemon.tables().counters();
  if (!counters) return counters.error();
  const auto now = daemon::wall_now();
  const auto& config = daemon.tables().config();
  const auto& views = daemon.tables().services();
  Json services = Json::array();
  for (std::size_t i = 0; i < views.size() && i < config.services.size(); ++i) {
    Json row = counters_json(counters->services[views[i].index]);
    row["name"] = config.services[i].name;
    services.push_back(std::move(row));
  }
  return Json{
      {"at_ms",
       std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()},
      {"ports", ports_json(config, *counters)},
      {"services", std::move(services)},
      {"reasons", reasons_json(*counters)},
      {"conservation", conservation_json(*counters)},
      {"shell", shell_json(daemon)},
      {"host", host_json(daemon)}};
}

Json apply_report(const daemon::Daemon& daemon, const daemon::ApplyOutcome& outcome) {
  const daemon::ConfigChange& c = outcome.change;
  return {
      {"ok", true},
      {"file", daemon.running().file},
      {"id", hex(daemon.running().id, 16)},
      {"committed", outcome.report.committed},
      {"entries_written", outcome.report.entries_written},
      {"warning", outcome.warning.empty()
                      ? Json(nullptr)
                      : Json("not saved, a restart would run an older one: " + outcome.warning)},
      {"services",
       {{"added", c.services_added},
        {"removed", c.services_removed},
        {"changed", c.services_changed}}},
      {"backends",
       {{"added", c.backends_added},
        {"removed", c.backends_removed},
        {"changed", c.backends_changed}}}};
}

Json check_report(const model::Config& config) {
  return {{"ok", true},
          {"ports", config.ports.size()},
          {"services", config.services.size()},
          {"backends", backend_count(config)}};
}

Json error_report(const base::Error& error) {
  return {{"ok", false},
          {"error", {{"code", base::name(error.code)}, {"message", error.message()}}}};
}

Json problems_report(const std::vector<model::Problem>& problems) {
  Json json = error_report({base::Errc::invalid, "the configuration is not valid", ""});
  Json list = Json::array();
  for (const auto& problem : problems) {
    list.push_back({{"file", problem.file},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"what", problem.what},
                    {"hint", problem.hint}});
  }
  json["error"]["problems"] = std::move(list);
  return json;
}

}  // namespace sluice::api
