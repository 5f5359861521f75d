#include "model/plan.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "assignment.hpp"
#include "key_tables.hpp"
#include "layout/hash.hpp"
#include "model/maglev.hpp"
#include "ring_memory.hpp"

namespace sluice::model {
namespace {

using base::Errc;
using base::Error;

constexpr unsigned kMaxKeyAttempts = 64;

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
    auto assigned = assign_indexes(config_, previous);
    if (!assigned) {
      return Error{Errc::exhausted, "more services or backends than the card's tables hold", ""};
    }
    plan_.assignment = assigned->assignment;
    plan_.images.ring = live_.ring;
    for (const ServiceConfig& service : config_.services) view_service(service, *assigned);
    if (auto done = place_rings(); !done) return done.error();
    fill_config();
    fill_services();
    fill_backends();
    if (auto done = fill_keys(); !done) return done.error();
    return std::move(plan_);
  }

 private:
  base::Mac mac_of(base::Ipv4 address) const {
    const auto found = macs_.find(address);
    return found == macs_.end() ? base::Mac{} : found->second;
  }

  void view_service(const ServiceConfig& service, const NewAssignment& assigned);
  BackendView view_backend(const ServiceConfig& service, const BackendConfig& backend) const;
  base::Result<void> place_rings();
  std::vector<layout::RingSlot> build_ring(std::size_t service);
  bool keep_ring(const std::vector<layout::RingSlot>& ring, ServiceView& view) const;
  void fill_config();
  void fill_services();
  void fill_backends();
  base::Result<void> fill_keys();
  bool try_keys(const layout::Config& keys);

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
  view.weight = std::min(state.weight.value_or(backend.weight), kMaxWeight);
  view.status = !state.up            ? BackendStatus::down
                : view.weight == 0   ? BackendStatus::drained
                : view.mac.is_zero() ? BackendStatus::no_next_hop
                                     : BackendStatus::serving;
  return view;
}

// The ring of a service, and what each of its backends has of it. Empty when nobody serves.
std::vector<layout::RingSlot> Planner::build_ring(std::size_t service) {
  ServiceView& view = plan_.services[service];
  std::vector<MaglevMember> members;
  std::vector<BackendView*> backends;
  for (BackendView& backend : view.backends) {
    if (backend.status != BackendStatus::serving) continue;
    const std::uint64_t address = backend.id.address.value;
    members.push_back({address << 16 | backend.id.port, backend.weight});
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
  RingMemory memory(live_.services);
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

void Planner::fill_config() {
  layout::Config& config = plan_.images.config[0];
  config.mac = config_.mac.value;
  const auto mtu = [](const PortConfig& port) { return static_cast<std::uint16_t>(port.mtu); };
  if (!config_.ports.empty()) {
    config.port0_address = config_.ports[0].address.address.value;
    config.port0_mtu = mtu(config_.ports[0]);
  }
  if (config_.ports.size() > 1) {
    config.port1_address = config_.ports[1].address.address.value;
    config.port1_mtu = mtu(config_.ports[1]);
  }
  config.tunnel_source = config_.tunnel_source.value;
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
    if (wanted.mode != Mode::dnat) continue;
    service.return_mac = mac_of(wanted.clients_next_hop).value;
    service.return_port = static_cast<std::uint8_t>(wanted.clients_port);
  }
}

// Entries of backends that are not in service keep their address: the way back of their
// connections goes on, and a restarted daemon knows them again.
void Planner::fill_backends() {
  for (const ServiceView& service : plan_.services) {
    for (const BackendView& view : service.backends) {
      layout::Backend& backend = plan_.images.backends[view.index];
      backend.address = view.id.address.value;
      backend.port = view.id.port;
      backend.valid = view.status == BackendStatus::serving ? 1 : 0;
      backend.egress_port = static_cast<std::uint8_t>(view.egress_port);
      backend.mac = view.mac.value;
    }
  }
}

base::Result<void> Planner::fill_keys() {
  const std::uint64_t seed = hash_text(config_.hash_seed.data(), config_.hash_seed.size());
  for (unsigned attempt = 0; attempt < kMaxKeyAttempts; ++attempt) {
    set_hash_keys(plan_.images.config[0], seed, attempt);
    if (try_keys(plan_.images.config[0])) return {};
  }
  return Error{Errc::exhausted,
               "the service and return keys cannot be placed in their tables; choose another "
               "hash_seed",
               ""};
}

bool Planner::try_keys(const layout::Config& keys) {
  std::vector<KeyBuckets> in;
  std::vector<KeyBuckets> out;
  std::vector<layout::ServiceKey> in_records;
  std::vector<layout::ReturnKey> out_records;
  for (std::size_t i = 0; i < plan_.services.size(); ++i) {
    const ServiceView& view = plan_.services[i];
    const auto protocol = static_cast<std::uint8_t>(view.id.protocol);
    const std::uint32_t vip = view.id.vip.value;
    in.push_back(
        {{layout::service_key_bucket(layout::key_hash0(keys, vip, view.id.port, protocol)),
          layout::service_key_bucket(layout::key_hash1(keys, vip, view.id.port, protocol))}});
    in_records.push_back({vip, view.id.port, protocol, 1, view.index, 0, 0});
    if (config_.services[i].mode != Mode::dnat) continue;
    for (const BackendView& backend : view.backends) {
      const std::uint32_t address = backend.id.address.value;
      const std::uint16_t port = backend.id.port;
      out.push_back(
          {{layout::return_key_bucket(layout::key_hash0(keys, address, port, protocol)),
            layout::return_key_bucket(layout::key_hash1(keys, address, port, protocol))}});
      out_records.push_back({address, port, protocol, 1, view.index, backend.index, 0});
    }
  }
  const auto in_places = place_keys(in, layout::kServiceKeyBuckets);
  const auto out_places = place_keys(out, layout::kReturnKeyBuckets);
  if (!in_places || !out_places) return false;
  layout::TableImages& images = plan_.images;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const KeyPlace place = (*in_places)[i];
    (place.way == 0 ? images.service_keys0 : images.service_keys1)[place.bucket] = in_records[i];
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const KeyPlace place = (*out_places)[i];
    (place.way == 0 ? images.return_keys0 : images.return_keys1)[place.bucket] = out_records[i];
  }
  return true;
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
