// The configuration as written: values with their places in the text, before the rules that tie
// several of them together. A field that is absent or was reported as wrong is not `good`.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "model/config.hpp"
#include "model/read_config.hpp"

namespace sluice::model {

struct Place {
  unsigned line = 1;  // from 1
  unsigned column = 1;
};

template <class T>
struct Field {
  T value{};
  Place place;         // of the value; of the surrounding mapping when absent
  bool given = false;  // the key is there
  bool good = false;   // and its value is well formed

  // What rules should look at, if anything.
  bool wrong() const { return given && !good; }
};

template <class T>
T value_or(const Field<T>& field, const T& fallback) {
  return field.good ? field.value : fallback;
}

struct RawCheck {
  Field<CheckType> type;
  Field<unsigned> port;
  Field<std::chrono::milliseconds> interval;
  Field<std::chrono::milliseconds> timeout;
  Field<unsigned> rise;
  Field<unsigned> fall;
  Field<CheckClose> close;
};

struct RawBackend {
  Place place;
  Field<std::string> name;
  Field<base::Ipv4> address;
  Field<unsigned> port;
  Field<unsigned> weight;
  Field<base::Ipv4> via;
  Field<bool> drain;
};

struct RawTimeouts {
  Field<std::chrono::seconds> opening;
  Field<std::chrono::seconds> established;
  Field<std::chrono::seconds> half_closed;
  Field<std::chrono::seconds> closed;
};

struct RawService {
  Place place;
  Field<std::string> name;
  Field<base::Ipv4> vip;
  Field<unsigned> port;
  Field<Protocol> protocol;
  Field<Mode> mode;
  Field<Scheduler> scheduler;
  Field<HashKind> hash;
  Field<unsigned> ring_slots;
  Field<base::Ipv4> clients_via;
  Place client_ports_place;  // of the list, if it is given
  bool client_ports_given = false;
  std::vector<Field<std::string>> client_ports;  // names
  RawCheck check;
  Field<std::optional<unsigned>> panic_threshold_pct;
  Field<bool> connections;
  Place timeouts_place;  // of the mapping, if it is given
  bool timeouts_given = false;
  RawTimeouts timeouts;
  Field<OnBackendDown> on_backend_down;
  Field<OnBackendDown> on_backend_removed;
  Field<WhenTableFull> when_table_full;
  Field<std::chrono::seconds> persistence;
  Field<std::chrono::milliseconds> slow_start;
  std::vector<RawBackend> backends;
};

struct RawPort {
  Place place;
  Field<std::string> name;
  Field<base::Ipv4Prefix> address;
  Field<base::Ipv4> gateway;
  Field<unsigned> mtu;
};

struct RawNeighbor {
  Place place;
  Field<base::Ipv4> address;
  Field<base::Mac> mac;
};

struct RawVip {
  Place place;
  Field<base::Ipv4> address;
  Field<Unserved> unserved;
};

struct RawConfig {
  Place place;
  Field<base::Mac> mac;
  std::vector<RawPort> ports;
  std::vector<RawNeighbor> neighbors;
  Field<base::Ipv4> tunnel_source;
  Field<std::string> hash_seed;
  Field<unsigned> ring_slots;
  RawCheck health;
  Field<bool> drop_martians;
  Field<Unserved> unserved;
  std::vector<RawVip> vips;
  Field<std::optional<unsigned>> panic_threshold_pct;
  std::vector<RawService> services;
};

// Collects what is wrong, bounded.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(Place place, std::string what, std::string hint);
  bool empty() const { return problems_.empty(); }
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  std::string file_;
  std::vector<Problem> problems_;  // in the order of the text
};

// Text -> values. Reports every malformed, unknown, missing or double key.
RawConfig parse_config(std::string_view text, Problems& problems);

// The part of check_config about schedulers and the life of connections; protocol, mode and
// check of `service` are set.
void check_connections(const RawService& raw, ServiceConfig& service, Problems& problems);

// Values -> intent. Reports every broken rule; the result counts only if there were no problems.
Config check_config(const RawConfig& raw, Problems& problems);

}  // namespace sluice::model
