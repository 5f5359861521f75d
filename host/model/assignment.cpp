// Which index each service and backend has: kept while they live, found again after a restart.
#include "assignment.hpp"

#include <algorithm>
#include <set>

namespace sluice::model {
namespace {

// Takes the first free index at or after `next`, in a circle.
class Indexes {
 public:
  Indexes(std::uint32_t size, std::uint16_t next) : taken_(size), next_(next) {}

  void mark(std::uint16_t index) { taken_[index] = true; }
  std::uint16_t next() const { return next_; }

  std::optional<std::uint16_t> take() {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      const std::size_t index = (next_ + i) % taken_.size();
      if (taken_[index]) continue;
      taken_[index] = true;
      next_ = static_cast<std::uint16_t>((index + 1) % taken_.size());
      return static_cast<std::uint16_t>(index);
    }
    return std::nullopt;
  }

 private:
  std::vector<bool> taken_;
  std::uint16_t next_;
};

// A place without connections that its owner left in an earlier commit.
bool is_over(const std::map<std::uint16_t, std::uint32_t>& connections, std::uint16_t place) {
  const auto found = connections.find(place);
  return found != connections.end() && found->second == 0;
}

// What `previous` names and `ids` do not keeps its place while `stays` says so.
template <class Id, class Stays>
std::vector<Id> keep_leaving(const std::vector<Id>& ids,
                             const std::map<Id, std::uint16_t>& previous, Stays stays,
                             Indexes& indexes, std::map<Id, std::uint16_t>& out) {
  const std::set<Id> wanted(ids.begin(), ids.end());
  std::vector<Id> leaving;
  for (const auto& [id, index] : previous) {
    if (wanted.contains(id) || !stays(id, index)) continue;
    leaving.push_back(id);
    out.emplace(id, index);
    indexes.mark(index);
  }
  return leaving;
}

// Gives every id an index, its old one if it has one. False when there are too many.
template <class Id>
bool assign(const std::vector<Id>& ids, const std::map<Id, std::uint16_t>& previous,
            Indexes& indexes, std::map<Id, std::uint16_t>& out, std::set<Id>& fresh) {
  for (const Id& id : ids) {
    const auto old = previous.find(id);
    if (old == previous.end()) continue;
    out.insert(*old);
    indexes.mark(old->second);
  }
  for (const Id& id : ids) {
    if (out.contains(id)) continue;
    const auto index = indexes.take();
    if (!index) return false;
    out.emplace(id, *index);
    fresh.insert(id);
  }
  return true;
}

// The services that the live key tables name, by index, and those that have no key any more.
std::map<std::uint16_t, ServiceId> live_services(const layout::TableImages& live) {
  std::map<std::uint16_t, ServiceId> services;
  for (const auto* way : {&live.service_keys0, &live.service_keys1}) {
    for (const layout::ServiceKey& key : *way) {
      if (key.valid == 0 || key.service >= layout::kServices) continue;
      if (live.services[key.service].valid == 0) continue;
      const ServiceId id{base::Ipv4{key.address}, key.port, static_cast<Protocol>(key.protocol)};
      services.emplace(key.service, id);
    }
  }
  for (std::uint16_t i = 0; i < layout::kServices; ++i) {
    if (live.services[i].valid != 0) services.emplace(i, ServiceId{base::Ipv4{}, i});
  }
  return services;
}

class Recovery {
 public:
  Recovery(const layout::TableImages& live, Assignment& out)
      : live_(live), out_(out), services_(live_services(live)), claimed_(layout::kBackends) {}

  void run(const Config& config) {
    for (const auto& [index, id] : services_) out_.services.emplace(id, index);
    claim_from_return_keys();
    claim_from_rings();
    claim_from_addresses(config);
    claim_nameless();
    out_.next_service =
        services_.empty()
            ? std::uint16_t{0}
            : static_cast<std::uint16_t>((services_.rbegin()->first + 1) % layout::kServices);
    for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
      if (claimed_[i]) out_.next_backend = static_cast<std::uint16_t>((i + 1) % layout::kBackends);
    }
  }

 private:
  void claim(const ServiceId& service, std::uint16_t backend) {
    if (backend >= layout::kBackends || claimed_[backend]) return;
    const layout::Backend& record = live_.backends[backend];
    const BackendId id{service, base::Ipv4{record.address}, record.port};
    claimed_[backend] = out_.backends.emplace(id, backend).second;
  }

  void claim_from_return_keys() {
    for (const auto* way : {&live_.return_keys0, &live_.return_keys1}) {
      for (const layout::ReturnKey& key : *way) {
        const auto service = services_.find(key.service);
        if (key.valid != 0 && service != services_.end()) claim(service->second, key.backend);
      }
    }
  }

  void claim_from_rings() {
    for (const auto& [index, id] : services_) {
      const layout::Service& service = live_.services[index];
      for (std::uint32_t i = 0; i < service.ring_slots; ++i) {
        const std::uint16_t slot = live_.ring[(service.ring_base + i) % layout::kRingSlots].slot;
        if ((slot & layout::kRingSlotValid) != 0) claim(id, slot & (layout::kBackends - 1));
      }
    }
  }

  // Backends of DSR and IPIP services that are in no ring now: any entry with their address.
  void claim_from_addresses(const Config& config) {
    std::multimap<std::pair<std::uint32_t, std::uint16_t>, std::uint16_t> free;
    for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
      const layout::Backend& record = live_.backends[i];
      if (claimed_[i] || record.address == 0) continue;
      free.emplace(std::pair(record.address, record.port), static_cast<std::uint16_t>(i));
    }
    for (const ServiceConfig& service : config.services) {
      if (!out_.services.contains(id_of(service))) continue;
      for (const BackendConfig& backend : service.backends) {
        const auto found = free.find({backend.address.value, backend.port});
        if (found == free.end() || out_.backends.contains(id_of(service, backend))) continue;
        claim(id_of(service), found->second);
        free.erase(found);
      }
    }
  }

  // What else has a record is leaving, and its service not known.
  void claim_nameless() {
    for (std::uint16_t i = 0; i < layout::kBackends; ++i) {
      if (live_.backends[i].address != 0) claim({base::Ipv4{}, i}, i);
    }
  }

  const layout::TableImages& live_;
  Assignment& out_;
  std::map<std::uint16_t, ServiceId> services_;
  std::vector<bool> claimed_;
};

}  // namespace

ServiceId id_of(const ServiceConfig& service) {
  return {service.vip, service.port, service.protocol};
}

BackendId id_of(const ServiceConfig& service, const BackendConfig& backend) {
  return {id_of(service), backend.address, backend.port};
}

std::optional<NewAssignment> assign_indexes(const Config& config, const Inputs& inputs,
                                            const layout::TableImages& live,
                                            const Assignment& previous) {
  std::vector<ServiceId> services;
  std::vector<BackendId> backends;
  for (const ServiceConfig& service : config.services) {
    services.push_back(id_of(service));
    for (const BackendConfig& backend : service.backends) {
      backends.push_back(id_of(service, backend));
    }
  }
  NewAssignment result;
  Indexes service_indexes(layout::kServices, previous.next_service);
  Indexes backend_indexes(layout::kBackends, previous.next_backend);
  result.leaving_services = keep_leaving(
      services, previous.services,
      [&](const ServiceId&, std::uint16_t index) {
        return live.services[index].valid != 0 && !is_over(inputs.service_connections, index);
      },
      service_indexes, result.assignment.services);
  result.leaving_backends = keep_leaving(
      backends, previous.backends,
      [&](const BackendId& id, std::uint16_t index) {
        const layout::Backend& record = live.backends[index];
        return record.address == id.address.value && record.port == id.port &&
               !is_over(inputs.backend_connections, index);
      },
      backend_indexes, result.assignment.backends);
  if (!assign(services, previous.services, service_indexes, result.assignment.services,
              result.fresh_services) ||
      !assign(backends, previous.backends, backend_indexes, result.assignment.backends,
              result.fresh_backends)) {
    return std::nullopt;
  }
  result.assignment.next_service = service_indexes.next();
  result.assignment.next_backend = backend_indexes.next();
  return result;
}

Assignment recover_assignment(const Config& config, const layout::TableImages& live) {
  Assignment assignment;
  Recovery(live, assignment).run(config);
  return assignment;
}

}  // namespace sluice::model
