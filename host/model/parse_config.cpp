// The mappings of the configuration file and their keys, one function a mapping.
#include "layout/capacity.hpp"
#include "second_document.hpp"
#include "yaml_map.hpp"

namespace sluice::model {
namespace {

constexpr std::size_t kMaxTextBytes = 8u << 20;
constexpr unsigned kMinMtu = 576;
constexpr unsigned kMaxMtu = layout::kMaxFrameBytes - 18;  // Ethernet header with a tag

const std::vector<Protocol> kProtocols = {Protocol::tcp, Protocol::udp};
const std::vector<Mode> kModes = {Mode::dnat, Mode::dsr, Mode::ipip};
const std::vector<Scheduler> kSchedulers = {Scheduler::maglev,
                                            Scheduler::hash,
                                            Scheduler::source,
                                            Scheduler::random,
                                            Scheduler::round_robin,
                                            Scheduler::weighted_round_robin,
                                            Scheduler::least_connections,
                                            Scheduler::weighted_least_connections,
                                            Scheduler::p2c,
                                            Scheduler::least_response_time};
// As ipvsadm calls them.
const std::map<std::string, Scheduler> kSchedulerAliases = {
    {"mh", Scheduler::maglev},
    {"sh", Scheduler::source},
    {"rr", Scheduler::round_robin},
    {"wrr", Scheduler::weighted_round_robin},
    {"lc", Scheduler::least_connections},
    {"wlc", Scheduler::weighted_least_connections}};
const std::vector<OnBackendDown> kOnBackendDown = {OnBackendDown::reset, OnBackendDown::move,
                                                   OnBackendDown::keep};
const std::vector<WhenTableFull> kWhenTableFull = {WhenTableFull::hash, WhenTableFull::drop};
const std::vector<Unserved> kUnserved = {Unserved::drop, Unserved::reject, Unserved::host};
const std::vector<HashKind> kHashKinds = {HashKind::tuple, HashKind::source};
const std::vector<CheckType> kCheckTypes = {CheckType::none, CheckType::tcp};
const std::vector<CheckClose> kCheckCloses = {CheckClose::fin, CheckClose::reset};

RawPort parse_port(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "a port", {"name", "address", "gateway", "mtu"}, problems);
  map.require("name", "port0");
  map.require("address", "192.0.2.1/24");
  return {map.place(), map.name("name"), map.prefix("address"), map.address("gateway"),
          map.number("mtu", kMinMtu, kMaxMtu)};
}

RawNeighbor parse_neighbor(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "a neighbor", {"address", "mac"}, problems);
  map.require("address", "10.0.0.1");
  map.require("mac", "02:00:00:00:00:01");
  return {map.place(), map.address("address"), map.mac("mac")};
}

RawVip parse_vip(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "a VIP", {"address", "unserved"}, problems);
  map.require("address", "192.0.2.100");
  map.require("unserved", "drop");
  return {map.place(), map.address("address"), map.choice("unserved", kUnserved)};
}

void parse_times(const YamlMap& map, RawCheck& check) {
  check.interval = map.duration("interval");
  check.timeout = map.duration("timeout");
  check.rise = map.number("rise", 1, 100);
  check.fall = map.number("fall", 1, 100);
  check.close = map.choice("close", kCheckCloses);
}

RawCheck parse_check(const YAML::Node& node, Problems& problems) {
  RawCheck check;
  if (node.IsScalar() && node.Scalar() == "none") {  // short for {type: none}
    check.type = {CheckType::none, place_of(node), true, true};
    return check;
  }
  YamlMap map(node, "a check", {"type", "port", "interval", "timeout", "rise", "fall", "close"},
              problems);
  check.type = map.choice("type", kCheckTypes);
  check.port = map.number("port", 1, 65535);
  parse_times(map, check);
  return check;
}

RawBackend parse_backend(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "a backend", {"name", "address", "port", "weight", "via", "drain"}, problems);
  map.require("name", "be1");
  map.require("address", "10.1.0.11");
  return {map.place(),
          map.name("name"),
          map.address("address"),
          map.number("port", 1, 65535),
          map.number("weight", 0, kMaxWeight),
          map.address("via"),
          map.flag("drain")};
}

void parse_connections(const YamlMap& map, RawService& service, Problems& problems) {
  service.connections = map.flag("connections");
  service.on_backend_down = map.choice("on_backend_down", kOnBackendDown);
  service.on_backend_removed = map.choice("on_backend_removed", kOnBackendDown);
  service.when_table_full = map.choice("when_table_full", kWhenTableFull);
  service.persistence = map.seconds("persistence", std::chrono::seconds(0), kLongestTimeout);
  service.slow_start = map.duration("slow_start");
  const YAML::Node* node = map.find("timeouts");
  if (node == nullptr) return;
  YamlMap timeouts(*node, "timeouts", {"opening", "established", "half_closed", "closed"},
                   problems);
  service.timeouts_given = true;
  service.timeouts_place = timeouts.place();
  const auto timeout = [&](const char* key) {
    return timeouts.seconds(key, kLeastTimeout, kLongestTimeout);
  };
  service.timeouts = {timeout("opening"), timeout("established"), timeout("half_closed"),
                      timeout("closed")};
}

void parse_client_ports(const YamlMap& map, RawService& service, Problems& problems) {
  const YAML::Node* node = map.find("client_ports");
  if (node == nullptr) return;
  service.client_ports_given = true;
  service.client_ports_place = place_of(*node);
  map.list("client_ports", [&](const YAML::Node& element) {
    if (service.client_ports.size() > layout::kPorts) return;
    Field<std::string> field{"", place_of(element), true, element.IsScalar()};
    if (field.good) {
      field.value = element.Scalar();
    } else {
      problems.add(field.place, "an element of 'client_ports' is no name of a port",
                   "list names: '[outside]'");
    }
    service.client_ports.push_back(std::move(field));
  });
  if (!node->IsSequence()) service.client_ports_given = false;  // reported
}

// `room`: backends that are still read. An alias makes many of one, so what is beyond the card's
// limits, and reported as such, must not be read at all.
RawService parse_service(const YAML::Node& node, std::size_t& room, Problems& problems) {
  YamlMap map(node, "a service",
              {"name",
               "vip",
               "port",
               "protocol",
               "mode",
               "scheduler",
               "hash",
               "ring_slots",
               "clients_via",
               "client_ports",
               "check",
               "panic_threshold",
               "connections",
               "timeouts",
               "on_backend_down",
               "on_backend_removed",
               "when_table_full",
               "persistence",
               "slow_start",
               "backends"},
              problems);
  map.require("name", "web");
  map.require("vip", "192.0.2.100");
  map.require("port", "80");
  map.require("mode", "dnat");
  map.require("backends", "[]");
  RawService service;
  service.place = map.place();
  service.name = map.name("name");
  service.vip = map.address("vip");
  service.port = map.number("port", 1, 65535);
  service.protocol = map.choice("protocol", kProtocols);
  service.mode = map.choice("mode", kModes);
  service.scheduler = map.choice("scheduler", kSchedulers, kSchedulerAliases);
  service.hash = map.choice("hash", kHashKinds);
  service.ring_slots = map.number("ring_slots", 2, layout::kMaxRingSlots);
  service.clients_via = map.address("clients_via");
  parse_client_ports(map, service, problems);
  if (const YAML::Node* check = map.find("check")) service.check = parse_check(*check, problems);
  service.panic_threshold_pct = map.percent_or_off("panic_threshold");
  parse_connections(map, service, problems);
  if (room == 0) return service;
  map.list("backends", [&](const YAML::Node& element) {
    if (room == 0) return;
    --room;
    service.backends.push_back(parse_backend(element, problems));
  });
  return service;
}

RawConfig parse_document(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "the configuration",
              {"version", "mac", "ports", "neighbors", "tunnel_source", "hash_seed", "ring_slots",
               "health", "drop_martians", "unserved", "vips", "services"},
              problems);
  map.require("version", "1");
  map.require("ports", "[{name: port0, address: 192.0.2.1/24}]");
  map.require("services", "[]");
  map.number("version", 1, 1);
  RawConfig config;
  config.place = map.place();
  config.mac = map.mac("mac");
  config.tunnel_source = map.address("tunnel_source");
  config.hash_seed = map.text("hash_seed");
  config.ring_slots = map.number("ring_slots", 2, layout::kMaxRingSlots);
  map.list("ports", [&](const YAML::Node& element) {
    config.ports.push_back(parse_port(element, problems));
  });
  map.list("neighbors", [&](const YAML::Node& element) {
    config.neighbors.push_back(parse_neighbor(element, problems));
  });
  if (const YAML::Node* health = map.find("health")) {
    YamlMap defaults(*health, "health",
                     {"interval", "timeout", "rise", "fall", "close", "panic_threshold"}, problems);
    parse_times(defaults, config.health);
    config.panic_threshold_pct = defaults.percent_or_off("panic_threshold");
  }
  config.drop_martians = map.flag("drop_martians");
  config.unserved = map.choice("unserved", kUnserved);
  map.list("vips", [&](const YAML::Node& element) {
    if (config.vips.size() > layout::kServices) return;
    config.vips.push_back(parse_vip(element, problems));
  });
  std::size_t room = layout::kBackends + 1;
  map.list("services", [&](const YAML::Node& element) {
    if (config.services.size() > layout::kServices) return;
    config.services.push_back(parse_service(element, room, problems));
  });
  return config;
}

// Bytes of the UTF-8 character that `text` begins with (RFC 3629); 0 if it is none.
std::size_t utf8_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool beyond = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return overlong || beyond ? 0 : bytes;
}

// Reports the first byte that no YAML text has (YAML 1.2, section 5.1), so that the parser need not
// guess at encodings.
bool is_text(std::string_view text, Problems& problems) {
  Place place;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
    const std::size_t bytes = utf8_bytes(text.substr(at));
    if (control || bytes == 0) {
      problems.add(place, "the file is not text: byte " + std::to_string(byte),
                   "write the configuration as UTF-8 text");
      return false;
    }
    place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
    at += bytes;
  }
  return true;
}

}  // namespace

RawConfig parse_config(std::string_view text, Problems& problems) {
  if (text.size() > kMaxTextBytes) {
    problems.add({}, "the file is larger than 8 MiB", "is it a configuration?");
    return {};
  }
  if (!is_text(text, problems)) return {};
  try {
    const std::string copy(text);
    if (const auto second = second_document(copy)) {
      if (std::string_view(",]}").find(second->first) != std::string_view::npos) {
        problems.add(second->place, std::string("not YAML: a stray '") + second->first + "'",
                     "mind indentation, quotes and brackets here");
        return {};
      }
      problems.add(second->place, "the file has more than one document",
                   "remove the line '---' and what follows it");
    }
    const YAML::Node document = YAML::Load(copy);
    if (document.IsNull()) {
      problems.add({}, "the file is empty", "begin with 'version: 1'");
      return {};
    }
    return parse_document(document, problems);
  } catch (const YAML::Exception& error) {
    const Place place = error.mark.is_null() ? Place{}
                                             : Place{static_cast<unsigned>(error.mark.line) + 1,
                                                     static_cast<unsigned>(error.mark.column) + 1};
    problems.add(place, "not YAML: " + error.msg, "mind indentation, quotes and brackets here");
    return {};
  }
}

}  // namespace sluice::model
