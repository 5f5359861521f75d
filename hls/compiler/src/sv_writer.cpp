#include "sv_writer.hpp"

#include <algorithm>
#include <cctype>

namespace hlsc {

std::string range(int width) { return width == 1 ? "" : "[" + std::to_string(width - 1) + ":0] "; }

SvWriter::SvWriter(const Design& design, const Schedule& schedule) : d_(design), s_(schedule) {
  for (int n = 0; n < d_.graph.size(); ++n) names_.push_back(make_name(n));
  positions_.resize(names_.size());
}

std::string SvWriter::port_prefix(int n) const {
  const Node& node = d_.graph.node(n);
  const size_t r = static_cast<size_t>(node.resource);
  if (node.op == Op::kStateRead) {
    return d_.parameters[static_cast<size_t>(d_.states[r].parameter)].name + "_r0";
  }
  const TablePort& t = d_.ports[r];
  return d_.parameters[static_cast<size_t>(t.parameter)].name + "_r" + std::to_string(t.index);
}

// Ports end in _i or _o, all else in the node's number, so no two signals have one name, whatever
// the C++ names are.
std::string SvWriter::make_name(int n) const {
  const Node& node = d_.graph.node(n);
  if (node.op == Op::kInput) return d_.parameters[static_cast<size_t>(node.resource)].name + "_i";
  if (node.op == Op::kTableRead) return port_prefix(n) + "_data_i";
  if (node.op == Op::kStateRead) return port_prefix(n) + "_fwd";
  if (node.op == Op::kRegister) {
    const std::string& name = d_.registers[static_cast<size_t>(node.resource)].name;
    return name + "_" + std::to_string(n) + "_q";
  }
  std::string name = "n";
  if (node.origin.name >= 0) {
    name.clear();
    for (char c : d_.names[static_cast<size_t>(node.origin.name)]) {
      name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    }
    name += "_";
  }
  return name + std::to_string(n);
}

std::string SvWriter::signal(int n, int stage) const {
  const size_t k = static_cast<size_t>(n);
  const Node& node = d_.graph.node(n);
  if (s_.stable[k]) return node.op == Op::kInput ? names_[k] : names_[k] + "_q";
  if (stage == s_.available(node, n)) return names_[k];
  return names_[k] + "_s" + std::to_string(stage);
}

std::pair<int, int> SvWriter::carried_position(int n, int index, int stage) const {
  const size_t k = static_cast<size_t>(n);
  for (const auto& [at, position] : positions_[k]) {
    if (at == stage) return {position[static_cast<size_t>(index)], position.back()};
  }
  std::vector<int> position;
  int count = 0;
  for (int last : s_.last_use[k]) {
    position.push_back(count);
    count += last >= stage;
  }
  position.push_back(count);
  positions_[k].push_back({stage, position});
  return {position[static_cast<size_t>(index)], count};
}

SvWriter::Wire SvWriter::wire(const Bit& b, int stage) const {
  const size_t k = static_cast<size_t>(b.node);
  const Node& node = d_.graph.node(b.node);
  if (s_.stable[k] || stage == s_.available(node, b.node)) {
    return {signal(b.node, stage), b.index, node.width, b.inverted};
  }
  const auto [index, width] = carried_position(b.node, b.index, stage);
  return {signal(b.node, stage), index, width, b.inverted};
}

// A concatenation, highest bit first, with runs of one signal, of constants and of copies joined.
std::string SvWriter::join(const std::vector<Wire>& wires, const Bits& v) {
  std::vector<std::string> parts;
  size_t i = v.size();
  while (i > 0) {
    const size_t top = i - 1;
    if (v[top].is_constant()) {
      std::string digits;
      while (i > 0 && v[i - 1].is_constant()) digits += v[--i].inverted ? '1' : '0';
      const bool uniform = digits.find(digits[0] == '0' ? '1' : '0') == std::string::npos;
      const std::string size = std::to_string(digits.size());
      if (uniform && digits.size() > 8) {
        parts.push_back("{" + size + "{1'b" + digits[0] + "}}");
      } else {
        parts.push_back(size + "'b" + digits);
      }
      continue;
    }
    const Wire& w = wires[top];
    size_t count = 1;
    auto same = [&](size_t k, int index) {
      return !v[k].is_constant() && wires[k].name == w.name && wires[k].inverted == w.inverted &&
             wires[k].index == index;
    };
    const std::string sign = w.inverted ? "~" : "";
    while (count <= top && same(top - count, w.index)) ++count;
    if (count > 1) {
      const std::string bit = w.width == 1 ? w.name : w.name + "[" + std::to_string(w.index) + "]";
      parts.push_back("{" + std::to_string(count) + "{" + sign + bit + "}}");
      i -= count;
      continue;
    }
    while (count <= top && same(top - count, w.index - static_cast<int>(count))) ++count;
    const int low = w.index - static_cast<int>(count) + 1;
    i -= count;
    if (static_cast<int>(count) == w.width) {
      parts.push_back(sign + w.name);
    } else if (count == 1) {
      parts.push_back(sign + w.name + "[" + std::to_string(low) + "]");
    } else {
      parts.push_back(sign + w.name + "[" + std::to_string(w.index) + ":" + std::to_string(low) +
                      "]");
    }
  }
  if (parts.size() == 1) return parts[0];
  std::string r = "{";
  for (size_t k = 0; k < parts.size(); ++k) r += (k ? ", " : "") + parts[k];
  return r + "}";
}

std::string SvWriter::ref(const Bits& v, int stage) const {
  std::vector<Wire> wires;
  for (const Bit& b : v) wires.push_back(b.is_constant() ? Wire{} : wire(b, stage));
  return join(wires, v);
}

std::string SvWriter::ref_base(const Bits& v) const {
  std::vector<Wire> wires;
  for (const Bit& b : v) {
    wires.push_back({name_of(b.node), b.index, d_.graph.node(b.node).width, b.inverted});
  }
  return join(wires, v);
}

std::string SvWriter::valid(int stage) const {
  if (stage == 0) return "in_valid_i";
  if (s_.stages == 1) return "valid_q";
  return "valid_q[" + std::to_string(stage - 1) + "]";
}

std::string SvWriter::comment(const Node& node) const {
  if (node.origin.line == 0 || d_.files.empty()) return "";
  const std::string& file = d_.files[static_cast<size_t>(node.origin.file)];
  const size_t slash = file.rfind('/');
  return "  // " + file.substr(slash == std::string::npos ? 0 : slash + 1) + ":" +
         std::to_string(node.origin.line);
}

void SvWriter::declare(int width, const std::string& name) {
  out_ += "  logic " + range(width) + name + ";\n";
}

}  // namespace hlsc
