#include "api/connection_report.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace sluice::api {

Json connection_json(const driver::Connection& entry, const daemon::ConnectionNames& names) {
  const auto* service = names.service(entry.key.service);
  const auto* backend = names.backend(entry.backend);
  Json json{{"service", nullptr},
            {"protocol", nullptr},
            {"client", base::Ipv4{entry.key.client}.to_string()},
            {"client_port", entry.key.client_port},
            {"vip", nullptr},
            {"vip_port", nullptr},
            {"backend", nullptr},
            {"backend_address", nullptr},
            {"backend_port", nullptr},
            {"state", driver::connection_state_name(entry.state)},
            {"left_s", entry.epochs_left},
            {"service_index", entry.key.service},
            {"backend_index", entry.backend}};
  if (service != nullptr) {
    json["service"] = service->name;
    json["protocol"] = model::name(service->id.protocol);
    json["vip"] = service->id.vip.to_string();
    json["vip_port"] = service->id.port;
  }
  if (backend != nullptr) {
    json["backend"] = backend->name;
    json["backend_address"] = backend->id.address.to_string();
    json["backend_port"] = backend->id.port;
  }
  return json;
}

void ConnectionAges::add(const driver::Connection& entry) {
  const auto age =
      std::lower_bound(kLimitsS.begin(), kLimitsS.end(), std::uint32_t{entry.epochs_left});
  ++counts_.at(entry.state).at(static_cast<std::size_t>(age - kLimitsS.begin()));
}

Json ConnectionAges::json() const {
  Json states = Json::array();
  for (std::uint8_t state = 1; state < layout::kConnectionStates; ++state) {
    states.push_back({{"state", driver::connection_state_name(state)}, {"counts", counts_[state]}});
  }
  return {{"left_limits_s", kLimitsS}, {"states", std::move(states)}};
}

Json connection_stats_json(const daemon::ConnectionReport& report, const Json& ages) {
  Json counters = Json::object();
  for (std::size_t i = 0; i < report.totals.size(); ++i) {
    counters[driver::name(static_cast<driver::ConnectionCounter>(i))] = report.totals[i];
  }
  Json services = Json::array();
  for (const auto& [index, active] : report.active_of_service) {
    services.push_back({{"name", report.names->service(index)->name}, {"active", active}});
  }
  Json backends = Json::array();
  for (const auto& [index, active] : report.active_of_backend) {
    const auto* backend = report.names->backend(index);
    backends.push_back(
        {{"service", backend->service}, {"name", backend->name}, {"active", active}});
  }
  const driver::ConnectionStatistics& now = report.now;
  return {{"in_use", now.in_use},
          {"flushing", now.flushing},
          {"epoch", now.epoch},
          {"slots", driver::kConnectionSlots},
          {"entries", now.entries},
          {"occupancy_pct", std::round(1e4 * now.entries / driver::kConnectionSlots) / 1e2},
          {"stash",
           {{"slots", layout::kConnectionStash}, {"now", now.stash_now}, {"most", now.stash_most}}},
          {"clients", {{"slots", driver::kClientSlots}, {"now", now.clients}}},
          {"counters", std::move(counters)},
          {"services", std::move(services)},
          {"backends", std::move(backends)},
          {"ages", ages}};
}

}  // namespace sluice::api
