// The files hlsc writes.
#pragma once

#include <string>

#include "design.hpp"
#include "options.hpp"
#include "schedule.hpp"

namespace hlsc {

std::string emit_module(const Design& design, const Schedule& schedule);
std::string emit_package(const Design& design, const Schedule& schedule);
std::string report_text(const Design& design, const Schedule& schedule, int target_levels);
std::string report_json(const Design& design, const Schedule& schedule, int target_levels);

// The stages a C++ function's logic lies in.
struct ScopeRange {
  std::string function;
  int first = -1;
  int last = -1;
};
std::vector<ScopeRange> scope_ranges(const Design& design, const Schedule& schedule);

// Functions with logic in this stage, "parse, classify".
std::string scopes_in_stage(const Design& design, const Schedule& schedule, int stage);

}  // namespace hlsc
