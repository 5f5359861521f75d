#include "options.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>

namespace hlsc {

namespace {

const char kHelp[] =
    R"(hlsc - compile one C++ function to a pipelined SystemVerilog module

usage: hlsc [options] SOURCE.cpp [-- clang arguments]

The function marked HLSC_TOP (hlsc/annotate.hpp) becomes a module that takes one packet every
clock cycle, never stalls and has a fixed latency. Writes to the output directory:
  <module>.sv           the module
  <module>_pkg.sv       package with the struct types of its ports, widths and LATENCY
  <module>_report.txt   stages, latency, LUT levels and register bits a stage, table ports
  <module>_report.json  the same for programs

options:
  -o DIR               output directory (default .)
  --module NAME        module name (default: name of the top function)
  --target-levels N    most LUT6 levels between two registers, 2 to 16 (default 6)
  --mul-latency N      stages of a multiplier, 2 to 6 (default 3)
  --max-read-ports N   most read ports of one table (default 4)
  --max-unroll N       most iterations of one loop (default 4096)
  --depfile FILE       write the files the outputs depend on, as a makefile rule
  --clang PATH         the clang 19 to run
  --dump-ir FILE       write the optimized LLVM IR that is turned into hardware
  -h, --help           this text

the subset, in short (docs/hlsc.md has all of it):
  parameters  const T& in: input; T& out: output; const T (&tab)[N]: read ports of a table outside;
              T (&tab)[N]: state array, one read-modify-write a packet; scalars by value
  marks       HLSC_STABLE: configuration, not pipelined; HLSC_LATENCY(n): cycles from a table's
              address to its data
  statics     a static variable of integer or struct type is a register, reset to its initializer;
              its update must fit into one stage
  allowed     integers of any width (ap_uint<N>), structs, templates, lambdas, constant tables,
              loops with a constant bound (break and early exit too), switch, early return,
              division by constants, dynamic indices into local arrays
  rejected    loops without a bound, recursion, new and malloc, float, volatile, virtual functions,
              function pointers, inline assembly, library calls, division by a variable

exit status: 0 done, 1 the source is rejected (file:line:column on standard error), 2 usage
)";

bool parse_int(const std::string& text, int low, int high, int* value) {
  char* end = nullptr;
  const long v = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || v < low || v > high) return false;
  *value = static_cast<int>(v);
  return true;
}

bool is_identifier(const std::string& s) {
  auto word = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !s.empty() && !std::isdigit(static_cast<unsigned char>(s[0])) &&
         std::all_of(s.begin(), s.end(), word);
}

ParseResult usage_error(const std::string& what) {
  std::fprintf(stderr, "hlsc: %s\nTry 'hlsc --help'.\n", what.c_str());
  return ParseResult::kUsageError;
}

}  // namespace

ParseResult parse_options(int argc, char** argv, Options* options) {
  using Setter = std::function<bool(const std::string&)>;
  auto text = [](std::string* to) {
    return [to](const std::string& v) { return *to = v, !v.empty(); };
  };
  auto number = [](int* to, int low, int high) {
    return [=](const std::string& v) { return parse_int(v, low, high, to); };
  };
  const std::map<std::string, Setter> setters = {
      {"-o", text(&options->output_dir)},
      {"--module", [options](const std::string& v) { return is_identifier(options->module = v); }},
      {"--depfile", text(&options->depfile)},
      {"--clang", text(&options->clang)},
      {"--dump-ir", text(&options->dump_ir)},
      {"--target-levels", number(&options->target_levels, 2, 16)},
      {"--mul-latency", number(&options->multiply_latency, 2, 6)},
      {"--max-read-ports", number(&options->max_read_ports, 1, 64)},
      {"--max-unroll", number(&options->max_unroll, 1, 1 << 20)},
  };
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg == "-h" || arg == "--help") {
      std::fputs(kHelp, stdout);
      return ParseResult::kExitOk;
    }
    if (arg == "--") {
      options->clang_args.assign(argv + i + 1, argv + argc);
      break;
    }
    if (arg[0] != '-') {
      if (!options->source.empty()) return usage_error("more than one source: '" + arg + "'");
      options->source = arg;
      continue;
    }
    std::string value;
    const size_t equals = arg.find('=');
    const bool joined = arg.rfind("--", 0) == 0 && equals != std::string::npos;
    if (joined) {
      value = arg.substr(equals + 1);
      arg = arg.substr(0, equals);
    }
    const auto setter = setters.find(arg);
    if (setter == setters.end()) return usage_error("unknown option '" + arg + "'");
    if (!joined) {
      if (i + 1 == argc) return usage_error("option '" + arg + "' needs a value");
      value = argv[++i];
    }
    if (!setter->second(value)) return usage_error("bad value '" + value + "' for " + arg);
  }
  if (options->source.empty()) return usage_error("no source file");
  return ParseResult::kRun;
}

}  // namespace hlsc
