// Writes the package: packed structs with the C++ field names, widths, and the latency.
#include <algorithm>
#include <set>

#include "emit.hpp"
#include "sv_writer.hpp"

namespace hlsc {

namespace {

std::string upper(std::string s) {
  std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return std::toupper(c); });
  return s;
}

bool is_keyword(const std::string& s) {
  static const std::set<std::string> kWords = {"accept_on",
                                               "alias",
                                               "always",
                                               "always_comb",
                                               "always_ff",
                                               "always_latch",
                                               "and",
                                               "assert",
                                               "assign",
                                               "assume",
                                               "automatic",
                                               "before",
                                               "begin",
                                               "bind",
                                               "bins",
                                               "binsof",
                                               "bit",
                                               "break",
                                               "buf",
                                               "bufif0",
                                               "bufif1",
                                               "byte",
                                               "case",
                                               "casex",
                                               "casez",
                                               "cell",
                                               "chandle",
                                               "checker",
                                               "class",
                                               "clocking",
                                               "cmos",
                                               "config",
                                               "const",
                                               "constraint",
                                               "context",
                                               "continue",
                                               "cover",
                                               "covergroup",
                                               "coverpoint",
                                               "cross",
                                               "deassign",
                                               "default",
                                               "defparam",
                                               "design",
                                               "disable",
                                               "dist",
                                               "do",
                                               "edge",
                                               "else",
                                               "end",
                                               "endcase",
                                               "endchecker",
                                               "endclass",
                                               "endclocking",
                                               "endconfig",
                                               "endfunction",
                                               "endgenerate",
                                               "endgroup",
                                               "endinterface",
                                               "endmodule",
                                               "endpackage",
                                               "endprimitive",
                                               "endprogram",
                                               "endproperty",
                                               "endsequence",
                                               "endspecify",
                                               "endtable",
                                               "endtask",
                                               "enum",
                                               "event",
                                               "eventually",
                                               "expect",
                                               "export",
                                               "extends",
                                               "extern",
                                               "final",
                                               "first_match",
                                               "for",
                                               "force",
                                               "foreach",
                                               "forever",
                                               "fork",
                                               "forkjoin",
                                               "function",
                                               "generate",
                                               "genvar",
                                               "global",
                                               "highz0",
                                               "highz1",
                                               "if",
                                               "iff",
                                               "ifnone",
                                               "ignore_bins",
                                               "illegal_bins",
                                               "implements",
                                               "implies",
                                               "import",
                                               "incdir",
                                               "include",
                                               "initial",
                                               "inout",
                                               "input",
                                               "inside",
                                               "instance",
                                               "int",
                                               "integer",
                                               "interconnect",
                                               "interface",
                                               "intersect",
                                               "join",
                                               "join_any",
                                               "join_none",
                                               "large",
                                               "let",
                                               "liblist",
                                               "library",
                                               "local",
                                               "localparam",
                                               "logic",
                                               "longint",
                                               "macromodule",
                                               "matches",
                                               "medium",
                                               "modport",
                                               "module",
                                               "nand",
                                               "negedge",
                                               "nettype",
                                               "new",
                                               "nexttime",
                                               "nmos",
                                               "nor",
                                               "noshowcancelled",
                                               "not",
                                               "notif0",
                                               "notif1",
                                               "null",
                                               "or",
                                               "output",
                                               "package",
                                               "packed",
                                               "parameter",
                                               "pmos",
                                               "posedge",
                                               "primitive",
                                               "priority",
                                               "program",
                                               "property",
                                               "protected",
                                               "pull0",
                                               "pull1",
                                               "pulldown",
                                               "pullup",
                                               "pulsestyle_ondetect",
                                               "pulsestyle_onevent",
                                               "pure",
                                               "rand",
                                               "randc",
                                               "randcase",
                                               "randsequence",
                                               "rcmos",
                                               "real",
                                               "realtime",
                                               "ref",
                                               "reg",
                                               "reject_on",
                                               "release",
                                               "repeat",
                                               "restrict",
                                               "return",
                                               "rnmos",
                                               "rpmos",
                                               "rtran",
                                               "rtranif0",
                                               "rtranif1",
                                               "s_always",
                                               "s_eventually",
                                               "s_nexttime",
                                               "s_until",
                                               "s_until_with",
                                               "scalared",
                                               "sequence",
                                               "shortint",
                                               "shortreal",
                                               "showcancelled",
                                               "signed",
                                               "small",
                                               "soft",
                                               "solve",
                                               "specify",
                                               "specparam",
                                               "static",
                                               "string",
                                               "strong",
                                               "strong0",
                                               "strong1",
                                               "struct",
                                               "super",
                                               "supply0",
                                               "supply1",
                                               "sync_accept_on",
                                               "sync_reject_on",
                                               "table",
                                               "tagged",
                                               "task",
                                               "this",
                                               "throughout",
                                               "time",
                                               "timeprecision",
                                               "timeunit",
                                               "tran",
                                               "tranif0",
                                               "tranif1",
                                               "tri",
                                               "tri0",
                                               "tri1",
                                               "triand",
                                               "trior",
                                               "trireg",
                                               "type",
                                               "typedef",
                                               "union",
                                               "unique",
                                               "unique0",
                                               "unsigned",
                                               "until",
                                               "until_with",
                                               "untyped",
                                               "use",
                                               "uwire",
                                               "var",
                                               "vectored",
                                               "virtual",
                                               "void",
                                               "wait",
                                               "wait_order",
                                               "wand",
                                               "weak",
                                               "weak0",
                                               "weak1",
                                               "while",
                                               "wildcard",
                                               "wire",
                                               "with",
                                               "within",
                                               "wor",
                                               "xnor",
                                               "xor"};
  return kWords.count(s) > 0;
}

std::string field_name(const std::string& s) { return is_keyword(s) ? s + "_" : s; }

class PackageWriter {
 public:
  explicit PackageWriter(const Design& d) : d_(d) {}

  // Declares the struct of a value of `width` bits under the given type name.
  std::string declare(const Field& f, int width, const std::string& name) {
    std::string body;
    int pad = 0;
    int top = width;
    std::vector<Field> fields = f.fields;
    std::sort(fields.begin(), fields.end(),
              [](const Field& a, const Field& b) { return a.offset > b.offset; });
    for (const Field& part : fields) {
      const int bits = part.count ? part.stride * part.count : part.width;
      padding(top - part.offset - bits, &pad, &body);
      body += "    " + type_of(part, name) + field_name(part.name) + ";\n";
      top = part.offset;
    }
    padding(top, &pad, &body);
    out_ += "  typedef struct packed {\n" + body + "  } " + name + ";\n\n";
    return name;
  }

  std::string take() { return std::move(out_); }

 private:
  static void padding(int bits, int* count, std::string* body) {
    if (bits > 0)
      *body += "    logic " + range(bits) + "padding" + std::to_string((*count)++) + ";\n";
  }

  std::string type_of(const Field& part, const std::string& parent) {
    std::string element;
    if (!part.fields.empty()) {
      std::string base = parent.substr(0, parent.size() - 2) + "_" + part.name;
      element = declare(part, part.count ? part.stride : part.width, base + "_t") + " ";
      if (part.count) element += "[" + std::to_string(part.count - 1) + ":0] ";
      return element;
    }
    if (part.count == 0) return "logic " + range(part.width);
    return "logic [" + std::to_string(part.count - 1) + ":0][" + std::to_string(part.stride - 1) +
           ":0] ";
  }

  const Design& d_;
  std::string out_;
};

std::string constant(const std::string& name, uint64_t value) {
  return "  localparam int unsigned " + name + " = " + std::to_string(value) + ";\n";
}

}  // namespace

std::string emit_package(const Design& d, const Schedule& s) {
  std::string out = "// Generated by hlsc from " + d.top_function + "; do not edit.\n";
  out += "// Types of the ports of module " + d.module +
         ". Fields have their C++ names; byte i of a struct is bits [8i+7:8i].\n";
  // As in sluice_layout_pkg: a user takes the constants it needs.
  out += "// No module uses every constant.\n// verilator lint_off UNUSEDPARAM\n";
  out += "package " + d.module + "_pkg;\n\n";
  out += "  // Clock cycles from in_valid_i to out_valid_o\n" +
         constant("LATENCY", static_cast<uint64_t>(s.latency())) + "\n";
  for (const Parameter& p : d.parameters) {
    const std::string name = upper(p.name);
    out += constant(name + "_WIDTH", static_cast<uint64_t>(p.width));
    if (p.kind != ParameterKind::kTable && p.kind != ParameterKind::kState) continue;
    out += constant(name + "_ENTRIES", p.entries);
    out += constant(name + "_ADDR_WIDTH", static_cast<uint64_t>(p.address_width));
    out += constant(name + "_LATENCY", static_cast<uint64_t>(p.latency));
    const long ports = std::count_if(d.ports.begin(), d.ports.end(), [&](const TablePort& t) {
      return t.node >= 0 && &d.parameters[static_cast<size_t>(t.parameter)] == &p;
    });
    if (p.kind == ParameterKind::kTable) {
      out += constant(name + "_READ_PORTS", static_cast<uint64_t>(ports));
    }
  }
  out += "\n";
  PackageWriter writer(d);
  for (const Parameter& p : d.parameters) {
    if (p.is_struct) writer.declare(p.type, p.width, p.name + "_t");
  }
  out += writer.take();
  for (const Parameter& p : d.parameters) {
    if (!p.is_struct) out += "  typedef logic " + range(p.width) + p.name + "_t;\n";
  }
  return out + "\nendpackage\n// verilator lint_on UNUSEDPARAM\n";
}

}  // namespace hlsc
