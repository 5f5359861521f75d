#include "daemon/connections.hpp"

#include <spdlog/spdlog.h>

namespace sluice::daemon {
namespace {

using base::Errc;
using base::Error;

constexpr Millis kStartStep{20};
// A counter that counts every cycle of 322 MHz wraps after 13 s.
constexpr Millis kCountEvery{2000};
constexpr Millis kRetryAfter{1000};
// Reading so many unwanted entries is cheaper than turning the page.
constexpr std::uint32_t kReportGap = 4;

Error no_card() { return {Errc::link_down, "no card is attached; see `sluice status`", ""}; }

// "10.2.0.11" or "10.2.0.11:80".
bool is_address_of(const std::string& text, const model::BackendId& id) {
  const std::size_t colon = text.find(':');
  const auto address = base::Ipv4::parse(std::string_view(text).substr(0, colon));
  if (!address || *address != id.address) return false;
  return colon == std::string::npos || text.substr(colon + 1) == std::to_string(id.port);
}

}  // namespace

ConnectionNames::ConnectionNames(const std::vector<model::ServiceView>& services) {
  for (const auto& service : services) {
    services_[service.index] = {service.name, service.id};
    service_indexes_[service.id] = service.index;
    for (const auto* backends : {&service.backends, &service.leaving}) {
      for (const auto& backend : *backends) {
        backends_[backend.index] = {service.name, backend.name, backend.id};
        backend_indexes_[backend.id] = backend.index;
      }
    }
  }
}

const ConnectionNames::Service* ConnectionNames::service(std::uint16_t index) const {
  const auto found = services_.find(index);
  return found == services_.end() ? nullptr : &found->second;
}

const ConnectionNames::Backend* ConnectionNames::backend(std::uint16_t index) const {
  const auto found = backends_.find(index);
  return found == backends_.end() ? nullptr : &found->second;
}

std::optional<std::uint16_t> ConnectionNames::index_of(const model::ServiceId& id) const {
  const auto found = service_indexes_.find(id);
  if (found == service_indexes_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint16_t> ConnectionNames::index_of(const model::BackendId& id) const {
  const auto found = backend_indexes_.find(id);
  if (found == backend_indexes_.end()) return std::nullopt;
  return found->second;
}

std::optional<SavedConnection> ConnectionNames::save(const driver::Connection& entry) const {
  const Service* owner = service(entry.key.service);
  const Backend* chosen = backend(entry.backend);
  // A backend's index may have gone to one of another service since.
  if (owner == nullptr || chosen == nullptr || chosen->id.service != owner->id) return std::nullopt;
  SavedConnection saved;
  saved.backend = chosen->id;
  saved.client = {entry.key.client};
  saved.client_port = entry.key.client_port;
  saved.state = entry.state;
  saved.seconds_left = entry.epochs_left;
  saved.backend_reference = entry.backend_reference;
  saved.client_reference = entry.client_reference;
  return saved;
}

std::variant<driver::Connection, ConnectionNames::Unknown> ConnectionNames::restore(
    const SavedConnection& saved) const {
  const auto owner = index_of(saved.backend.service);
  if (!owner) return Unknown::service;
  const auto chosen = index_of(saved.backend);
  if (!chosen) return Unknown::backend;
  driver::Connection entry;
  entry.key = {saved.client.value, saved.client_port, *owner};
  entry.backend = *chosen;
  entry.state = saved.state;
  entry.epochs_left = saved.seconds_left;
  // An opening connection keeps the time of its SYN there, by the clock of the card it was on.
  const bool timed = saved.state == layout::kConnection_opening;
  entry.backend_reference = timed ? std::uint16_t{0} : saved.backend_reference;
  entry.client_reference = saved.client_reference;
  return entry;
}

base::Result<ConnectionMatch> ConnectionMatch::make(const ConnectionFilter& filter,
                                                    const ConnectionNames& names) {
  ConnectionMatch match;
  match.client_ = filter.client;
  match.state_ = filter.state;
  for (const auto& [index, service] : names.services()) {
    if (!filter.service.empty() && service.name == filter.service) match.service_ = index;
  }
  if (!filter.service.empty() && !match.service_) {
    return Error{Errc::not_found,
                 "no service '" + filter.service + "'; `sluice service list` lists them", ""};
  }
  if (filter.backend.empty()) return match;
  bool any = false;
  match.backends_.emplace(layout::kBackends);
  for (const auto& [index, backend] : names.backends()) {
    if (!filter.service.empty() && backend.service != filter.service) continue;
    if (backend.name != filter.backend && !is_address_of(filter.backend, backend.id)) continue;
    (*match.backends_)[index] = any = true;
  }
  if (any) return match;
  return Error{Errc::not_found,
               "no backend '" + filter.backend + "'" +
                   (filter.service.empty() ? "" : " of service '" + filter.service + "'") +
                   "; `sluice backend list` lists them",
               ""};
}

bool ConnectionMatch::operator()(const driver::Connection& entry) const {
  if (service_ && entry.key.service != *service_) return false;
  if (backends_ && (entry.backend >= backends_->size() || !(*backends_)[entry.backend])) {
    return false;
  }
  if (client_ && !client_->contains({entry.key.client})) return false;
  return !state_ || entry.state == *state_;
}

ConnectionTable::ConnectionTable()
    : names_(std::make_shared<ConnectionNames>(std::vector<model::ServiceView>{})) {}

void ConnectionTable::attach(std::shared_ptr<driver::Device> device, TimePoint now) {
  device_ = std::move(device);
  connections_.emplace(device_->board());
  in_use_ = false;
  ++life_;
  due_ = now;
}

void ConnectionTable::detach() {
  connections_.reset();
  device_.reset();
  in_use_ = false;
  ++life_;
  due_.reset();
}

void ConnectionTable::set_names(const std::vector<model::ServiceView>& services) {
  names_ = std::make_shared<ConnectionNames>(services);
}

void ConnectionTable::set_leaving(std::vector<std::uint16_t> services, TimePoint now) {
  if (services == leaving_) return;
  leaving_ = std::move(services);
  if (in_use_ && !leaving_.empty()) due_ = now;
}

// One after the other. Connections that are over count as none: they time out by themselves.
base::Result<void> ConnectionTable::forget_leaving(const driver::ConnectionStatistics& now) {
  if (leaving_.empty() || now.forgetting) return {};
  std::vector<bool> services(layout::kServices);
  for (const std::uint16_t service : leaving_) services[service] = true;
  const auto loads = device_->loads(services, std::vector<bool>(layout::kBackends));
  if (!loads) return loads.error();
  for (const std::uint16_t service : leaving_) {
    if (loads->services[service].active == 0) continue;
    spdlog::info("connection table: {} connections of a service that was taken out are forgotten",
                 loads->services[service].active);
    return connections_->begin_forget(service);
  }
  return {};
}

base::Result<void> ConnectionTable::require_use() const {
  if (!connections_) return no_card();
  if (in_use_) return {};
  return Error{Errc::busy, "the card's connection table is not in use yet; try again", ""};
}

base::Result<void> ConnectionTable::require_life(std::uint64_t life) const {
  if (life == life_) return {};
  return Error{Errc::busy, "the card was taken up anew meanwhile; try again", ""};
}

base::Result<std::optional<ConnectionTable::Started>> ConnectionTable::run(TimePoint now) {
  if (!connections_) return std::optional<Started>();
  due_ = now + kRetryAfter;  // if it fails
  if (!in_use_) {
    const auto started = connections_->start_step();
    if (!started) return started.error();
    if (!started->has_value()) {
      due_ = now + kStartStep;
      return *started;
    }
    in_use_ = true;
    if (**started == Started::fresh) last_ = {};
    const auto counted = count();
    if (!counted) return counted.error();
    due_ = now + kCountEvery;
    return *started;
  }
  const auto counted = count();
  if (!counted) return counted.error();
  due_ = now + kCountEvery;
  if (!counted->in_use) {  // the card was reset
    in_use_ = false;
    ++life_;
    due_ = now;
  } else if (auto done = forget_leaving(*counted); !done) {
    return done.error();
  }
  return std::optional<Started>();
}

// The card's counters wrap.
base::Result<driver::ConnectionStatistics> ConnectionTable::count() {
  const auto now = connections_->statistics();
  if (!now || !now->in_use) return now;
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    totals_[i] += static_cast<std::uint32_t>(now->counters[i] - last_[i]);
  }
  last_ = now->counters;
  return now;
}

base::Result<ConnectionTable::Scan> ConnectionTable::begin_scan() {
  if (auto good = require_use(); !good) return good.error();
  return Scan{{}, life_};
}

base::Result<ConnectionChunk> ConnectionTable::step(Scan& scan, Millis time) {
  if (auto good = require_use(); !good) return good.error();
  if (auto good = require_life(scan.life); !good) return good.error();
  ConnectionChunk chunk;
  const auto end = Clock::now() + time;
  const auto done = scan.scan.step(
      *connections_, [&](const driver::Connection& entry) { chunk.entries.push_back(entry); },
      [end] { return Clock::now() >= end; });
  if (!done) return done.error();
  chunk.names = names_;
  chunk.buckets_read = scan.scan.buckets_read();
  chunk.done = scan.scan.done();
  return chunk;
}

base::Result<driver::RestoreReport> ConnectionTable::restore(
    std::span<const driver::Connection> entries) {
  if (auto good = require_use(); !good) return good.error();
  return connections_->restore(entries);
}

base::Result<void> ConnectionTable::remove(std::span<const driver::ConnectionKey> keys) {
  if (auto good = require_use(); !good) return good;
  return connections_->remove(keys);
}

base::Result<void> ConnectionTable::begin_flush() {
  if (auto good = require_use(); !good) return good;
  return connections_->begin_flush();
}

base::Result<bool> ConnectionTable::flushing() {
  if (auto good = require_use(); !good) return good.error();
  const auto now = connections_->statistics();
  if (!now) return now.error();
  return now->flushing;
}

base::Result<void> ConnectionTable::begin_forget(const std::string& service) {
  if (auto good = require_use(); !good) return good;
  for (const auto& [index, known] : names_->services()) {
    if (known.name == service) return connections_->begin_forget(index);
  }
  return Error{Errc::not_found, "no service '" + service + "'; `sluice service list` lists them",
               ""};
}

base::Result<bool> ConnectionTable::forgetting() {
  if (auto good = require_use(); !good) return good.error();
  const auto now = connections_->statistics();
  if (!now) return now.error();
  return now->forgetting;
}

base::Result<ConnectionTable::Reporting> ConnectionTable::begin_report() {
  if (!connections_) return no_card();
  const auto now = in_use_ ? count() : connections_->statistics();
  if (!now) return now.error();
  Reporting reporting;
  reporting.report.now = *now;
  reporting.report.totals = totals_;
  reporting.report.names = names_;
  reporting.life = life_;
  return reporting;
}

// From entry `next` on: the first ones of `names` that are close to each other.
template <layout::TableId id, class Names>
base::Result<void> ConnectionTable::read_run(const Names& names, std::uint32_t& next,
                                             std::map<std::uint16_t, std::uint32_t>& active) {
  auto at = names.lower_bound(static_cast<std::uint16_t>(next));
  if (at == names.end()) {
    next = layout::TableOf<id>::kEntries;
    return {};
  }
  const std::uint32_t first = at->first;
  std::uint32_t last = first;
  auto end = at;
  for (; end != names.end() && end->first - last <= kReportGap && end->first - first < kReportRun;
       ++end) {
    last = end->first;
  }
  std::vector<typename layout::TableOf<id>::Record> run(last - first + 1);
  const auto done = device_->read_entries<id>(driver::Device::Bank::live, first, run);
  if (!done) return done;
  for (; at != end; ++at) active[at->first] = run[at->first - first].active;
  next = last + 1;
  return {};
}

base::Result<void> ConnectionTable::step(Reporting& reporting, Millis time) {
  if (!connections_) return no_card();
  if (auto good = require_life(reporting.life); !good) return good;
  const auto end = Clock::now() + time;
  ConnectionReport& report = reporting.report;
  do {
    const auto done =
        reporting.next_service != layout::kServices
            ? read_run<layout::kTable_service_connections>(
                  report.names->services(), reporting.next_service, report.active_of_service)
            : read_run<layout::kTable_backend_connections>(
                  report.names->backends(), reporting.next_backend, report.active_of_backend);
    if (!done) return done;
  } while (!reporting.done() && Clock::now() < end);
  return {};
}

}  // namespace sluice::daemon
