#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "daemon/network_plan.hpp"
#include "daemon/shared_board.hpp"

namespace sluice::daemon {
namespace {

constexpr std::chrono::seconds kReconnectAfter{1};
constexpr std::chrono::seconds kUpkeepInterval{1};
// A card's commits and snapshots take microseconds; those of a simulated one on a busy machine do
// not.
constexpr std::chrono::seconds kCardTimeout{5};
constexpr std::chrono::seconds kSaveAgainAfter{5};
constexpr std::uint32_t kAllPorts = ~std::uint32_t{0};

std::string state_path(const Options& options) { return options.state_dir + "/state.json"; }
std::string tables_path(const Options& options) { return options.state_dir + "/tables.bin"; }

}  // namespace

Daemon::Daemon(Options options, Loop loop)
    : options_(std::move(options)), loop_(std::move(loop)), started_at_(wall_now()) {}

// What others posted is dropped before they are waited for.
Daemon::~Daemon() {
  loop_.stop();
  surface_.reset();
}

base::Result<std::unique_ptr<Daemon>> Daemon::start(Options options) {
  auto loop = Loop::create();
  if (!loop) return loop.error();
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(options), std::move(*loop)));
  auto first = daemon->first_config();
  if (!first) return first.error();
  // The TAP next: it can be held once only, so a second daemon stops here and leaves the card be.
  if (auto done = daemon->open_network(); !done) return done.error();
  daemon->start_file_id_ = first->start_file_id;
  if (daemon->options_.before_card) {
    auto surface = daemon->options_.before_card(*daemon);
    if (!surface) return surface.error();
    daemon->surface_ = std::move(*surface);
  }
  if (auto done = daemon->take_up(first->text, first->file, std::move(first->saved)); !done) {
    return done.error();
  }
  if (auto done = daemon->watch_everything(); !done) return done.error();
  return daemon;
}

base::Result<void> Daemon::open_network() {
  auto tap = net::Tap::open(options_.tap_name);
  if (!tap) return tap.error();
  const auto ifindex = net::interface_index(options_.tap_name);
  if (!ifindex) return ifindex.error();
  auto neighbours = net::Neighbours::open(*ifindex);
  if (!neighbours) return neighbours.error();
  auto link = net::Link::open(*ifindex);
  if (!link) return link.error();
  next_hops_.emplace(std::move(*neighbours), [this](const auto& hop) { ask_for(hop); });
  if (auto done = open_health(); !done) return done;
  pump_ = std::make_unique<Pump>(
      std::move(*tap), std::move(*link), way_,
      [this](const auto& device, const base::Error& error) {
        loop_.post([this, device, error] {
          // Another card may be attached by now. The pump has let go of this one, whatever failed.
          if (device == tables_.device()) lose_card(error);
        });
      },
      [this](const base::Error& error) { loop_.post([this, error] { give_up(error); }); });
  return {};
}

// What ran last goes on, unless the operator has changed the file since. If the file is not usable,
// what ran last goes on all the same.
base::Result<Daemon::FirstConfig> Daemon::first_config() const {
  std::optional<SavedState> saved;
  auto loaded = daemon::load(state_path(options_));
  if (loaded) {
    saved = std::move(*loaded);
  } else if (loaded.error().code != base::Errc::not_found) {
    spdlog::warn("ignoring the state file: {}", loaded.error().message());
  }
  const auto as_saved = [&saved](std::uint64_t file_id) {
    std::string text = saved->config_text, file = saved->config_file;
    return FirstConfig{std::move(text), std::move(file), file_id, std::move(saved)};
  };
  const auto text = read_file(options_.config_file, kMaxConfigBytes);
  const std::uint64_t file_id = text ? text_id(*text) : 0;
  if (saved && (!text || saved->start_file_id == file_id)) {
    if (!text) spdlog::error("{}; going on with what ran last", text.error().message());
    return as_saved(saved->start_file_id);
  }
  if (!text) return text.error();
  const auto read = model::read_config(*text, options_.config_file);
  if (read.config) return FirstConfig{*text, options_.config_file, file_id, std::move(saved)};
  const base::Error error = model::as_error(read.problems);
  if (!saved) return error;
  spdlog::error("{}\ngoing on with what ran last", error.message());
  return as_saved(start_file_id_);
}

base::Result<void> Daemon::take_up(const std::string& text, const std::string& file,
                                   std::optional<SavedState> saved) {
  const auto read = model::read_config(text, file);
  if (!read.config) return model::as_error(read.problems);
  if (auto done = attach_card(); !done) return done;
  const auto card_id = tables_.device()->config_id();
  if (!card_id) return card_id.error();
  if (saved) {
    next_hops_->seed(saved->memory.neighbors);
    if (saved->config_id != *card_id) {
      // Another life of the card: what the file says of its indexes and counters is void.
      saved->memory.assignment = {};
      saved->memory.baselines = {};
    }
    auto before = model::read_config(saved->config_text, saved->config_file);
    tables_.restore(std::move(saved->memory), before.config.value_or(model::Config{}));
  }
  running_ = {text, file, text_id(text), wall_now()};
  const auto report = tables_.load(*read.config, running_.id, wall_now());
  if (!report) return report.error();
  spdlog::info("configuration {} ({:016x}): {}, {} entries written", file, running_.id,
               report->committed ? "committed" : "already on the card", report->entries_written);
  adopt_config();
  return {};
}

base::Result<void> Daemon::attach_card() {
  auto board = options_.open_board();
  if (!board) return board.error();
  driver::DeviceOptions device_options;
  device_options.timeout = kCardTimeout;
  device_options.memory_file = tables_path(options_);
  device_options.reading_back = [this](unsigned percent) { note_reading_back(percent); };
  auto device =
      driver::Device::open(std::make_unique<SharedBoard>(std::move(*board)), device_options);
  reading_back_pct_ = -1;
  if (!device) return device.error();
  if (!device->memory_warning().empty()) spdlog::warn("{}", device->memory_warning());
  auto shared = std::make_shared<driver::Device>(std::move(*device));
  const auto report = tables_.attach(shared, wall_now());
  if (!report) return report.error();
  pump_->attach(shared);
  connections_.attach(shared, Clock::now());
  watch_links_anew();
  card_trouble_.clear();
  spdlog::info("card {} attached (build {:08x}){}", shared->info().board, shared->info().build_id,
               report->committed ? ", tables brought in line" : "");
  return {};
}

void Daemon::note_reading_back(unsigned percent) {
  constexpr int kLogEvery = 20;
  const int before = reading_back_pct_.exchange(static_cast<int>(percent));
  if (before < 0 || static_cast<int>(percent) / kLogEvery != before / kLogEvery) {
    spdlog::info("reading the tables back: {} %", percent);
  }
}

std::optional<unsigned> Daemon::reading_back_pct() const {
  const int percent = reading_back_pct_;
  if (percent < 0) return std::nullopt;
  return static_cast<unsigned>(percent);
}

base::Result<void> Daemon::watch_everything() {
  auto done = loop_.watch(next_hops_->fd(), [this] { neighbours_changed(false); });
  if (!done) return done;
  done = loop_.watch(health_->fd(), [this] { run_health(); });
  if (!done) return done;
  loop_.at([this] { return health_->deadline(); }, [this] { run_health(); });
  loop_.at([this] { return links_due_; }, [this] { read_links(); });
  loop_.at([this] { return tables_.device() ? announcer_.deadline() : std::nullopt; },
           [this] { announce(); });
  loop_.at([this] { return next_hops_->deadline(); },
           [this] {
             const auto probed = next_hops_->run(Clock::now());
             if (probed.ok()) return probe_trouble_.clear();
             if (probe_trouble_.is_new(probed.error().message())) {
               spdlog::warn("cannot ask for a next hop: {}", probed.error().message());
             }
           });
  loop_.at([this] { return tables_.deadline(); }, [this] { commit_if_due(); });
  loop_.at([this] { return connections_.deadline(); }, [this] { run_connections(); });
  loop_.at([this] { return upkeep_deadline(); }, [this] { upkeep(); });
  loop_.at([this] { return reconnect_at_; }, [this] { reconnect(); });
  loop_.at([this] { return save_again_at_; }, [this] { save_state(); });
  return {};
}

base::Result<void> Daemon::run() {
  if (auto started = pump_->start(); !started) return started;
  loop_.run();
  if (gave_up_) return *gave_up_;
  return {};
}

void Daemon::give_up(const base::Error& error) {
  gave_up_ = error;
  loop_.stop();
}

base::Result<ApplyOutcome> Daemon::apply(const std::string& text, const std::string& file) {
  auto read = model::read_config(text, file);
  if (!read.config) return ApplyOutcome{{}, {}, std::move(read.problems), ""};
  const ConfigChange change = compare(tables_.config(), *read.config);
  const auto report = tables_.load(*read.config, text_id(text), wall_now());
  if (!report) {
    if (tables_.device() && card_is_gone(report.error())) lose_card(report.error());
    return report.error();
  }
  running_ = {text, file, text_id(text), wall_now()};
  spdlog::info("configuration {} ({:016x}) applied: {}, {} entries written", file, running_.id,
               report->committed ? "committed" : "nothing to change", report->entries_written);
  adopt_config();
  return ApplyOutcome{change, *report, {}, state_trouble_};
}

void Daemon::reload() {
  const auto text = read_file(options_.config_file, kMaxConfigBytes);
  if (!text) return spdlog::error("not reloaded: {}", text.error().message());
  const auto outcome = apply(*text, options_.config_file);
  if (!outcome) return spdlog::error("not reloaded: {}", outcome.error().message());
  if (!outcome->problems.empty()) {
    return spdlog::error("not reloaded: {}", model::as_error(outcome->problems).message());
  }
  start_file_id_ = text_id(*text);
  save_state();
}

// The host's side of the running configuration. The card forwards without it, so trouble here is
// reported and does not undo the configuration. A daemon that dies from here on must know it again.
void Daemon::adopt_config() {
  save_state();
  watch_backends();
}

void Daemon::watch_backends() {
  const model::Config config = tables_.watched();
  pump_->set_view(punt_view(config));
  const auto done = net::apply_interface(options_.tap_name, interface_plan(config));
  if (!done) spdlog::error("the host's stack is not set up: {}", done.error().message());
  pump_->set_routes(inject_routes(config));
  health_->configure(config, Clock::now());
  announcer_.configure(config, Clock::now());
  name_connections();
  if (const auto watched = next_hops_->configure(config, Clock::now()); !watched) {
    spdlog::error("static neighbours: {}", watched.error().message());
  }
  neighbours_changed(true);
}

void Daemon::commit_if_due() {
  const std::size_t leaving = tables_.memory().leaving.size();
  const auto report = tables_.commit_due(Clock::now(), wall_now());
  if (!report) {
    if (card_is_gone(report.error())) return lose_card(report.error());
    if (commit_trouble_.is_new(report.error().message())) {
      spdlog::error("card: {}; tried again every second", report.error().message());
    }
    return;
  }
  commit_trouble_.clear();
  if (report->committed) {
    spdlog::info("commit: {} entries written", report->entries_written);
    name_connections();
  }
  if (tables_.memory().leaving.size() != leaving) watch_backends();
  save_state();
}

void Daemon::name_connections() {
  connections_.set_names(tables_.services());
  connections_.set_leaving(tables_.leaving_services(), Clock::now());
}

// Without its connection table a card goes on by the rings: trouble with it is no reason to give up
// the card, unless that is gone altogether.
void Daemon::run_connections() {
  const auto started = connections_.run(Clock::now());
  if (!started) {
    if (started.error().code == base::Errc::link_down) return lose_card(started.error());
    if (connection_trouble_.is_new(started.error().message())) {
      spdlog::error("connection table: {}; tried again every second", started.error().message());
    }
    return;
  }
  connection_trouble_.clear();
  if (!started->has_value()) return;
  spdlog::info("connection table: {}", **started == ConnectionTable::Started::fresh
                                           ? "in use with a new secret"
                                           : "in use already, goes on");
}

std::optional<TimePoint> Daemon::upkeep_deadline() const {
  const auto& services = tables_.config().services;
  if (!tables_.device() ||
      (!tables_.needs_upkeep() &&
       std::none_of(services.begin(), services.end(), model::times_by_checks))) {
    return std::nullopt;
  }
  return next_upkeep_;
}

void Daemon::upkeep() {
  next_upkeep_ = Clock::now() + kUpkeepInterval;
  auto done = tables_.upkeep(Clock::now(), wall_now());
  if (done) done = write_response_times();
  if (done.ok()) return upkeep_trouble_.clear();
  if (card_is_gone(done.error())) return lose_card(done.error());
  if (upkeep_trouble_.is_new(done.error().message())) {
    spdlog::error("card: {}; tried again every second", done.error().message());
  }
}

base::Result<void> Daemon::write_response_times() {
  const auto& services = tables_.config().services;
  const auto& views = tables_.services();
  for (std::size_t i = 0; i < services.size() && i < views.size(); ++i) {
    if (!model::times_by_checks(services[i])) continue;
    for (const auto& backend : views[i].backends) {
      const auto state = health_->state(backend.id);
      if (!state || state->mean_response.count() == 0) continue;
      auto done = tables_.set_response_time(backend, state->mean_response);
      if (!done) return done;
    }
  }
  return {};
}

// True if of what the card holds nothing is known any more: it must be opened again. Busy: somebody
// else committed to it, or it was reset. Any other failure of a commit may have come after its
// flip.
bool Daemon::card_is_gone(const base::Error& error) const {
  return error.code == base::Errc::link_down || error.code == base::Errc::hung ||
         error.code == base::Errc::busy || (tables_.device() && tables_.device()->lost());
}

void Daemon::lose_card(const base::Error& error) {
  spdlog::error("card: {}", error.message());
  card_trouble_ = error.message();
  tables_.detach();
  connections_.detach();
  pump_->detach();
  links_due_.reset();
  health_->begin_anew();  // from what the card was last told
  reconnect_at_ = Clock::now() + kReconnectAfter;
}

void Daemon::reconnect() {
  reconnect_at_.reset();
  const auto done = attach_card();
  if (done) {
    watch_backends();  // what was leaving may be gone with the old card
    announcer_.begin(kAllPorts, Clock::now());
    return save_state();
  }
  tables_.detach();
  connections_.detach();
  if (card_trouble_ != done.error().message()) spdlog::warn("card: {}", done.error().message());
  card_trouble_ = done.error().message();
  reconnect_at_ = Clock::now() + kReconnectAfter;
}

void Daemon::neighbours_changed(bool all) {
  const auto changed = next_hops_->update(all);
  if (!changed) return spdlog::error("neighbours: {}", changed.error().message());
  if (!*changed && !all) return;
  const auto& before = tables_.memory().neighbors;
  for (const auto& hop : model::next_hops(tables_.watched())) {
    const auto now = next_hops_->known().find(hop.address);
    const auto old = before.find(hop.address);
    if (now == next_hops_->known().end()) continue;
    if (old != before.end() && old->second == now->second) continue;
    if (old == before.end()) {
      spdlog::info("next hop {} is at {}", hop.address.to_string(), now->second.to_string());
    } else {
      spdlog::warn("next hop {} is now at {}, no longer at {}", hop.address.to_string(),
                   now->second.to_string(), old->second.to_string());
    }
  }
  tables_.set_neighbors(next_hops_->known(), Clock::now());
}

void Daemon::save_state() {
  const SavedState state{running_.text, running_.file, running_.id, start_file_id_,
                         tables_.memory()};
  auto saved = save(state_path(options_), state);
  if (!saved && saved.error().code == base::Errc::exhausted) {
    // What is remembered of tables only spares time: it gives way.
    std::error_code none;
    std::filesystem::remove(tables_path(options_), none);
    saved = save(state_path(options_), state);
  }
  const std::string trouble = saved ? "" : saved.error().message();
  if (!saved && trouble != state_trouble_) {
    spdlog::error("state not saved: {}; tried again every {} s", trouble, kSaveAgainAfter.count());
  }
  if (saved && !state_trouble_.empty()) spdlog::info("state saved again");
  state_trouble_ = trouble;
  save_again_at_.reset();
  if (!saved) save_again_at_ = Clock::now() + kSaveAgainAfter;
}

}  // namespace sluice::daemon
