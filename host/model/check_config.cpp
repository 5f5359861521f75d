// The rules that tie values of the configuration together, and the defaults.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "check_clients.hpp"
#include "layout/capacity.hpp"
#include "model/maglev.hpp"
#include "raw_config.hpp"

namespace sluice::model {
namespace {

constexpr const char* kDefaultHashSeed = "sluice";

std::string line_of(Place place) { return "line " + std::to_string(place.line); }

class Checker {
 public:
  Checker(const RawConfig& raw, Problems& problems)
      : raw_(raw), problems_(problems), network_(raw, problems) {}

  Config run() {
    config_.ports = network_.ports();
    config_.mac = value_or(raw_.mac, network_.default_mac());
    config_.hash_seed = value_or(raw_.hash_seed, std::string(kDefaultHashSeed));
    for (const RawService& service : raw_.services) {
      if (service.vip.good) vips_.insert(service.vip.value);
    }
    for (const RawPort& port : raw_.ports) check_is_no_vip(port.gateway, "gateway");
    check_neighbors();
    for (const RawService& service : raw_.services) check_service(service);
    config_.vips = check_vips(raw_, vips_, problems_);
    config_.drop_martians = value_or(raw_.drop_martians, true);
    check_limits();
    set_tunnel_source();
    return std::move(config_);
  }

 private:
  void check_neighbors();
  void check_is_no_vip(const Field<base::Ipv4>& next_hop, const std::string& key);
  void check_service(const RawService& raw);
  void check_identity(const RawService& raw);
  void check_ring(const RawService& raw, ServiceConfig& service);
  void check_way_back(const RawService& raw, ServiceConfig& service);
  void check_health(const RawService& raw, ServiceConfig& service);
  void check_panic(const RawService& raw, ServiceConfig& service);
  void check_backends(const RawService& raw, ServiceConfig& service);
  void check_backend(const RawService& raw_service, const RawBackend& raw, ServiceConfig& service);
  void check_backend_port(const RawService& raw_service, const RawBackend& raw,
                          BackendConfig& backend);
  void check_return_key(const RawService& raw_service, const RawBackend& raw,
                        const BackendConfig& backend, Protocol protocol);
  void check_limits();
  void set_tunnel_source();

  const RawConfig& raw_;
  Problems& problems_;
  NetworkView network_;
  Config config_;
  std::set<base::Ipv4> vips_;
  std::map<std::string, Place> service_names_;
  std::map<std::tuple<base::Ipv4, unsigned, Protocol>, Place> service_keys_;
  std::map<std::tuple<base::Ipv4, unsigned, Protocol>, std::pair<std::string, Place>> return_keys_;
};

// Nobody but the card answers for a VIP, so a next hop with that address is never found.
void Checker::check_is_no_vip(const Field<base::Ipv4>& next_hop, const std::string& key) {
  if (!next_hop.good || !vips_.contains(next_hop.value)) return;
  problems_.add(next_hop.place, key + " " + next_hop.value.to_string() + " is a VIP",
                "write another machine's own address: the card alone answers for VIPs");
}

void Checker::check_neighbors() {
  std::map<base::Ipv4, Place> seen;
  for (const RawNeighbor& raw : raw_.neighbors) {
    if (!raw.address.good) continue;
    check_is_no_vip(raw.address, "neighbor");
    const base::Ipv4 address = raw.address.value;
    const auto [first, fresh] = seen.emplace(address, raw.address.place);
    if (!fresh) {
      problems_.add(raw.address.place, "neighbor " + address.to_string() + " is given twice",
                    "keep this one or the one in " + line_of(first->second));
    } else if (network_.usable() && !network_.next_hop_port(address)) {
      problems_.add(raw.address.place,
                    "neighbor " + address.to_string() + " is no other host in a port's network",
                    "correct the address, or the address of a port");
    }
    config_.neighbors.push_back({address, raw.mac.value});
  }
}

void Checker::check_service(const RawService& raw) {
  ServiceConfig service;
  service.name = raw.name.value;
  service.vip = raw.vip.value;
  service.port = static_cast<std::uint16_t>(raw.port.value);
  service.protocol = value_or(raw.protocol, Protocol::tcp);
  service.mode = value_or(raw.mode, Mode::dnat);
  check_identity(raw);
  check_ring(raw, service);
  check_way_back(raw, service);
  service.client_ports = check_client_ports(raw, service, network_, problems_);
  check_backends(raw, service);
  check_health(raw, service);
  check_connections(raw, service, problems_);
  config_.services.push_back(std::move(service));
}

void Checker::check_identity(const RawService& raw) {
  if (raw.name.good) {
    const auto [first, fresh] = service_names_.emplace(raw.name.value, raw.name.place);
    if (!fresh) {
      problems_.add(raw.name.place, "service name '" + raw.name.value + "' is taken",
                    "choose another; it is used in " + line_of(first->second));
    }
  }
  if (!raw.vip.good) return;
  const base::Ipv4 vip = raw.vip.value;
  if (network_.is_own(vip)) {
    problems_.add(raw.vip.place, "VIP " + vip.to_string() + " is a port's own address",
                  "choose another address: packets to a port's address go to the host");
  }
  if (network_.is_no_host(vip)) {
    problems_.add(raw.vip.place,
                  "VIP " + vip.to_string() + " is the network or broadcast address of a port",
                  "choose another address");
  }
  if (!raw.port.good || raw.protocol.wrong()) return;
  const auto protocol = value_or(raw.protocol, Protocol::tcp);
  const auto [first, fresh] =
      service_keys_.emplace(std::tuple(vip, raw.port.value, protocol), raw.vip.place);
  if (!fresh) {
    problems_.add(raw.vip.place,
                  vip.to_string() + " port " + std::to_string(raw.port.value) + " " +
                      name(protocol) + " is another service already",
                  "change VIP, port or protocol here or in " + line_of(first->second));
  }
}

void Checker::check_ring(const RawService& raw, ServiceConfig& service) {
  const Field<unsigned>& field = raw.ring_slots.given ? raw.ring_slots : raw_.ring_slots;
  service.ring_slots = value_or(field, kDefaultRingSlots);
  if (field.good && !is_prime(service.ring_slots)) {
    const unsigned below = prime_below(service.ring_slots);
    const unsigned above = std::min(prime_above(service.ring_slots), 1u * layout::kMaxRingSlots);
    // A wrong default is one mistake, not one a service.
    if (raw.ring_slots.given || config_.services.empty()) {
      problems_.add(field.place,
                    "ring_slots " + std::to_string(service.ring_slots) + " is not a prime",
                    "write " + std::to_string(below) + " or " + std::to_string(above));
    }
  } else if (raw.backends.size() > service.ring_slots) {
    problems_.add(field.given ? field.place : raw.place,
                  "a ring of " + std::to_string(service.ring_slots) + " slots is too small for " +
                      std::to_string(raw.backends.size()) + " backends",
                  "set ring_slots to a prime of about 100 slots a backend");
  }
}

void Checker::check_way_back(const RawService& raw, ServiceConfig& service) {
  if (!raw.mode.good) return;
  if (service.mode != Mode::dnat) {
    if (raw.clients_via.given) {
      problems_.add(raw.clients_via.place,
                    std::string("'clients_via' has no use in mode ") + name(service.mode),
                    "remove it: backends answer the clients themselves");
    }
    return;
  }
  if (!network_.usable() || raw.clients_via.wrong()) return;
  check_is_no_vip(raw.clients_via, "clients_via");
  if (raw.clients_via.good) {
    const auto port = network_.next_hop_port(raw.clients_via.value);
    if (!port) {
      problems_.add(raw.clients_via.place,
                    "clients_via " + raw.clients_via.value.to_string() +
                        " is no other host in a port's network",
                    "write the address of a router or client in the network of a port");
      return;
    }
    service.clients_next_hop = raw.clients_via.value;
    service.clients_port = *port;
    return;
  }
  if (!raw.vip.good) return;
  // Clients come by the port whose network has the VIP, else by the only port with a gateway.
  const auto vip_port = network_.on_link(service.vip);
  const auto port = vip_port ? vip_port : network_.sole_gateway_port();
  if (port && network_.gateway(*port)) {
    service.clients_next_hop = *network_.gateway(*port);
    service.clients_port = *port;
    return;
  }
  problems_.add(raw.vip.place, "the way back to this service's clients is not known",
                "add 'clients_via: ADDRESS' (next hop to the clients) or a gateway to " +
                    (port ? "port '" + config_.ports[*port].name + "'" : "the clients' port"));
}

void Checker::check_health(const RawService& raw, ServiceConfig& service) {
  const bool tcp = service.protocol == Protocol::tcp;
  const RawCheck& own = raw.check;
  const RawCheck& all = raw_.health;
  const Check defaults;
  Check& check = service.check;
  check.type = value_or(own.type, tcp ? CheckType::tcp : CheckType::none);
  check.port = static_cast<std::uint16_t>(value_or(own.port, 0u));
  check.interval = value_or(own.interval, value_or(all.interval, defaults.interval));
  check.timeout =
      value_or(own.timeout, value_or(all.timeout, std::min(defaults.timeout, check.interval)));
  check.rise = value_or(own.rise, value_or(all.rise, defaults.rise));
  check.fall = value_or(own.fall, value_or(all.fall, defaults.fall));
  check.close = value_or(own.close, value_or(all.close, defaults.close));
  check_panic(raw, service);
  if (check.type == CheckType::none) return;
  if (!tcp && raw.protocol.good && !own.port.given) {
    problems_.add(own.type.place, "a TCP check of a UDP service needs a port of its own",
                  "add 'port: N' to the check, or write 'check: none'");
  }
  const Field<std::chrono::milliseconds>& timeout = own.timeout.good ? own.timeout : all.timeout;
  const Field<std::chrono::milliseconds>& interval =
      own.interval.good ? own.interval : all.interval;
  if (check.timeout > check.interval) {
    problems_.add(timeout.good ? timeout.place : interval.place,
                  "the check's timeout of " + std::to_string(check.timeout.count()) +
                      " ms is longer than its interval of " +
                      std::to_string(check.interval.count()) + " ms",
                  "shorten the timeout or lengthen the interval");
  }
}

void Checker::check_panic(const RawService& raw, ServiceConfig& service) {
  service.panic_threshold_pct = value_or(
      raw.panic_threshold_pct, value_or(raw_.panic_threshold_pct, service.panic_threshold_pct));
  if (service.check.type != CheckType::none || !raw.panic_threshold_pct.good) return;
  problems_.add(raw.panic_threshold_pct.place, "'panic_threshold' has no use without a check",
                "remove it, or add a check");
}

void Checker::check_backends(const RawService& raw, ServiceConfig& service) {
  std::map<std::string, Place> names;
  std::map<std::pair<base::Ipv4, unsigned>, Place> places;
  for (const RawBackend& backend : raw.backends) {
    if (backend.name.good) {
      const auto [first, fresh] = names.emplace(backend.name.value, backend.name.place);
      if (!fresh) {
        problems_.add(backend.name.place,
                      "backend name '" + backend.name.value + "' is taken in this service",
                      "choose another; it is used in " + line_of(first->second));
      }
    }
    check_backend(raw, backend, service);
    if (!backend.address.good) continue;
    const auto [first, fresh] = places.emplace(
        std::pair(backend.address.value, service.backends.back().port), backend.address.place);
    if (!fresh) {
      problems_.add(backend.address.place,
                    "backend " + backend.address.value.to_string() + " port " +
                        std::to_string(service.backends.back().port) +
                        " is in this service already",
                    "remove it here or in " + line_of(first->second) + "; use 'weight' for more");
    } else if (raw.mode.good && service.mode == Mode::dnat && !raw.protocol.wrong()) {
      check_return_key(raw, backend, service.backends.back(), service.protocol);
    }
  }
}

void Checker::check_backend(const RawService& raw_service, const RawBackend& raw,
                            ServiceConfig& service) {
  BackendConfig backend;
  backend.name = raw.name.value;
  backend.address = raw.address.value;
  backend.port = service.port;
  backend.weight = value_or(raw.weight, 1u);
  backend.drain = value_or(raw.drain, false);
  check_backend_port(raw_service, raw, backend);
  const auto complain = [&](Place place, const std::string& what, const std::string& hint) {
    problems_.add(place, "backend " + backend.address.to_string() + " " + what, hint);
  };
  if (raw.address.good && network_.usable()) {
    const bool dsr = raw_service.mode.good && service.mode == Mode::dsr;
    const auto port = network_.on_link(backend.address);
    if (vips_.contains(backend.address)) {
      complain(raw.address.place, "is a VIP",
               "write the backend's own address: the card alone answers for VIPs");
    } else if (network_.is_own(backend.address)) {
      complain(raw.address.place, "is a port's own address",
               "write another machine's address: the host is no backend");
    } else if (network_.is_no_host(backend.address)) {
      complain(raw.address.place, "is the network or broadcast address of a port",
               "write the address of one host");
    } else if (dsr && (!port || raw.via.given)) {
      complain(raw.via.given ? raw.via.place : raw.address.place,
               "cannot be reached by DSR, which only changes the MAC",
               "use an address in a port's network without 'via', or mode ipip");
    } else if (raw.via.good) {
      check_is_no_vip(raw.via, "via");
      const auto via_port = network_.next_hop_port(raw.via.value);
      if (!via_port) {
        complain(raw.via.place, "has a 'via' that is no other host in a port's network",
                 "write the address of a router in the network of a port");
      }
      backend.next_hop = raw.via.value;
      backend.egress_port = via_port.value_or(0);
    } else if (port) {
      backend.next_hop = backend.address;
      backend.egress_port = *port;
    } else if (const auto gateway_port = network_.sole_gateway_port()) {
      backend.next_hop = *network_.gateway(*gateway_port);
      backend.egress_port = *gateway_port;
    } else if (!raw.via.given) {
      complain(raw.address.place, "is in no port's network and its next hop is not known",
               "add 'via: ADDRESS' to the backend, or a gateway to one port");
    }
  }
  service.backends.push_back(std::move(backend));
}

void Checker::check_backend_port(const RawService& raw_service, const RawBackend& raw,
                                 BackendConfig& backend) {
  if (!raw.port.good) return;
  const bool keeps_port = raw_service.mode.good && raw_service.mode.value != Mode::dnat;
  if (keeps_port && raw_service.port.good && raw.port.value != raw_service.port.value) {
    problems_.add(raw.port.place,
                  "a backend's port cannot differ from the service's in mode " +
                      std::string(name(raw_service.mode.value)),
                  "remove it, or use mode dnat: only that rewrites ports");
  }
  backend.port = static_cast<std::uint16_t>(raw.port.value);
}

// A packet from a backend tells which VIP to restore only by its source address and port.
void Checker::check_return_key(const RawService& raw_service, const RawBackend& raw,
                               const BackendConfig& backend, Protocol protocol) {
  const auto [first, fresh] =
      return_keys_.emplace(std::tuple(backend.address, backend.port, protocol),
                           std::pair(raw_service.name.value, raw.address.place));
  if (fresh) return;
  problems_.add(raw.address.place,
                "backend " + backend.address.to_string() + " port " + std::to_string(backend.port) +
                    " " + name(protocol) + " is in DNAT service '" + first->second.first +
                    "' too (" + line_of(first->second.second) +
                    "): its answers could not be told apart",
                "let it listen on another port for this service, or use mode dsr or ipip");
}

void Checker::check_limits() {
  if (raw_.services.size() > layout::kServices) {
    problems_.add(raw_.services[layout::kServices].place,
                  "too many services, the card holds " + std::to_string(layout::kServices),
                  "remove services from here on, or use a second card");
  }
  std::size_t backends = 0;
  for (const RawService& service : raw_.services) {
    const std::size_t before = backends;
    backends += service.backends.size();
    if (before <= layout::kBackends && backends > layout::kBackends) {
      problems_.add(
          service.backends[layout::kBackends - before].place,
          "too many backends in all services, the card holds " + std::to_string(layout::kBackends),
          "remove backends from here on, or use a second card");
    }
  }
  // Half of the memory stays free, so that every ring can be rebuilt beside the live one.
  std::uint64_t slots = 0;
  for (std::size_t i = 0; i < config_.services.size(); ++i) {
    const std::uint64_t before = slots;
    slots += config_.services[i].ring_slots + 1u;
    if (before > layout::kRingSlots / 2 || slots <= layout::kRingSlots / 2) continue;
    const auto fair = static_cast<unsigned>(layout::kRingSlots / 2 / config_.services.size());
    problems_.add(raw_.services[i].place,
                  "the rings of the services up to here need more than the " +
                      std::to_string(layout::kRingSlots / 2) +
                      " slots that are for use (as many are kept for rebuilding)",
                  "set 'ring_slots: " + std::to_string(prime_below(std::max(fair, 4u) - 1)) +
                      "' for all services, or smaller ones where few backends are");
  }
}

void Checker::set_tunnel_source() {
  if (raw_.tunnel_source.good) {
    config_.tunnel_source = raw_.tunnel_source.value;
    return;
  }
  for (const ServiceConfig& service : config_.services) {
    if (service.mode != Mode::ipip || service.backends.empty() || config_.ports.empty()) continue;
    config_.tunnel_source = config_.ports[service.backends[0].egress_port].address.address;
    return;
  }
}

}  // namespace

Config check_config(const RawConfig& raw, Problems& problems) {
  return Checker(raw, problems).run();
}

}  // namespace sluice::model
