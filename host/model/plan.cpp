#include "model/plan.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "assignment.hpp"
#include "model/maglev.hpp"
#include "model/turns.hpp"
#include "plan_keys.hpp"
#include "shares.hpp"
#include "slot_memory.hpp"

namespace sluice::model {
namespace {

using base::Errc;
using base::Error;

class Planner {
 public:
  Planner(const Config& config, const Inputs& inputs, const layout::TableImages& live)
      : config_(config), inputs_(inputs), live_(live) {
    for (const auto& [address, mac] : inputs.neighbors) macs_[address] = mac;
    for (const NeighborConfig& neighbor : config.neighbors) {
      macs_[neighbor.address] = neighbor.mac;
    }
  }

  base::Result<Plan> run(const Assignment& previous) {
    auto assigned = assign_indexes(config_, inputs_, live_, previous);
    if (!assigned) {
      return Error{
          Errc::exhausted,
          "more services or backends than the card's tables hold, counting those that were "
          "taken out and whose connections go on; wait for these to end, or flush them",
          ""};
    }
    plan_.assignment = assigned->assignment;
    plan_.images.ring = live_.ring;
    plan_.images.turns = live_.turns;
    for (const ServiceConfig& service : config_.services) view_service(service, *assigned);
    view_leaving(*assigned);
    if (auto done = place_rings(); !done) return done.error();
    if (auto done = place_turns(); !done) return done.error();
    fill_config();
    fill_services();
    fill_backends();
    fill_shares(config_, live_, plan_);
    if (auto done = fill_keys(config_, plan_); !done) return done.error();
    return std::move(plan_);
  }

 private:
  base::Mac mac_of(base::Ipv4 address) const {
    const auto found = macs_.find(address);
    return found == macs_.end() ? base::Mac{} : found->second;
  }

  bool panics(const ServiceId& service) const { return inputs_.panics.contains(service); }
  void view_service(const ServiceConfig& service, const NewAssignment& assigned);
  BackendView view_backend(const ServiceConfig& service, const BackendConfig& backend) const;
  void view_leaving(const NewAssignment& assigned);
  void watch_leaving(BackendView& view) const;
  base::Result<void> place_rings();
  std::vector<layout::RingSlot> build_ring(std::size_t service);
  bool keep_ring(const std::vector<layout::RingSlot>& ring, ServiceView& view) const;
  base::Result<void> place_turns();
  std::vector<layout::Turn> build_turns(const ServiceView& view, unsigned limit) const;
  bool keep_turns(const std::vector<layout::Turn>& turns, ServiceView& view) const;
  void fill_config();
  void fill_services();
  void fill_backends();

  const Config& config_;
  const Inputs& inputs_;
  const layout::TableImages& live_;
  std::map<base::Ipv4, base::Mac> macs_;
  Plan plan_;
};

void Planner::view_service(const ServiceConfig& service, const NewAssignment& assigned) {
  ServiceView view;
  view.name = service.name;
  view.id = id_of(service);
  view.index = assigned.assignment.services.at(view.id);
  view.fresh = assigned.fresh_services.contains(view.id);
  view.panic = panics(view.id);
  view.way_back = service.mode != Mode::dnat || !mac_of(service.clients_next_hop).is_zero();
  for (const BackendConfig& backend : service.backends) {
    BackendView backend_view = view_backend(service, backend);
    backend_view.index = assigned.assignment.backends.at(backend_view.id);
    backend_view.fresh = assigned.fresh_backends.contains(backend_view.id);
    view.backends.push_back(std::move(backend_view));
  }
  plan_.services.push_back(std::move(view));
}

BackendView Planner::view_backend(const ServiceConfig& service,
                                  const BackendConfig& backend) const {
  BackendView view;
  view.name = backend.name;
  view.id = id_of(service, backend);
  view.next_hop = backend.next_hop;
  view.egress_port = backend.egress_port;
  view.mac = mac_of(backend.next_hop);
  BackendState state;
  if (const auto found = inputs_.backends.find(view.id); found != inputs_.backends.end()) {
    state = found->second;
  }
  const unsigned weight = std::min(state.weight.value_or(backend.weight), kMaxWeight);
  view.weight = backend.drain ? 0 : weight;
  view.check_fails = !state.up;
  view.in_service = state.up || panics(view.id.service);
  view.status = !view.in_service     ? BackendStatus::down
                : view.weight == 0   ? BackendStatus::drained
                : view.mac.is_zero() ? BackendStatus::no_next_hop
                                     : BackendStatus::serving;
  if (state.since) view.slow_start = slow_start_step(*state.since, service.slow_start);
  if (view.status == BackendStatus::serving) {
    view.part = (uses_weights(service.scheduler) ? view.weight : 1) * view.slow_start;
  }
  return view;
}

void Planner::view_leaving(const NewAssignment& assigned) {
  const Assignment& places = assigned.assignment;
  for (const ServiceId& id : assigned.leaving_services) {
    plan_.leaving_services.push_back(places.services.at(id));
  }
  for (const BackendId& id : assigned.leaving_backends) {
    BackendView view;
    view.name = id.address.to_string() + ":" + std::to_string(id.port);
    view.id = id;
    view.index = places.backends.at(id);
    view.status = BackendStatus::leaving;
    view.mac = base::Mac{live_.backends[view.index].mac};
    view.egress_port = live_.backends[view.index].egress_port;
    view.in_service = (live_.backends[view.index].valid & layout::kBackendServes) != 0;
    watch_leaving(view);
    plan_.images.backends[view.index] = live_.backends[view.index];
    plan_.images.backends[view.index].mac = view.mac.value;
    plan_.images.backends[view.index].valid = static_cast<std::uint8_t>(
        layout::kBackendLeaving | (view.in_service ? layout::kBackendServes : 0));
    plan_.leaving_backends.push_back(view.index);
    const auto service = std::find_if(plan_.services.begin(), plan_.services.end(),
                                      [&](const ServiceView& s) { return s.id == id.service; });
    if (service != plan_.services.end()) service->leaving.push_back(std::move(view));
  }
}

// One that is leaving is checked and its next hop watched as before, if that is still known.
void Planner::watch_leaving(BackendView& view) const {
  const auto configured = inputs_.leaving.find(view.id);
  if (configured == inputs_.leaving.end()) return;
  view.next_hop = configured->second.next_hop;
  if (const base::Mac mac = mac_of(view.next_hop); !mac.is_zero()) view.mac = mac;
  const auto state = inputs_.backends.find(view.id);
  view.check_fails = state != inputs_.backends.end() && !state->second.up;
  view.in_service = !view.check_fails || panics(view.id.service);
}

// The ring of a service, and what each of its backends has of it. Empty when nobody serves.
std::vector<layout::RingSlot> Planner::build_ring(std::size_t service) {
  ServiceView& view = plan_.services[service];
  std::vector<MaglevMember> members;
  std::vector<BackendView*> backends;
  for (BackendView& backend : view.backends) {
    if (backend.status != BackendStatus::serving) continue;
    const std::uint64_t address = backend.id.address.value;
    members.push_back({address << 16 | backend.id.port, backend.part});
    backends.push_back(&backend);
  }
  std::vector<layout::RingSlot> ring;
  for (const std::uint16_t member : maglev_table(members, config_.services[service].ring_slots)) {
    ++backends[member]->ring_slots;
    ring.push_back({static_cast<std::uint16_t>(layout::kRingSlotValid | backends[member]->index)});
  }
  return ring;
}

// A ring that the card already holds for this service stays where it is.
bool Planner::keep_ring(const std::vector<layout::RingSlot>& ring, ServiceView& view) const {
  const layout::Service& live = live_.services[view.index];
  if (live.valid == 0 || live.ring_slots != ring.size()) return false;
  if (live.ring_base + live.ring_slots > layout::kRingSlots) return false;
  if (!std::equal(ring.begin(), ring.end(), live_.ring.begin() + live.ring_base,
                  layout::same_record<layout::RingSlot>)) {
    return false;
  }
  view.ring_base = live.ring_base;
  return true;
}

base::Result<void> Planner::place_rings() {
  SlotMemory memory = SlotMemory::of_rings(live_.services);
  std::vector<std::pair<std::size_t, std::vector<layout::RingSlot>>> to_place;
  for (std::size_t i = 0; i < plan_.services.size(); ++i) {
    std::vector<layout::RingSlot> ring = build_ring(i);
    ServiceView& view = plan_.services[i];
    view.ring_slots = static_cast<unsigned>(ring.size());
    if (ring.empty() || keep_ring(ring, view)) continue;
    to_place.emplace_back(i, std::move(ring));
  }
  // Large ones first: they are the hardest to place.
  std::sort(to_place.begin(), to_place.end(), [](const auto& a, const auto& b) {
    return std::pair(b.second.size(), a.first) < std::pair(a.second.size(), b.first);
  });
  for (const auto& [service, ring] : to_place) {
    ServiceView& view = plan_.services[service];
    const auto base = memory.take(static_cast<std::uint32_t>(ring.size()));
    if (!base) {
      return Error{Errc::exhausted,
                   "no room in the ring memory for " + std::to_string(ring.size()) +
                       " slots of service '" + view.name + "' beside the rings in use (" +
                       std::to_string(memory.free_slots()) + " slots free, largest piece " +
                       std::to_string(memory.largest_free()) + "); set a smaller ring_slots",
                   ""};
    }
    view.ring_base = *base;
    std::copy(ring.begin(), ring.end(), plan_.images.ring.begin() + *base);
  }
  return {};
}

std::vector<layout::Turn> Planner::build_turns(const ServiceView& view, unsigned limit) const {
  std::vector<unsigned> parts;
  std::vector<layout::Turn> members;
  for (const BackendView& backend : view.backends) {
    if (backend.part == 0) continue;
    parts.push_back(backend.part);
    members.push_back({backend.index});
  }
  std::vector<layout::Turn> turns;
  for (const std::uint16_t member : smooth_turns(parts, limit)) turns.push_back(members[member]);
  return turns;
}

bool Planner::keep_turns(const std::vector<layout::Turn>& turns, ServiceView& view) const {
  const layout::Service& live = live_.services[view.index];
  if (!has_turns(live) || live.turns_last + 1u != turns.size()) return false;
  if (live.turns_base + turns.size() > layout::kTurns) return false;
  if (!std::equal(turns.begin(), turns.end(), live_.turns.begin() + live.turns_base,
                  layout::same_record<layout::Turn>)) {
    return false;
  }
  view.turns_base = live.turns_base;
  return true;
}

// A period that finds no room is made shorter, down to a turn for each backend: slow start makes
// periods up to sixteen times as long for a while.
base::Result<void> Planner::place_turns() {
  SlotMemory memory = SlotMemory::of_turns(live_.services);
  for (std::size_t i = 0; i < plan_.services.size(); ++i) {
    ServiceView& view = plan_.services[i];
    if (kind_of(config_.services[i].scheduler) != layout::kScheduler_turns) continue;
    const auto serving =
        std::count_if(view.backends.begin(), view.backends.end(),
                      [](const BackendView& backend) { return backend.part != 0; });
    if (serving == 0) continue;
    for (unsigned limit = layout::kMaxTurns;; limit /= 2) {
      limit = std::max(limit, static_cast<unsigned>(serving));
      const std::vector<layout::Turn> turns = build_turns(view, limit);
      view.turns = static_cast<unsigned>(turns.size());
      if (keep_turns(turns, view)) break;
      if (const auto base = memory.take(view.turns)) {
        view.turns_base = *base;
        std::copy(turns.begin(), turns.end(), plan_.images.turns.begin() + *base);
        break;
      }
      if (limit == static_cast<unsigned>(serving)) {
        return Error{Errc::exhausted,
                     "no room in the memory of turns for service '" + view.name +
                         "' beside the turns in use; use scheduler 'maglev' or 'random' in some "
                         "services",
                     ""};
      }
    }
  }
  return {};
}

void Planner::fill_config() {
  layout::Config& config = plan_.images.config[0];
  config.mac = config_.mac.value;
  const auto mtu = [](const PortConfig& port) { return static_cast<std::uint16_t>(port.mtu); };
  // A network of one or two addresses has none (RFC 3021).
  const auto broadcast = [](const PortConfig& port) {
    return port.address.length >= 31 ? 0 : port.address.broadcast().value;
  };
  config.drop_martians = config_.drop_martians ? 1 : 0;
  if (!config_.ports.empty()) {
    config.port0_address = config_.ports[0].address.address.value;
    config.port0_mtu = mtu(config_.ports[0]);
    config.port0_broadcast = broadcast(config_.ports[0]);
  }
  if (config_.ports.size() > 1) {
    config.port1_address = config_.ports[1].address.address.value;
    config.port1_mtu = mtu(config_.ports[1]);
    config.port1_broadcast = broadcast(config_.ports[1]);
  }
  config.tunnel_source = config_.tunnel_source.value;
}

void fill_connections(const ServiceConfig& wanted, const ServiceView& view,
                      layout::Service& service) {
  const auto epochs = [](std::chrono::seconds time) {
    return static_cast<std::uint32_t>(time.count());
  };
  service.scheduler = kind_of(wanted.scheduler);
  service.tracks = wanted.connections ? 1 : 0;
  service.on_down = static_cast<std::uint8_t>(wanted.on_backend_down);
  service.on_removed = static_cast<std::uint8_t>(wanted.on_backend_removed);
  service.drops_untracked = wanted.when_table_full == WhenTableFull::drop ? 1 : 0;
  service.timeout_opening = epochs(wanted.timeouts.opening);
  service.timeout_established = epochs(wanted.timeouts.established);
  service.timeout_half_closed = epochs(wanted.timeouts.half_closed);
  service.timeout_closed = epochs(wanted.timeouts.closed);
  service.timeout_persistence = epochs(wanted.persistence);
  if (view.turns == 0) return;
  service.turns_base = static_cast<std::uint16_t>(view.turns_base);
  service.turns_last = static_cast<std::uint16_t>(view.turns - 1);
}

void Planner::fill_services() {
  for (std::size_t i = 0; i < plan_.services.size(); ++i) {
    const ServiceConfig& wanted = config_.services[i];
    const ServiceView& view = plan_.services[i];
    layout::Service& service = plan_.images.services[view.index];
    service.vip = wanted.vip.value;
    service.port = wanted.port;
    service.mode = static_cast<std::uint8_t>(wanted.mode);
    service.hash_kind = static_cast<std::uint8_t>(wanted.hash);
    service.ring_base = view.ring_base;
    service.ring_slots = view.ring_slots;
    service.valid = 1;
    fill_connections(wanted, view, service);
    if (wanted.mode != Mode::dnat) continue;
    service.return_mac = mac_of(wanted.clients_next_hop).value;
    service.return_port = static_cast<std::uint8_t>(wanted.clients_port);
  }
  // Nothing leads to these any more; their place is not free.
  for (const std::uint16_t index : plan_.leaving_services) {
    plan_.images.services[index].valid = 1;
    plan_.images.services[index].timeout_closed = live_.services[index].timeout_closed;
  }
}

// Only a backend whose check failed is out of service to the card: connections of the others go
// on. Entries of all keep their address: for the way back, and so that a restarted daemon knows
// them again.
void Planner::fill_backends() {
  for (const ServiceView& service : plan_.services) {
    for (const BackendView& view : service.backends) {
      layout::Backend& backend = plan_.images.backends[view.index];
      backend.address = view.id.address.value;
      backend.port = view.id.port;
      backend.valid = view.in_service ? layout::kBackendServes : 0;
      backend.egress_port = static_cast<std::uint8_t>(view.egress_port);
      backend.mac = view.mac.value;
    }
  }
}

}  // namespace

const char* name(BackendStatus status) {
  switch (status) {
    case BackendStatus::serving:
      return "serving";
    case BackendStatus::drained:
      return "drained";
    case BackendStatus::down:
      return "down";
    case BackendStatus::no_next_hop:
      return "no_next_hop";
    case BackendStatus::leaving:
      return "leaving";
  }
  std::abort();
}

base::Result<Plan> make_plan(const Config& config, const Inputs& inputs,
                             const layout::TableImages& live, const Assignment& previous) {
  return Planner(config, inputs, live).run(previous);
}

std::vector<NextHop> next_hops(const Config& config) {
  std::set<NextHop> hops;
  for (const ServiceConfig& service : config.services) {
    if (service.mode == Mode::dnat) hops.insert({service.clients_next_hop, service.clients_port});
    for (const BackendConfig& backend : service.backends) {
      hops.insert({backend.next_hop, backend.egress_port});
    }
  }
  for (const NeighborConfig& neighbor : config.neighbors) {
    std::erase_if(hops, [&](const NextHop& hop) { return hop.address == neighbor.address; });
  }
  return {hops.begin(), hops.end()};
}

}  // namespace sluice::model
