// What the operator wants: the configuration file as values. Made by `read_config`, which has
// checked every rule written here; docs/configuration.md is the operator's view of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "layout/connections.hpp"
#include "layout/tables.hpp"

namespace sluice::model {

enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };
enum class Mode : std::uint8_t {
  dnat = layout::kModeDnat,
  dsr = layout::kModeDsr,
  ipip = layout::kModeIpip,
};
enum class Scheduler : std::uint8_t {
  maglev,
  hash,    // a ring as Maglev's, at the hash of the 5-tuple
  source,  // the same, at the hash of the client's address
  random,
  round_robin,
  weighted_round_robin,
  least_connections,
  weighted_least_connections,
  p2c,  // power of two choices
  least_response_time,
};
enum class HashKind : std::uint8_t { tuple = layout::kHashTuple, source = layout::kHashSource };
enum class CheckType : std::uint8_t { none, tcp };
// How a check ends its connection.
enum class CheckClose : std::uint8_t { fin, reset };
// What becomes of the connections of a backend whose check fails, or that is taken out.
enum class OnBackendDown : std::uint8_t {
  reset = layout::kConnectionResets,
  move = layout::kConnectionMoves,
  keep = layout::kConnectionKeeps,
};
// What becomes of a new connection that the card finds no room for.
enum class WhenTableFull : std::uint8_t { hash, drop };

// What becomes of packets to a port of a VIP that is no service.
enum class Unserved : std::uint8_t {
  drop = layout::kUnserved_drop,      // dropped by the card
  reject = layout::kUnserved_reject,  // refused by the host: RST, or ICMP port unreachable
  host = layout::kUnserved_host,      // the host's own programs have them
};

const char* name(Protocol protocol);    // "tcp"
const char* name(Mode mode);            // "dnat"
const char* name(Scheduler scheduler);  // "maglev"
const char* name(HashKind kind);        // "tuple"
const char* name(CheckType type);       // "tcp"
const char* name(CheckClose close);     // "fin"
const char* name(OnBackendDown policy);
const char* name(WhenTableFull policy);
const char* name(Unserved policy);  // "drop"

// How the card is told to choose, as a value of layout::SchedulerKind.
layout::SchedulerKind kind_of(Scheduler scheduler);
// False: every backend that is not drained counts the same.
bool uses_weights(Scheduler scheduler);

inline constexpr unsigned kAllPorts = (1U << layout::kPorts) - 1;  // a mask
// See model/panic.hpp.
inline constexpr unsigned kDefaultPanicThresholdPct = 50;

inline constexpr unsigned kMaxWeight = 1000;
inline constexpr unsigned kDefaultRingSlots = 4093;
// An epoch of the card's connection table is a second.
inline constexpr std::chrono::seconds kLeastTimeout{layout::kConnectionLeastTimeout};
inline constexpr std::chrono::seconds kLongestTimeout{86'400};
static_assert(kLongestTimeout.count() <= layout::kConnectionLongestTimeout);

// How a backend is checked. A backend counts as up until its first `fall` checks have failed.
struct Check {
  CheckType type = CheckType::tcp;
  std::uint16_t port = 0;  // 0: the backend's own port
  std::chrono::milliseconds interval{1000};
  std::chrono::milliseconds timeout{500};  // <= interval
  unsigned rise = 2;                       // good checks in a row until up
  unsigned fall = 3;                       // failed checks in a row until down
  CheckClose close = CheckClose::fin;
  bool operator==(const Check&) const = default;
};

// How long the card remembers a connection after its last packet, by what it has seen of it.
struct Timeouts {
  std::chrono::seconds opening{60};       // a SYN
  std::chrono::seconds established{900};  // of UDP too
  std::chrono::seconds half_closed{120};  // one FIN
  std::chrono::seconds closed{10};        // both, or a RST
  bool operator==(const Timeouts&) const = default;
};
inline constexpr std::chrono::seconds kUdpTimeout{300};

struct BackendConfig {
  std::string name;  // unique in its service
  base::Ipv4 address;
  std::uint16_t port = 0;  // 0 in the file's absence: the service's port
  unsigned weight = 1;     // 0: drained, no new connections
  bool drain = false;      // as weight 0
  base::Ipv4 next_hop;     // on-link at `egress_port`: the backend itself or a gateway
  unsigned egress_port = 0;
  bool operator==(const BackendConfig&) const = default;
};

struct ServiceConfig {
  std::string name;  // unique
  base::Ipv4 vip;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::tcp;
  Mode mode = Mode::dnat;
  Scheduler scheduler = Scheduler::maglev;
  HashKind hash = HashKind::tuple;
  unsigned ring_slots = kDefaultRingSlots;  // prime
  base::Ipv4 clients_next_hop;              // DNAT's way back; zero in other modes
  unsigned clients_port = 0;                // port towards the clients
  unsigned client_ports = kAllPorts;        // bit N: their packets come in by port N
  Check check;
  std::optional<unsigned> panic_threshold_pct{kDefaultPanicThresholdPct};  // nothing: off
  bool connections = true;  // the card remembers them
  Timeouts timeouts;
  OnBackendDown on_backend_down = OnBackendDown::reset;
  OnBackendDown on_backend_removed = OnBackendDown::keep;
  WhenTableFull when_table_full = WhenTableFull::hash;
  std::chrono::seconds persistence{0};      // 0: none
  std::chrono::milliseconds slow_start{0};  // 0: a backend takes its whole part at once
  std::vector<BackendConfig> backends;
  bool operator==(const ServiceConfig&) const = default;
};

// Where the response times of `least_response_time` come from: the card, which sees a SYN and its
// answer, or else the checks.
bool times_by_card(const ServiceConfig& service);
bool times_by_checks(const ServiceConfig& service);

struct VipConfig {
  base::Ipv4 address;
  Unserved unserved = Unserved::drop;
  bool operator==(const VipConfig&) const = default;
};

struct PortConfig {
  std::string name;
  base::Ipv4Prefix address;
  std::optional<base::Ipv4> gateway;
  unsigned mtu = 1500;  // bytes of IPv4 packet
  bool operator==(const PortConfig&) const = default;
};

struct NeighborConfig {
  base::Ipv4 address;
  base::Mac mac;
  bool operator==(const NeighborConfig&) const = default;
};

struct Config {
  base::Mac mac;                  // of the card's ports and of sluice0
  std::vector<PortConfig> ports;  // 1 or 2; place = port number of the card
  std::vector<NeighborConfig> neighbors;
  base::Ipv4 tunnel_source;  // zero when no service is ipip
  std::string hash_seed;
  bool drop_martians = true;  // packets from and to addresses that no host has
  std::vector<ServiceConfig> services;
  std::vector<VipConfig> vips;  // all of the services, each once, by address
  bool operator==(const Config&) const = default;

  const ServiceConfig* find_service(const std::string& service_name) const;
  // `drop` for an address that is not among `vips`.
  Unserved unserved_of(base::Ipv4 vip) const;
};

}  // namespace sluice::model
