// The mappings of the configuration file and their keys, one function a mapping.
#include "layout/capacity.hpp"
#include "yaml_map.hpp"

namespace sluice::model {
namespace {

constexpr std::size_t kMaxTextBytes = 8u << 20;
constexpr unsigned kMinMtu = 576;
constexpr unsigned kMaxMtu = layout::kMaxFrameBytes - 18;  // Ethernet header with a tag

const std::vector<Protocol> kProtocols = {Protocol::tcp, Protocol::udp};
const std::vector<Mode> kModes = {Mode::dnat, Mode::dsr, Mode::ipip};
const std::vector<Scheduler> kSchedulers = {Scheduler::maglev};
const std::vector<HashKind> kHashKinds = {HashKind::tuple, HashKind::source};
const std::vector<CheckType> kCheckTypes = {CheckType::none, CheckType::tcp};

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

void parse_times(const YamlMap& map, RawCheck& check) {
  check.interval = map.duration("interval");
  check.timeout = map.duration("timeout");
  check.rise = map.number("rise", 1, 100);
  check.fall = map.number("fall", 1, 100);
}

RawCheck parse_check(const YAML::Node& node, Problems& problems) {
  RawCheck check;
  if (node.IsScalar() && node.Scalar() == "none") {  // short for {type: none}
    check.type = {CheckType::none, place_of(node), true, true};
    return check;
  }
  YamlMap map(node, "a check", {"type", "port", "interval", "timeout", "rise", "fall"}, problems);
  check.type = map.choice("type", kCheckTypes);
  check.port = map.number("port", 1, 65535);
  parse_times(map, check);
  return check;
}

RawBackend parse_backend(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "a backend", {"name", "address", "port", "weight", "via"}, problems);
  map.require("name", "be1");
  map.require("address", "10.1.0.11");
  return {map.place(),
          map.name("name"),
          map.address("address"),
          map.number("port", 1, 65535),
          map.number("weight", 0, kMaxWeight),
          map.address("via")};
}

RawService parse_service(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "a service",
              {"name", "vip", "port", "protocol", "mode", "scheduler", "hash", "ring_slots",
               "clients_via", "check", "backends"},
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
  service.scheduler = map.choice("scheduler", kSchedulers);
  service.hash = map.choice("hash", kHashKinds);
  service.ring_slots = map.number("ring_slots", 2, layout::kMaxRingSlots);
  service.clients_via = map.address("clients_via");
  if (const YAML::Node* check = map.find("check")) service.check = parse_check(*check, problems);
  map.list("backends", [&](const YAML::Node& element) {
    service.backends.push_back(parse_backend(element, problems));
  });
  return service;
}

RawConfig parse_document(const YAML::Node& node, Problems& problems) {
  YamlMap map(node, "the configuration",
              {"version", "mac", "ports", "neighbors", "tunnel_source", "hash_seed", "ring_slots",
               "health", "services"},
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
    YamlMap times(*health, "health", {"interval", "timeout", "rise", "fall"}, problems);
    parse_times(times, config.health);
  }
  map.list("services", [&](const YAML::Node& element) {
    config.services.push_back(parse_service(element, problems));
  });
  return config;
}

// Reports the first byte that no YAML text has (YAML 1.2, section 5.1), so that the parser need not
// guess at encodings.
bool is_text(std::string_view text, Problems& problems) {
  Place place;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
    if (control || byte >= 0xfe) {
      problems.add(place, "the file is not text: byte " + std::to_string(byte),
                   "write the configuration as UTF-8 text");
      return false;
    }
    place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
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
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty() || documents[0].IsNull()) {
      problems.add({}, "the file is empty", "begin with 'version: 1'");
      return {};
    }
    if (documents.size() > 1) {
      problems.add(place_of(documents[1]), "the file has more than one document",
                   "remove the line '---' and what follows it");
    }
    return parse_document(documents[0], problems);
  } catch (const YAML::Exception& error) {
    const Place place = error.mark.is_null() ? Place{}
                                             : Place{static_cast<unsigned>(error.mark.line) + 1,
                                                     static_cast<unsigned>(error.mark.column) + 1};
    problems.add(place, "not YAML: " + error.msg, "mind indentation, quotes and brackets here");
    return {};
  }
}

}  // namespace sluice::model
