#include <algorithm>

#include "emit.hpp"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace hlsc {

namespace {

namespace json = llvm::json;

const char* kind_name(ParameterKind kind) {
  static const char* const kNames[] = {"input", "output", "table", "state"};
  return kNames[static_cast<int>(kind)];
}

int deepest(const Schedule& s) {
  return s.stage_levels.empty() ? 0
                                : *std::max_element(s.stage_levels.begin(), s.stage_levels.end());
}

// Every value of a parameter with its place, struct members and array elements by path.
void leaves(const Field& f, const std::string& path, int offset, json::Array* list) {
  for (int k = 0; k < std::max(1, f.count); ++k) {
    const int at = offset + k * f.stride;
    const std::string name = f.count ? path + "[" + std::to_string(k) + "]" : path;
    for (const Field& part : f.fields) {
      leaves(part, name.empty() ? part.name : name + "." + part.name, at + part.offset, list);
    }
    if (f.fields.empty()) {
      list->push_back(json::Object{{"name", name}, {"offset", at}, {"bits", f.width}});
    }
  }
}

json::Array parameters(const Design& d) {
  json::Array list;
  for (const Parameter& p : d.parameters) {
    json::Object o{{"name", p.name}, {"kind", kind_name(p.kind)}, {"bits", p.width}};
    if (p.kind == ParameterKind::kInput) o["stable"] = p.stable;
    if (p.kind == ParameterKind::kTable || p.kind == ParameterKind::kState) {
      o["entries"] = static_cast<int64_t>(p.entries);
      o["address_bits"] = p.address_width;
      o["latency"] = p.latency;
    }
    json::Array fields;
    leaves(p.type, "", 0, &fields);
    o["fields"] = std::move(fields);
    list.push_back(std::move(o));
  }
  return list;
}

struct PortRow {
  std::string table, name, kind;
  int address_bits, data_bits, used_bits, stage, latency;
};

std::vector<PortRow> port_rows(const Design& d, const Schedule& s) {
  std::vector<PortRow> rows;
  auto add = [&](int parameter, int index, int node, const char* kind) {
    const Parameter& p = d.parameters[static_cast<size_t>(parameter)];
    if (node < 0) return;
    const std::vector<char>& live = s.live[static_cast<size_t>(node)];
    const int used = static_cast<int>(std::count(live.begin(), live.end(), 1));
    rows.push_back({p.name, p.name + "_r" + std::to_string(index), kind, p.address_width, p.width,
                    used, s.stage[static_cast<size_t>(node)], p.latency});
  };
  for (const TablePort& t : d.ports) add(t.parameter, t.index, t.node, "read");
  for (const StateAccess& a : d.states)
    add(a.parameter, 0, a.read, a.write < 0 ? "read" : "read-write");
  return rows;
}

}  // namespace

std::vector<ScopeRange> scope_ranges(const Design& d, const Schedule& s) {
  std::vector<ScopeRange> ranges(d.scopes.size());
  for (size_t i = 0; i < ranges.size(); ++i) ranges[i].function = d.scopes[i];
  for (int n = 0; n < d.graph.size(); ++n) {
    const int stage = s.stage[static_cast<size_t>(n)];
    const Node& node = d.graph.node(n);
    if (stage == kDead || node.op == Op::kInput || s.stable[static_cast<size_t>(n)]) continue;
    ScopeRange& r = ranges[static_cast<size_t>(node.origin.scope)];
    r.first = r.first < 0 ? stage : std::min(r.first, stage);
    r.last = std::max(r.last, stage);
  }
  ranges.erase(
      std::remove_if(ranges.begin(), ranges.end(), [](const ScopeRange& r) { return r.first < 0; }),
      ranges.end());
  std::stable_sort(ranges.begin(), ranges.end(), [](const ScopeRange& a, const ScopeRange& b) {
    return a.first != b.first ? a.first < b.first : a.last < b.last;
  });
  return ranges;
}

std::string scopes_in_stage(const Design& d, const Schedule& s, int stage) {
  std::vector<char> here(d.scopes.size(), 0);
  for (int n = 0; n < d.graph.size(); ++n) {
    const Node& node = d.graph.node(n);
    if (s.stage[static_cast<size_t>(n)] == stage && node.op != Op::kInput) {
      here[static_cast<size_t>(node.origin.scope)] = 1;
    }
  }
  std::string r;
  for (const ScopeRange& range : scope_ranges(d, s)) {
    const auto at = std::find(d.scopes.begin(), d.scopes.end(), range.function) - d.scopes.begin();
    if (here[static_cast<size_t>(at)]) r += (r.empty() ? "" : ", ") + range.function;
  }
  return r;
}

std::string report_json(const Design& d, const Schedule& s, int target_levels) {
  json::Array stages, ports, functions, registers;
  for (int i = 0; i < s.stages; ++i) {
    const size_t k = static_cast<size_t>(i);
    stages.push_back(json::Object{{"stage", i},
                                  {"levels", s.stage_levels[k]},
                                  {"register_bits", static_cast<int64_t>(s.stage_register_bits[k])},
                                  {"functions", scopes_in_stage(d, s, i)}});
  }
  for (const PortRow& r : port_rows(d, s)) {
    ports.push_back(json::Object{{"table", r.table},
                                 {"name", r.name},
                                 {"kind", r.kind},
                                 {"address_bits", r.address_bits},
                                 {"data_bits", r.data_bits},
                                 {"used_bits", r.used_bits},
                                 {"stage", r.stage},
                                 {"latency", r.latency}});
  }
  for (const ScopeRange& r : scope_ranges(d, s)) {
    functions.push_back(
        json::Object{{"function", r.function}, {"first_stage", r.first}, {"last_stage", r.last}});
  }
  for (const StaticRegister& r : d.registers) {
    registers.push_back(
        json::Object{{"name", r.name}, {"bits", static_cast<int64_t>(r.initial.size())}});
  }
  json::Object report{{"module", d.module},
                      {"top", d.top_function},
                      {"qualified_top", d.qualified_top},
                      {"target_levels", target_levels},
                      {"stages", s.stages},
                      {"latency_cycles", s.latency()},
                      {"settle_cycles", s.settle_cycles},
                      {"levels", deepest(s)},
                      {"register_bits", static_cast<int64_t>(s.register_bits)},
                      {"result_bits", static_cast<int64_t>(d.result.size())},
                      {"parameters", parameters(d)},
                      {"table_ports", std::move(ports)},
                      {"static_registers", std::move(registers)},
                      {"functions", std::move(functions)},
                      {"stage_list", std::move(stages)}};
  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::formatv("{0:2}", json::Value(std::move(report))) << "\n";
  return text;
}

std::string report_text(const Design& d, const Schedule& s, int target_levels) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "module " << d.module << ": " << s.stages << " stages, latency " << s.latency()
      << " cycles, one packet a cycle\n";
  out << "LUT levels: " << deepest(s) << " estimated, target " << target_levels
      << "; pipeline registers: " << s.register_bits << " bits\n\nfunctions\n";
  for (const ScopeRange& r : scope_ranges(d, s)) {
    out << llvm::formatv("  {0,-24} stages {1} to {2}\n", r.function, r.first, r.last);
  }
  if (s.settle_cycles > 0) {
    out << "\nstable inputs must stand still " << s.settle_cycles << " cycles before a packet\n";
  }
  const std::vector<PortRow> rows = port_rows(d, s);
  if (!rows.empty()) out << "\ntable ports               address  data  used  stage  latency\n";
  for (const PortRow& r : rows) {
    out << llvm::formatv("  {0,-24}{1,7} {2,5} {3,5} {4,6} {5,8}\n", r.name, r.address_bits,
                         r.data_bits, r.used_bits, r.stage, r.latency);
  }
  out << "\nstage  levels  register bits  functions\n";
  for (int i = 0; i < s.stages; ++i) {
    const size_t k = static_cast<size_t>(i);
    out << llvm::formatv("{0,5} {1,7} {2,14}  {3}\n", i, s.stage_levels[k],
                         s.stage_register_bits[k], scopes_in_stage(d, s, i));
  }
  return text;
}

}  // namespace hlsc
