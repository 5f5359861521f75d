// The command line.
#pragma once

#include <string>
#include <vector>

namespace hlsc {

struct Options {
  std::string source;
  std::string output_dir = ".";
  std::string module;  // default: the top function's name
  std::string depfile;
  std::string clang = HLSC_CLANG;
  std::string dump_ir;  // write the IR that is lowered, for debugging
  int target_levels = 6;
  int multiply_latency = 3;
  int max_read_ports = 4;  // a table
  int max_unroll = 4096;   // iterations of one loop
  std::vector<std::string> clang_args;
};

enum class ParseResult { kRun, kExitOk, kUsageError };

// Prints help or what is wrong itself.
ParseResult parse_options(int argc, char** argv, Options* options);

}  // namespace hlsc
