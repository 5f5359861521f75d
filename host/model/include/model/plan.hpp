// From intent to table images: a pure function of the configuration, of what is known about
// backends and neighbours, and of what the card holds now.
//
// What the card holds is the model's only memory (plus the index assignment, which can be found
// again from it): a service or backend keeps its index, so that its counters keep their meaning,
// and a ring that the live bank points to is never written over. So a restarted daemon reads the
// card back and goes on.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "layout/images.hpp"
#include "model/config.hpp"
#include "model/slow_start.hpp"

namespace sluice::model {

// What a service is to the card; its name may change, this is what counters belong to.
struct ServiceId {
  base::Ipv4 vip;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::tcp;
  auto operator<=>(const ServiceId&) const = default;
};

struct BackendId {
  ServiceId service;
  base::Ipv4 address;
  std::uint16_t port = 0;
  auto operator<=>(const BackendId&) const = default;
};

ServiceId id_of(const ServiceConfig& service);
BackendId id_of(const ServiceConfig& service, const BackendConfig& backend);

// Which place in the card's tables each service and backend has. Those that the configuration no
// longer names are leaving: they keep their place until their connections are over. One that is
// known by its record alone (recover_assignment) is of VIP 0.0.0.0, with its own place as port.
struct Assignment {
  std::map<ServiceId, std::uint16_t> services;
  std::map<BackendId, std::uint16_t> backends;
  // Where the search for a free place starts: freed places are taken again as late as possible.
  std::uint16_t next_service = 0;
  std::uint16_t next_backend = 0;
  bool operator==(const Assignment&) const = default;
};

// What the world says about one backend; absent from the map means the defaults.
struct BackendState {
  bool up = true;                  // of the health check
  std::optional<unsigned> weight;  // instead of the configured one
  // How long it has been in service, if its service ran before it; nothing: no slow start.
  std::optional<std::chrono::milliseconds> since{};
  bool operator==(const BackendState&) const = default;
};

struct Inputs {
  std::map<BackendId, BackendState> backends;  // those that are leaving, too
  // What was configured of backends that leave or are leaving. One that is missing stays as the
  // card has it.
  std::map<BackendId, BackendConfig> leaving;
  std::set<ServiceId> panics;                 // their backends serve, whatever their checks say
  std::map<base::Ipv4, base::Mac> neighbors;  // learned; static ones of the configuration win
  // Active connections by place, counted after the commit that made their owner leave. A place
  // that is missing is not free.
  std::map<std::uint16_t, std::uint32_t> service_connections;
  std::map<std::uint16_t, std::uint32_t> backend_connections;
};

// Why a backend gets no new connections, or that it does.
enum class BackendStatus : std::uint8_t {
  serving,      // in the ring
  drained,      // weight 0, or told to drain
  down,         // its health check fails
  no_next_hop,  // the MAC of its next hop is not known yet
  leaving,      // not in the configuration any more; its connections go on
};
const char* name(BackendStatus status);  // "serving"

struct BackendView {
  std::string name;  // of one that is leaving: "ADDRESS:PORT"
  BackendId id;
  std::uint16_t index = 0;  // in backends and backend_counters
  BackendStatus status = BackendStatus::serving;
  bool check_fails = false;
  bool in_service = true;  // its check does not fail, or that is not believed: connections go on
  unsigned weight = 0;     // in effect, but for slow start
  unsigned slow_start = kSlowStartSteps;  // sixteenths of its part that it gets
  unsigned part = 0;  // of the new connections: sixteenths of a weight as its scheduler counts
  unsigned ring_slots = 0;  // slots it has in its service's ring
  base::Ipv4 next_hop;
  base::Mac mac;  // zero: not known
  unsigned egress_port = 0;
  bool fresh = false;  // this index is newly taken: its counters start from another's past
};

struct ServiceView {
  std::string name;
  ServiceId id;
  std::uint16_t index = 0;  // in services and service_counters
  std::uint32_t ring_base = 0;
  unsigned ring_slots = 0;  // 0: no backend serves
  std::uint32_t turns_base = 0;
  unsigned turns = 0;    // 0: its scheduler takes no turns, or no backend serves
  bool panic = false;    // model/panic.hpp
  bool way_back = true;  // false: DNAT, and the MAC towards the clients is not known yet
  bool fresh = false;
  std::vector<BackendView> backends;  // in the order of the configuration
  std::vector<BackendView> leaving;   // by address
};

struct Plan {
  layout::TableImages images;
  Assignment assignment;              // give it to the next make_plan
  std::vector<ServiceView> services;  // in the order of the configuration
  // Places whose connections Inputs should tell of next time.
  std::vector<std::uint16_t> leaving_services;
  std::vector<std::uint16_t> leaving_backends;
};

// `live` is what the live bank and the tables with one copy hold now. Deterministic. Fails with
// `exhausted` when a ring does not fit beside the live ones (make_room may help), or when what is
// leaving holds too many places.
base::Result<Plan> make_plan(const Config& config, const Inputs& inputs,
                             const layout::TableImages& live, const Assignment& previous);

// When make_plan finds no place for a ring because free slots lie scattered: images that differ
// from `live` only in where rings are, and leave `slots` free slots in one piece once they are
// live. Nothing if there is such a piece already, or none can be made.
std::optional<layout::TableImages> make_room(const layout::TableImages& live, std::uint32_t slots);

// What to commit first when make_plan finds no room beside services that `config` does not name any
// more, and whose places, rings and turns are held until it is live.
struct FirstStep {
  Config config;  // without its new services
  Plan plan;
  // Of the second step: all connections of plan.leaving_services are over. See that they are.
  Inputs inputs;
};

// Once its plan is live, make_plan(config, step.inputs, ...) finds room. Nothing if it would not:
// then services that stay want too much.
std::optional<FirstStep> make_way(const Config& config, const Inputs& inputs,
                                  const layout::TableImages& live, const Assignment& previous);

// The assignment behind `live`, with what is leaving, as far as the tables tell (all of it but for
// backends of DSR and IPIP services that share address and port and serve nothing): after a restart
// of the daemon.
Assignment recover_assignment(const Config& config, const layout::TableImages& live);

// Addresses whose MAC `make_plan` wants, with the port they are at, each once, sorted; without
// those that the configuration names.
struct NextHop {
  base::Ipv4 address;
  unsigned port = 0;
  auto operator<=>(const NextHop&) const = default;
};
std::vector<NextHop> next_hops(const Config& config);

}  // namespace sluice::model
