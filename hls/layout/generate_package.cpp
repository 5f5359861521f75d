// The SystemVerilog view of the layouts: package sluice_layout_pkg.
//
// Yosys 0.23 reads it too: functions take and return plain vectors, and no function assigns its
// input.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "generate.hpp"
#include "layout/describe.hpp"

namespace sluice::layout {
namespace {

std::uint32_t stored_bits(const RecordInfo& record) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < record.field_count; ++i) bits += record.fields[i].bits;
  return bits;
}

std::string constants() {
  std::string out = "  // Identity\n";
  out += fmt::format("  localparam logic [31:0] MAGIC = 32'h{:08x};\n", kMagic);
  out += fmt::format("  localparam logic [31:0] ABI_VERSION = 32'h{:08x};\n", kAbiVersion);
  out += fmt::format("  localparam logic [31:0] LAYOUT_HASH = 32'h{:08x};\n", layout_hash());
  out += fmt::format("  localparam int unsigned APERTURE_BYTES = {};\n", kApertureBytes);
  out += fmt::format("  localparam int unsigned CLOCK_KHZ = {};\n", kClockKhz);
  out += fmt::format("  localparam int unsigned LIST_WRITES = {};\n", kListWrites);
  out += fmt::format("  localparam int unsigned TICK_HZ = {};\n\n  // Capacities\n", kTickHz);
  std::uint32_t count = 0;
  const CapacityInfo* capacity = capacities(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    out += fmt::format("  localparam int unsigned {} = {};  // {}\n",
                       upper(snake_case(capacity[i].name)), capacity[i].value, capacity[i].doc);
  }
  return out;
}

std::string addresses() {
  std::string out = "\n  // Registers, byte offsets\n";
  std::uint32_t count = 0;
  const RegisterInfo* entry = registers(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    out += fmt::format("  localparam logic [15:0] REG_{} = 16'h{:04x};  // {}\n",
                       upper(entry[i].name), entry[i].offset, entry[i].access);
  }
  out += "\n  // Windows, byte offsets\n";
  const WindowInfo* window = windows(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string name = upper(window[i].name);
    out +=
        fmt::format("  localparam logic [15:0] WINDOW_{} = 16'h{:04x};\n", name, window[i].offset);
    out += fmt::format("  localparam int unsigned WINDOW_{}_BYTES = {};\n", name, window[i].bytes);
  }
  return out;
}

std::string reason_codes() {
  std::string out = "\n  // Reason codes\n";
  std::uint32_t count = 0;
  const ReasonInfo* reason = reasons(&count);
  std::uint64_t mask = 0;
  for (std::uint32_t i = 0; i < count; ++i) mask |= std::uint64_t{1} << reason[i].code;
  out +=
      fmt::format("  localparam logic [63:0] REASON_MASK = 64'h{:016x};  // codes in use\n", mask);
  for (std::uint32_t i = 0; i < count; ++i) {
    out += fmt::format("  localparam logic [5:0] REASON_{} = 6'd{};  // {}, {}\n",
                       upper(reason[i].name), reason[i].code, reason_kind_name(reason[i].kind),
                       reason[i].stage);
  }
  std::string asked;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!is_asked(reason[i].code)) continue;
    asked +=
        fmt::format("{}(reason == REASON_{})", asked.empty() ? "" : " || ", upper(reason[i].name));
  }
  return out + fmt::format(
                   "  // The class of a punt: what the host asked for, else other.\n"
                   "  function automatic logic reason_asked(input logic [5:0] reason);\n"
                   "    reason_asked = {};\n  endfunction\n",
                   asked);
}

std::string table_constants() {
  std::string out = "\n  // Tables\n";
  std::uint32_t count = 0;
  const TableInfo* table = tables(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string name = upper(table[i].name);
    out += fmt::format("  localparam logic [7:0] TABLE_{} = 8'd{};  // {}\n", name, table[i].id,
                       table_kind_name(table[i].kind));
    out +=
        fmt::format("  localparam int unsigned TABLE_{}_ENTRIES = {};\n", name, table[i].entries);
    out += fmt::format("  localparam int unsigned TABLE_{}_STRIDE_BYTES = {};\n", name,
                       table[i].stride_bytes);
  }
  return out;
}

// Fields from the top bit down, as both a packed struct and a concatenation want them.
std::vector<FieldInfo> fields_from_top(const RecordInfo& record) {
  std::vector<FieldInfo> fields(record.fields, record.fields + record.field_count);
  std::erase_if(fields, [](const FieldInfo& field) { return field.bits == 0; });
  std::reverse(fields.begin(), fields.end());
  return fields;
}

std::string compress_function(const RecordInfo& record, const std::string& name) {
  const std::string used = upper(name) + "_STORED_BITS";
  const std::string whole = upper(name) + "_RECORD_BITS";
  std::string out = fmt::format(
      "  // Bits without meaning are dropped here.\n  // verilator lint_off UNUSEDSIGNAL\n"
      "  function automatic logic [{}-1:0] {}_compress(\n      input logic [{}-1:0] record);\n"
      "    {}_compress = {{",
      used, name, whole, name);
  std::string separator = "";
  for (const FieldInfo& field : fields_from_top(record)) {
    out += fmt::format("{}record[{}:{}]", separator, field.offset_bits + field.bits - 1,
                       field.offset_bits);
    separator = ",\n            ";
  }
  return out + "};\n  endfunction\n  // verilator lint_on UNUSEDSIGNAL\n";
}

std::string expand_function(const RecordInfo& record, const std::string& name) {
  const std::string used = upper(name) + "_STORED_BITS";
  const std::string whole = upper(name) + "_RECORD_BITS";
  std::string out = fmt::format(
      "  function automatic logic [{}-1:0] {}_expand(\n      input logic [{}-1:0] stored);\n"
      "    {}_expand = {{",
      whole, name, used, name);
  std::uint32_t top = record.stride_bytes * 8;
  std::uint32_t stored_top = stored_bits(record);
  std::string separator = "";
  for (const FieldInfo& field : fields_from_top(record)) {
    const std::uint32_t field_top = field.offset_bits + field.bits;
    if (top > field_top) {
      out += fmt::format("{}{}'d0", separator, top - field_top);
      separator = ",\n            ";
    }
    out += fmt::format("{}stored[{}:{}]", separator, stored_top - 1, stored_top - field.bits);
    separator = ",\n            ";
    top = field.offset_bits;
    stored_top -= field.bits;
  }
  return out + "};\n  endfunction\n";
}

std::string record_view(const RecordInfo& record) {
  const std::string name = snake_case(record.name);
  std::string out = fmt::format("\n  // Record {}\n", record.name);
  out += fmt::format("  localparam int unsigned {}_RECORD_BITS = {};\n", upper(name),
                     record.stride_bytes * 8);
  out += fmt::format("  localparam int unsigned {}_STORED_BITS = {};\n", upper(name),
                     stored_bits(record));
  out += "  typedef struct packed {\n";
  for (const FieldInfo& field : fields_from_top(record)) {
    out += fmt::format("    logic [{}:0] {};  // {}\n", field.bits - 1, field.name, field.doc);
  }
  out += fmt::format("  }} {}_t;\n", name);
  return out + compress_function(record, name) + expand_function(record, name);
}

std::string record_views() {
  std::string out;
  std::set<std::string> seen;
  std::uint32_t count = 0;
  const TableInfo* table = tables(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (seen.insert(table[i].record).second) out += record_view(record_of_table(table[i].id));
  }
  return out;
}

}  // namespace

std::string snake_case(const std::string& name) {
  std::string out;
  const std::size_t start = name.size() > 1 && name[0] == 'k' && std::isupper(name[1]) ? 1 : 0;
  for (std::size_t i = start; i < name.size(); ++i) {
    const auto letter = static_cast<unsigned char>(name[i]);
    if (std::isupper(letter) != 0 && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(letter));
  }
  return out;
}

std::string upper(std::string text) {
  for (char& letter : text) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return text;
}

std::string layout_package() {
  return "// generated by layout_generate, do not edit\n"
         "//\n"
         "// Registers, tables, reasons and capacities of hls/layout. <record>_t has the stored\n"
         "// bits of a record only; _compress takes them out of the record's bytes as the host\n"
         "// writes them, _expand puts them back with zeros between.\n"
         "// No module uses every constant.\n// verilator lint_off UNUSEDPARAM\n"
         "package sluice_layout_pkg;\n" +
         constants() + addresses() + shell_constants() + reason_codes() + table_constants() +
         record_views() + connection_view() + "\nendpackage\n// verilator lint_on UNUSEDPARAM\n";
}

}  // namespace sluice::layout
