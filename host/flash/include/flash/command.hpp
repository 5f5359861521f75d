// Other programs: without a shell, bounded in time and in output.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice::flash {

struct CommandResult {
  int status = 0;   // exit status; 128 + n after death by signal n
  std::string out;  // stdout
  std::string err;  // stderr
};

struct CommandLimits {
  std::chrono::milliseconds timeout{60'000};
  std::size_t output_bytes = 64u << 10;  // of stdout and of stderr
};

// The path of a program on PATH; `not_found` with what was looked for.
base::Result<std::string> find_program(const std::string& name);

// Runs argv[0] (a path) to its end, in a process group of its own so that Ctrl-C at a terminal does
// not reach it. `hung`: it took too long; `io`: it printed too much or could not be started. In
// both cases it and its children are killed. Any exit status is a result.
base::Result<CommandResult> run_command(const std::vector<std::string>& argv,
                                        const CommandLimits& limits = {});

}  // namespace sluice::flash
