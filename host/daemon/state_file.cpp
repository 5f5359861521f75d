#include "daemon/state_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/fd.hpp"
#include "base/files.hpp"

namespace sluice::daemon {
namespace {

using Json = nlohmann::json;
constexpr int kFormat = 1;
constexpr std::size_t kMaxExplanationBytes = 200;

base::Error system_error(const std::string& path, const char* what) {
  return {errno == ENOENT ? base::Errc::not_found : base::Errc::io,
          std::string(what) + ": " + std::strerror(errno), path};
}

Json json_of(const model::ServiceId& id) {
  return Json::array({id.vip.value, id.port, static_cast<int>(id.protocol)});
}

Json json_of(const model::BackendId& id) {
  return Json::array({json_of(id.service), id.address.value, id.port});
}

Json json_of(const std::map<std::uint16_t, layout::FlowCounters>& baselines) {
  Json result = Json::array();
  for (const auto& [index, c] : baselines) {
    result.push_back({index, c.in_packets, c.in_bytes, c.out_packets, c.out_bytes});
  }
  return result;
}

model::ServiceId service_id(const Json& json) {
  const auto protocol = json.at(2).get<int>();
  if (protocol != 6 && protocol != 17) throw std::out_of_range("protocol");
  return {{json.at(0).get<std::uint32_t>()},
          json.at(1).get<std::uint16_t>(),
          static_cast<model::Protocol>(protocol)};
}

model::BackendId backend_id(const Json& json) {
  return {
      service_id(json.at(0)), {json.at(1).get<std::uint32_t>()}, json.at(2).get<std::uint16_t>()};
}

std::map<std::uint16_t, layout::FlowCounters> baselines_of(const Json& json, unsigned limit) {
  std::map<std::uint16_t, layout::FlowCounters> result;
  for (const Json& row : json) {
    layout::FlowCounters c{};
    c.in_packets = row.at(1).get<std::uint64_t>();
    c.in_bytes = row.at(2).get<std::uint64_t>();
    c.out_packets = row.at(3).get<std::uint64_t>();
    c.out_bytes = row.at(4).get<std::uint64_t>();
    const auto index = row.at(0).get<std::uint16_t>();
    if (index >= limit) throw std::out_of_range("index");
    result[index] = c;
  }
  return result;
}

Json json_of(const model::Assignment& assignment) {
  Json services = Json::array();
  for (const auto& [id, index] : assignment.services) services.push_back({json_of(id), index});
  Json backends = Json::array();
  for (const auto& [id, index] : assignment.backends) backends.push_back({json_of(id), index});
  return {{"services", std::move(services)},
          {"backends", std::move(backends)},
          {"next_service", assignment.next_service},
          {"next_backend", assignment.next_backend}};
}

model::Assignment assignment_of(const Json& json) {
  model::Assignment result;
  for (const Json& row : json.at("services")) {
    const auto index = row.at(1).get<std::uint16_t>();
    if (index >= layout::kServices) throw std::out_of_range("service index");
    result.services[service_id(row.at(0))] = index;
  }
  for (const Json& row : json.at("backends")) {
    const auto index = row.at(1).get<std::uint16_t>();
    if (index >= layout::kBackends) throw std::out_of_range("backend index");
    result.backends[backend_id(row.at(0))] = index;
  }
  result.next_service = json.at("next_service").get<std::uint16_t>();
  result.next_backend = json.at("next_backend").get<std::uint16_t>();
  return result;
}

std::int64_t unix_ms(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Json json_of(const TablesMemory& memory) {
  Json health = Json::array();
  for (const auto& [id, state] : memory.health) {
    health.push_back({json_of(id), state.up, state.reason});
  }
  Json panics = Json::array();
  for (const auto& id : memory.panics) panics.push_back(json_of(id));
  Json since = Json::array();
  for (const auto& [id, time] : memory.since) since.push_back({json_of(id), unix_ms(time)});
  Json warming = Json::array();
  for (const auto& [id, time] : memory.warming) warming.push_back({json_of(id), unix_ms(time)});
  Json leaving = Json::array();
  for (const auto& [id, backend] : memory.leaving) {
    leaving.push_back({json_of(id), backend.name, backend.next_hop.value, backend.egress_port});
  }
  Json neighbors = Json::array();
  for (const auto& [address, mac] : memory.neighbors) {
    neighbors.push_back({address.value, mac.value});
  }
  return {{"assignment", json_of(memory.assignment)},
          {"health", std::move(health)},
          {"panics", std::move(panics)},
          {"since_unix_ms", std::move(since)},
          {"slow_starts_unix_ms", std::move(warming)},
          {"leaving", std::move(leaving)},
          {"neighbors", std::move(neighbors)},
          {"service_baselines", json_of(memory.baselines.services)},
          {"backend_baselines", json_of(memory.baselines.backends)}};
}

TablesMemory memory_of(const Json& json) {
  TablesMemory memory;
  memory.assignment = assignment_of(json.at("assignment"));
  for (const Json& row : json.at("health")) {
    memory.health[backend_id(row.at(0))] = {row.at(1).get<bool>(), row.at(2).get<std::string>()};
  }
  for (const Json& row : json.at("since_unix_ms")) {
    memory.since[backend_id(row.at(0))] =
        WallTime(std::chrono::milliseconds(row.at(1).get<std::int64_t>()));
  }
  // Files of older programs have none.
  for (const Json& row : json.value("panics", Json::array())) {
    memory.panics.insert(service_id(row));
  }
  for (const Json& row : json.value("slow_starts_unix_ms", Json::array())) {
    memory.warming[backend_id(row.at(0))] =
        WallTime(std::chrono::milliseconds(row.at(1).get<std::int64_t>()));
  }
  for (const Json& row : json.value("leaving", Json::array())) {
    const model::BackendId id = backend_id(row.at(0));
    model::BackendConfig backend;
    backend.name = row.at(1).get<std::string>();
    backend.address = id.address;
    backend.port = id.port;
    backend.next_hop = {row.at(2).get<std::uint32_t>()};
    backend.egress_port = row.at(3).get<unsigned>();
    memory.leaving[id] = std::move(backend);
  }
  for (const Json& row : json.at("neighbors")) {
    memory.neighbors[{row.at(0).get<std::uint32_t>()}] = {row.at(1).get<std::uint64_t>()};
  }
  memory.baselines.services = baselines_of(json.at("service_baselines"), layout::kServices);
  memory.baselines.backends = baselines_of(json.at("backend_baselines"), layout::kBackends);
  return memory;
}

void shift(TablesMemory& memory, std::chrono::milliseconds by) {
  for (auto* times : {&memory.since, &memory.warming}) {
    for (auto& [id, time] : *times) time += by;
  }
}

}  // namespace

std::string to_json(const SavedState& state, const WallAnchor& anchor) {
  return Json{{"format", kFormat},
              {"config_text", state.config_text},
              {"config_file", state.config_file},
              {"config_id", state.config_id},
              {"start_file_id", state.start_file_id},
              {"boot_id", anchor.boot_id},
              {"wall_minus_boot_ms", anchor.offset.count()},
              {"memory", json_of(state.memory)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<SavedState> from_json(const std::string& text, const WallAnchor& anchor) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<int>() != kFormat) throw std::out_of_range("unknown format");
    SavedState state;
    state.config_text = json.at("config_text").get<std::string>();
    state.config_file = json.at("config_file").get<std::string>();
    state.config_id = json.at("config_id").get<std::uint64_t>();
    state.start_file_id = json.at("start_file_id").get<std::uint64_t>();
    state.memory = memory_of(json.at("memory"));
    // Files of older programs have none.
    const WallAnchor saved{json.value("boot_id", ""), std::chrono::milliseconds(json.value(
                                                          "wall_minus_boot_ms", std::int64_t{0}))};
    shift(state.memory, shift_from(saved, anchor));
    return state;
  } catch (const std::exception& exception) {
    // The parser quotes what it met, which may be the whole file.
    return base::Error{base::Errc::invalid,
                       std::string(exception.what()).substr(0, kMaxExplanationBytes), ""};
  }
}

base::Result<void> save(const std::string& path, const SavedState& state) {
  return base::replace_file(path, to_json(state), base::Durable::yes);
}

base::Result<SavedState> load(const std::string& path) {
  const auto text = read_file(path, kMaxStateBytes);
  if (!text) return text.error();
  auto state = from_json(*text);
  if (!state) return base::Error{state.error().code, state.error().what, path};
  return state;
}

base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(path, "open");
  std::string text;
  char buffer[65536];
  while (true) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, "read");
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > max_bytes) {
      return base::Error{base::Errc::exhausted,
                         "longer than " + std::to_string(max_bytes) + " bytes", path};
    }
  }
}

std::uint64_t text_id(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash == 0 ? 1 : hash;
}

}  // namespace sluice::daemon
