#include "model/read_config.hpp"

#include <algorithm>
#include <tuple>

#include "raw_config.hpp"

namespace sluice::model {

std::string Problem::message() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what + "; " +
         hint;
}

void Problems::add(Place place, std::string what, std::string hint) {
  if (problems_.size() >= kMaxProblems) return;
  const auto behind =
      std::upper_bound(problems_.begin(), problems_.end(), place, [](Place at, const Problem& p) {
        return std::tie(at.line, at.column) < std::tie(p.line, p.column);
      });
  problems_.insert(behind, {file_, place.line, place.column, std::move(what), std::move(hint)});
}

ReadConfig read_config(std::string_view text, const std::string& file) {
  Problems problems(file);
  const RawConfig raw = parse_config(text, problems);
  ReadConfig result;
  Config config = check_config(raw, problems);
  if (problems.empty()) result.config = std::move(config);
  result.problems = problems.take();
  return result;
}

base::Error as_error(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += (text.empty() ? "" : "\n") + problem.message();
  return {base::Errc::invalid, text, ""};
}

}  // namespace sluice::model
