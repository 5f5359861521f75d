#include "model/config.hpp"

#include <algorithm>

namespace sluice::model {

const char* name(Protocol protocol) { return protocol == Protocol::tcp ? "tcp" : "udp"; }

const char* name(Mode mode) {
  switch (mode) {
    case Mode::dnat:
      return "dnat";
    case Mode::dsr:
      return "dsr";
    case Mode::ipip:
      return "ipip";
  }
  std::abort();
}

const char* name(Scheduler scheduler) {
  switch (scheduler) {
    case Scheduler::maglev:
      return "maglev";
    case Scheduler::hash:
      return "hash";
    case Scheduler::source:
      return "source";
    case Scheduler::random:
      return "random";
    case Scheduler::round_robin:
      return "round_robin";
    case Scheduler::weighted_round_robin:
      return "weighted_round_robin";
    case Scheduler::least_connections:
      return "least_connections";
    case Scheduler::weighted_least_connections:
      return "weighted_least_connections";
    case Scheduler::p2c:
      return "p2c";
    case Scheduler::least_response_time:
      return "least_response_time";
  }
  std::abort();
}

layout::SchedulerKind kind_of(Scheduler scheduler) {
  switch (scheduler) {
    case Scheduler::maglev:
    case Scheduler::hash:
    case Scheduler::source:
      return layout::kScheduler_ring;
    case Scheduler::random:
      return layout::kScheduler_random;
    case Scheduler::round_robin:
    case Scheduler::weighted_round_robin:
      return layout::kScheduler_turns;
    case Scheduler::p2c:
      return layout::kScheduler_pair;
    case Scheduler::least_connections:
    case Scheduler::weighted_least_connections:
    case Scheduler::least_response_time:
      return layout::kScheduler_least;
  }
  std::abort();
}

bool uses_weights(Scheduler scheduler) {
  return scheduler != Scheduler::round_robin && scheduler != Scheduler::least_connections;
}

const char* name(HashKind kind) { return kind == HashKind::tuple ? "tuple" : "source"; }

const char* name(OnBackendDown policy) {
  return policy == OnBackendDown::reset ? "reset" : policy == OnBackendDown::move ? "move" : "keep";
}

const char* name(WhenTableFull policy) { return policy == WhenTableFull::hash ? "hash" : "drop"; }

const char* name(Unserved policy) {
  switch (policy) {
    case Unserved::drop:
      return "drop";
    case Unserved::reject:
      return "reject";
    case Unserved::host:
      return "host";
  }
  std::abort();
}

const char* name(CheckType type) { return type == CheckType::none ? "none" : "tcp"; }

const char* name(CheckClose close) { return close == CheckClose::fin ? "fin" : "reset"; }

bool times_by_card(const ServiceConfig& service) {
  return service.scheduler == Scheduler::least_response_time && service.mode == Mode::dnat &&
         service.protocol == Protocol::tcp;
}

bool times_by_checks(const ServiceConfig& service) {
  return service.scheduler == Scheduler::least_response_time && !times_by_card(service) &&
         service.check.type != CheckType::none;
}

const ServiceConfig* Config::find_service(const std::string& service_name) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const auto& s) { return s.name == service_name; });
  return found == services.end() ? nullptr : &*found;
}

Unserved Config::unserved_of(base::Ipv4 vip) const {
  const auto found =
      std::find_if(vips.begin(), vips.end(), [&](const auto& each) { return each.address == vip; });
  return found == vips.end() ? Unserved::drop : found->unserved;
}

}  // namespace sluice::model
