// What `sluice flash` and `sluice board link` say, as JSON and for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "flash/flash.hpp"

namespace sluice::cli {

using Json = nlohmann::ordered_json;

// {"ok", "outcome", "card", "previous", "image", "runs", "steps", "links", "notes", ..}; an error
// in the API's form.
Json flash_report(const flash::FlashReport& report);
// What the card ends in and why; for a dry run the plan.
std::string render_flash(const flash::FlashReport& report);
// One line about a step that ended.
std::string render_step(const flash::StepReport& step);

Json link_report(const std::string& card, const std::vector<flash::MacLink>& links);
std::string render_links(const std::string& card, const std::vector<flash::MacLink>& links);

}  // namespace sluice::cli
