// The rules of a service's scheduler and of the life of its connections.
#include "layout/capacity.hpp"
#include "raw_config.hpp"

namespace sluice::model {
namespace {

class ConnectionRules {
 public:
  ConnectionRules(const RawService& raw, ServiceConfig& service, Problems& problems)
      : raw_(raw), service_(service), problems_(problems) {}

  void run() {
    check_scheduler();
    service_.connections = value_or(raw_.connections, true);
    if (service_.connections) {
      check_timeouts();
      check_backend_gone();
    } else {
      check_without_connections();
    }
    const bool random = service_.scheduler == Scheduler::random;
    service_.when_table_full =
        value_or(raw_.when_table_full, random ? WhenTableFull::drop : WhenTableFull::hash);
    if (random && service_.when_table_full == WhenTableFull::hash) {
      problems_.add(raw_.when_table_full.place,
                    "scheduler random needs a connection remembered: its packets have no other way "
                    "to the same backend",
                    "write 'drop', or use another scheduler");
    }
    service_.slow_start = value_or(raw_.slow_start, std::chrono::milliseconds(0));
    check_persistence();
    check_columns();
    check_response_times();
  }

 private:
  bool udp() const { return service_.protocol == Protocol::udp; }
  std::string scheduler() const {
    return "scheduler '" + std::string(name(service_.scheduler)) + "'";
  }

  void check_scheduler();
  void check_timeouts();
  void check_backend_gone();
  void check_without_connections();
  void check_persistence();
  void check_columns();
  void check_response_times();

  const RawService& raw_;
  ServiceConfig& service_;
  Problems& problems_;
};

void ConnectionRules::check_scheduler() {
  service_.scheduler = value_or(raw_.scheduler, Scheduler::maglev);
  const bool by_source = service_.scheduler == Scheduler::source;
  const HashKind implied = by_source ? HashKind::source : HashKind::tuple;
  service_.hash = value_or(raw_.hash, implied);
  if (!by_source && service_.scheduler != Scheduler::hash) return;
  if (service_.hash == implied) return;
  problems_.add(
      raw_.hash.place,
      "'hash: " + std::string(name(service_.hash)) + "' is not what " + scheduler() + " hashes",
      "remove it, or write 'scheduler: " +
          std::string(name(by_source ? Scheduler::hash : Scheduler::source)) + "'");
}

void ConnectionRules::check_timeouts() {
  const RawTimeouts& raw = raw_.timeouts;
  Timeouts& timeouts = service_.timeouts;
  timeouts.opening = value_or(raw.opening, timeouts.opening);
  timeouts.established = value_or(raw.established, udp() ? kUdpTimeout : timeouts.established);
  timeouts.half_closed = value_or(raw.half_closed, timeouts.half_closed);
  timeouts.closed = value_or(raw.closed, timeouts.closed);
  if (!udp()) return;
  const auto complain = [&](const Field<std::chrono::seconds>& field, const char* key) {
    if (!field.given) return;
    problems_.add(field.place, std::string("'") + key + "' has no use in a UDP service",
                  "write 'established': the time-out of UDP");
  };
  complain(raw.opening, "opening");
  complain(raw.half_closed, "half_closed");
  complain(raw.closed, "closed");
}

void ConnectionRules::check_backend_gone() {
  service_.on_backend_down =
      value_or(raw_.on_backend_down, udp() ? OnBackendDown::move : OnBackendDown::reset);
  service_.on_backend_removed =
      value_or(raw_.on_backend_removed, udp() ? OnBackendDown::move : OnBackendDown::keep);
  if (!udp()) return;
  const auto complain = [&](const Field<OnBackendDown>& field, OnBackendDown policy,
                            const std::string& key, const char* what) {
    if (policy != OnBackendDown::reset) return;
    problems_.add(field.place,
                  std::string("a client cannot be told by UDP that its backend is ") + what,
                  "write '" + key + ": move' or '" + key + ": keep', or remove it");
  };
  complain(raw_.on_backend_down, service_.on_backend_down, "on_backend_down", "down");
  complain(raw_.on_backend_removed, service_.on_backend_removed, "on_backend_removed", "taken out");
}

void ConnectionRules::check_without_connections() {
  if (kind_of(service_.scheduler) != layout::kScheduler_ring) {
    problems_.add(raw_.connections.place,
                  scheduler() +
                      " needs the card to remember connections: else their packets "
                      "would go to one backend and another",
                  "remove 'connections: false', or use scheduler maglev, hash or source");
  }
  const auto complain = [&](bool given, Place place, const char* key) {
    if (!given) return;
    problems_.add(place, std::string("'") + key + "' has no use without connections",
                  "remove it, or 'connections: false'");
  };
  complain(raw_.timeouts_given, raw_.timeouts_place, "timeouts");
  complain(raw_.on_backend_down.good, raw_.on_backend_down.place, "on_backend_down");
  complain(raw_.on_backend_removed.good, raw_.on_backend_removed.place, "on_backend_removed");
  complain(raw_.when_table_full.good, raw_.when_table_full.place, "when_table_full");
}

void ConnectionRules::check_persistence() {
  const std::chrono::seconds none{0};
  service_.persistence = value_or(raw_.persistence, none);
  if (service_.persistence == none) return;
  if (!service_.connections) {
    problems_.add(raw_.persistence.place, "'persistence' has no use without connections",
                  "remove it, or 'connections: false'");
  } else if (service_.persistence < kLeastTimeout) {
    problems_.add(raw_.persistence.place, "'persistence' is too short",
                  "write 2s to 86400s, or 0s for none");
  } else if (!udp() && service_.persistence < service_.timeouts.opening) {
    problems_.add(raw_.persistence.place,
                  "'persistence' is shorter than the time-out 'opening', for which a SYN alone is "
                  "remembered",
                  "write " + std::to_string(service_.timeouts.opening.count()) +
                      "s or more, or a shorter 'opening' in 'timeouts'");
  }
}

void ConnectionRules::check_columns() {
  if (kind_of(service_.scheduler) != layout::kScheduler_least ||
      raw_.backends.size() <= layout::kColumns) {
    return;
  }
  problems_.add(raw_.backends[layout::kColumns].place,
                scheduler() + " compares at most " + std::to_string(layout::kColumns) +
                    " backends of a service",
                "use 'scheduler: p2c' for more, or remove backends from here on");
}

void ConnectionRules::check_response_times() {
  if (service_.scheduler != Scheduler::least_response_time || !raw_.mode.good) return;
  if (times_by_card(service_) && service_.check.type == CheckType::none) {
    problems_.add(raw_.scheduler.place,
                  scheduler() +
                      " cannot tell a backend that never answers from one that was not "
                      "asked",
                  "add a check, or use 'scheduler: weighted_least_connections'");
    return;
  }
  if (times_by_card(service_) || times_by_checks(service_)) return;
  problems_.add(raw_.scheduler.place,
                scheduler() + " has no response times here: the card sees no handshake by " +
                    (udp() ? "UDP" : std::string("mode ") + name(service_.mode)) +
                    ", and there is no check",
                "add a check of type tcp, or use 'scheduler: weighted_least_connections'");
}

}  // namespace

void check_connections(const RawService& raw, ServiceConfig& service, Problems& problems) {
  ConnectionRules(raw, service, problems).run();
}

}  // namespace sluice::model
