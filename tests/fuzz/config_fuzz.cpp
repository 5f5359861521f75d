// libFuzzer target of the configuration reader: any text gives either a configuration or problems
// that lie within the text, and what is accepted can be planned and is found again on the card.
#include <algorithm>

#include "model/plan.hpp"
#include "model/read_config.hpp"
#include "must.hpp"

namespace {

using namespace sluice;

void check_problems(const model::ReadConfig& read, std::string_view text) {
  const auto lines = 1u + static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) +
                     static_cast<unsigned>(std::count(text.begin(), text.end(), '\r'));
  MUST(read.problems.size() <= model::kMaxProblems);
  for (const model::Problem& problem : read.problems) {
    MUST(problem.line >= 1 && problem.line <= lines + 1);
    MUST(problem.column >= 1 && problem.column <= text.size() + 1);
    MUST(!problem.what.empty() && !problem.hint.empty());
  }
}

void check_plan(const model::Config& config) {
  model::Inputs inputs;
  for (const model::NextHop& hop : model::next_hops(config)) {
    inputs.neighbors[hop.address] = base::Mac{0x020000000000ull | hop.address.value};
  }
  auto plan = model::make_plan(config, inputs, {}, {});
  MUST(plan.ok());
  MUST(plan->services.size() == config.services.size());
  const model::Assignment found = model::recover_assignment(config, plan->images);
  MUST(found.services == plan->assignment.services);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const model::ReadConfig read = model::read_config(text, "fuzz.yaml");
  MUST(read.config.has_value() == read.problems.empty());
  check_problems(read, text);
  if (read.config) check_plan(*read.config);
  return 0;
}
