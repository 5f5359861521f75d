// Configuration text -> Config, or every problem that the text has.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/config.hpp"

namespace sluice::model {

// One thing that is wrong, where, and what to write instead.
struct Problem {
  std::string file;
  unsigned line = 0;    // from 1
  unsigned column = 0;  // from 1
  std::string what;     // "unknown key 'adress' in a backend"
  std::string hint;     // "write 'address'"

  std::string message() const;  // "FILE:LINE:COLUMN: what; hint"
};

struct ReadConfig {
  std::optional<Config> config;   // only without problems
  std::vector<Problem> problems;  // in the order of the text; at most kMaxProblems
};

inline constexpr std::size_t kMaxProblems = 100;

// Pure: reads only `text`; `file` is what problems are said to be in. Never throws or crashes,
// whatever the text.
ReadConfig read_config(std::string_view text, const std::string& file);

// All problems as one Error (code invalid), one a line, for callers that just pass them on.
base::Error as_error(const std::vector<Problem>& problems);

}  // namespace sluice::model
