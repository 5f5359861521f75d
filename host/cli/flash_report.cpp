#include "cli/flash_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/report.hpp"
#include "cli/table.hpp"

namespace sluice::cli {
namespace {

Json links_json(const std::vector<flash::MacLink>& links) {
  Json rows = Json::array();
  for (const flash::MacLink& link : links) {
    rows.push_back({{"mac", link.mac},
                    {"up", link.up},
                    {"aligned", link.aligned},
                    {"high_bit_errors", link.high_bit_errors},
                    {"remote_fault", link.remote_fault},
                    {"local_fault", link.local_fault},
                    {"transmits", link.transmits},
                    {"rs_fec", link.rs_fec},
                    {"rx_status", link.rx_status},
                    {"advice", link.advice()}});
  }
  return rows;
}

std::string shown(const std::string& image_id) {
  return image_id.empty() ? "no image" : "image " + image_id;
}

// Where it went wrong last, which tells how far what the card runs was checked.
const char* failed_step(const flash::FlashReport& report) {
  const bool is_new = report.runs == report.image_id && report.image_id != report.previous_id;
  for (const flash::StepReport& step : report.steps) {
    if (is_new && !step.done) return flash::name(step.step);
  }
  return flash::name(flash::Step::roll_back);
}

bool was_tried(const flash::FlashReport& report) {
  return std::any_of(report.steps.begin(), report.steps.end(), [](const flash::StepReport& step) {
    return step.step == flash::Step::program;
  });
}

std::string ending(const flash::FlashReport& report) {
  switch (report.outcome) {
    case flash::Outcome::planned:
      return "nothing was touched";
    case flash::Outcome::flashed:
      return "runs the new image " + report.image_id;
    case flash::Outcome::unchanged:
      if (was_tried(report)) return "still runs " + shown(report.previous_id) + " as before";
      return report.runs ? "not touched, runs " + shown(*report.runs) + " as before"
                         : "not touched; what it runs could not be read";
    case flash::Outcome::rolled_back:
      return "runs the old image again: " + shown(report.previous_id);
    case flash::Outcome::unverified:
      if (!report.runs) return "WHAT IT RUNS IS NOT KNOWN: the way back failed too";
      return fmt::format("runs {}, UNVERIFIED: failed at {}, and the way back failed too",
                         shown(*report.runs), failed_step(report));
  }
  std::abort();
}

}  // namespace

Json flash_report(const flash::FlashReport& report) {
  Json steps = Json::array();
  for (const flash::StepReport& step : report.steps) {
    steps.push_back({{"step", flash::name(step.step)},
                     {"done", step.done},
                     {"ms", step.took.count()},
                     {"detail", step.detail}});
  }
  Json json = report.error ? api::error_report(*report.error) : Json{{"ok", report.ok()}};
  json["outcome"] = flash::name(report.outcome);
  json["card"] = report.card;
  json["previous"] = report.previous_id;
  json["image"] = report.image_id;
  json["runs"] = report.runs ? Json(*report.runs) : Json();
  json["plan"] = report.plan;
  json["steps"] = std::move(steps);
  json["links"] = links_json(report.links);
  json["notes"] = report.notes;
  if (report.way_back) json["way_back_error"] = api::error_report(*report.way_back)["error"];
  json["next_step"] = report.next_step;
  return json;
}

std::string render_step(const flash::StepReport& step) {
  return fmt::format("{:<10} {:<6} {:>7} ms  {}\n", flash::name(step.step),
                     step.done ? "done" : "FAILED", step.took.count(), step.detail);
}

std::string render_flash(const flash::FlashReport& report) {
  std::string text;
  for (std::size_t i = 0; i < report.plan.size(); ++i) {
    text += fmt::format("{}. {}\n", i + 1, report.plan[i]);
  }
  for (const std::string& note : report.notes) text += "note: " + note + "\n";
  if (report.error) text += "failed: " + report.error->message() + "\n";
  if (report.way_back) text += "way back failed: " + report.way_back->message() + "\n";
  text += report.card + ": " + ending(report) + "\n";
  if (!report.next_step.empty()) text += "next: " + report.next_step + "\n";
  return text;
}

Json link_report(const std::string& card, const std::vector<flash::MacLink>& links) {
  const bool up =
      std::all_of(links.begin(), links.end(), [](const flash::MacLink& link) { return link.up; });
  return {{"ok", true}, {"card", card}, {"up", up}, {"links", links_json(links)}};
}

std::string render_links(const std::string& card, const std::vector<flash::MacLink>& links) {
  if (links.empty()) return card + ": the image has no MAC\n";
  Table table({{"MAC"}, {"LINK"}, {"STATE"}});
  std::string advice;
  for (const flash::MacLink& link : links) {
    table.add({link.mac, link.up ? "up" : "down", link.text()});
    if (!link.up) advice += link.mac + ": " + link.advice() + "\n";
  }
  return table.text() + advice;
}

}  // namespace sluice::cli
