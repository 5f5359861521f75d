// Everything the back end needs to know about one kernel: its interface and its graph.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diagnostics.hpp"
#include "graph.hpp"

namespace hlsc {

// One field of a struct as the debug information shows it. Leaves have no fields of their own.
struct Field {
  std::string name;
  std::string type;  // C++ name of a struct type, else empty
  int offset = 0;    // bits from the start of the enclosing struct
  int width = 0;     // bits of one element
  int count = 0;     // elements of an array, 0 for a single value
  int stride = 0;    // bits from one element to the next
  std::vector<Field> fields;
};

enum class ParameterKind { kInput, kOutput, kTable, kState };

struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::kInput;
  bool is_struct = false;
  bool by_value = false;
  bool stable = false;
  int latency = 2;       // tables and states: cycles from address to data
  int width = 0;         // bits of the value or of one entry
  uint64_t entries = 0;  // tables and states
  int address_width = 0;
  Field type;  // of the value or of one entry
  Place place;
};

struct TablePort {
  int parameter;
  int index;  // k of <table>_r<k>
  int node;   // -1 once nothing reads it
};

struct StateAccess {
  int parameter;
  int read = -1;   // node
  int write = -1;  // node, -1: never written
};

struct StaticRegister {
  std::string name;
  Bits initial;
  int read = -1;
  int write = -1;
};

struct Design {
  std::string module;
  std::vector<Parameter> parameters;
  std::string top_function;   // plain name
  std::string qualified_top;  // with namespaces
  Graph graph;
  std::vector<int> input_node;  // by parameter; -1 if none
  std::vector<Bits> output;     // by parameter; empty if not an output
  Bits result;                  // return value, if any
  std::vector<TablePort> ports;
  std::vector<StateAccess> states;
  std::vector<StaticRegister> registers;
  std::vector<std::string> scopes;  // [0] is the top itself
  std::vector<std::string> files;
  std::vector<std::string> names;

  Place place_of(int node) const {
    const Origin& o = graph.node(node).origin;
    return {files.empty() ? "" : files[static_cast<size_t>(o.file)], o.line, o.column};
  }
};

}  // namespace hlsc
