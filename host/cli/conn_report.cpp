#include "cli/conn_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/printable.hpp"
#include "cli/table.hpp"
#include "cli/units.hpp"

namespace sluice::cli {
namespace {

using Align = Table::Align;

constexpr char kRow[] = "{:<5}  {:>6}  {:<11}  {:<21}  {:<21}  {:<21}  {}\n";

std::string text(const Json& value, const Json& index) {
  return value.is_null() ? "#" + index.dump() : base::printable(value.get<std::string>());
}

// "10.9.0.1:80"; "?" if the running configuration does not tell.
std::string place(const Json& address, const Json& port) {
  return address.is_null() ? "?" : address.get<std::string>() + ":" + port.dump();
}

// As ipvsadm writes it: minutes and seconds.
std::string expire_text(const Json& seconds) {
  const auto s = seconds.get<unsigned>();
  return fmt::format("{:02}:{:02}", s / 60, s % 60);
}

std::string protocol(const Json& row) {
  return row.at("protocol").is_null() ? "?" : row.at("protocol").get<std::string>();
}

struct Meaning {
  const char* counter;
  const char* text;
};
constexpr Meaning kMeanings[] = {
    {"inserted", "connections stored"},
    {"renewed", "entries that got another backend"},
    {"untracked", "connections that found no room"},
    {"reclaimed", "expired entries whose place was taken"},
    {"swept", "expired entries removed by the sweep"},
    {"spilled", "stored in the stash"},
    {"moved", "brought from the stash to the table"},
    {"swapped", "of these, in exchange for another entry"},
    {"aborted", "background operations that gave way to traffic"},
    {"resets", "clients told by a RST that their backend is gone"},
    {"clients_untracked", "clients of persistent services that found no room"},
    {"evicted", "half-open connections that gave way to new ones in a table nearly full"},
};

std::string counters_table(const Json& counters) {
  Table table({{"COUNTER"}, {"COUNT", Align::right}, {"MEANING"}});
  for (const Meaning& meaning : kMeanings) {
    table.add({meaning.counter, counters.at(meaning.counter).dump(), meaning.text});
  }
  return table.text();
}

std::string ages_table(const Json& ages) {
  std::vector<Table::Column> columns{{"STATE"}};
  std::string last;
  for (const Json& limit : ages.at("left_limits_s")) {
    last = age_text(limit.get<double>());
    columns.push_back({"<= " + last, Align::right});
  }
  columns.push_back({"> " + last, Align::right});
  Table table(std::move(columns));
  for (const Json& row : ages.at("states")) {
    std::vector<std::string> cells{row.at("state").get<std::string>()};
    for (const Json& count : row.at("counts")) cells.push_back(count.dump());
    table.add(std::move(cells));
  }
  return "Time left, connections by state:\n" + table.text();
}

}  // namespace

std::string conn_list_title() {
  return fmt::format(fmt::runtime(kRow), "PROTO", "EXPIRE", "STATE", "SOURCE", "VIRTUAL",
                     "DESTINATION", "SERVICE/BACKEND");
}

std::string render_conn(const Json& row) {
  return fmt::format(fmt::runtime(kRow), protocol(row), expire_text(row.at("left_s")),
                     row.at("state").get<std::string>(),
                     place(row.at("client"), row.at("client_port")),
                     place(row.at("vip"), row.at("vip_port")),
                     place(row.at("backend_address"), row.at("backend_port")),
                     text(row.at("service"), row.at("service_index")) + "/" +
                         text(row.at("backend"), row.at("backend_index")));
}

std::string conn_name(const Json& row) {
  return protocol(row) + " " + place(row.at("client"), row.at("client_port")) + " " +
         place(row.at("vip"), row.at("vip_port"));
}

std::string render_conn_stats(const Json& stats) {
  const Json& stash = stats.at("stash");
  std::string out = fmt::format(
      "table    {}; {} of {} slots taken ({:.2f} %), expired connections included\n"
      "stash    {} of {} places taken, at most {} so far\n"
      "clients  {} of {} slots taken, for persistence\n\n",
      stats.at("flushing").get<bool>() ? "being flushed"
      : stats.at("in_use").get<bool>() ? "in use"
                                       : "not in use yet",
      stats.at("entries").dump(), stats.at("slots").dump(), stats.at("occupancy_pct").get<double>(),
      stash.at("now").dump(), stash.at("slots").dump(), stash.at("most").dump(),
      stats.at("clients").at("now").dump(), stats.at("clients").at("slots").dump());
  out += counters_table(stats.at("counters"));
  Table services({{"SERVICE"}, {"ACTIVE", Align::right}});
  for (const Json& row : stats.at("services")) {
    services.add({row.at("name").get<std::string>(), row.at("active").dump()});
  }
  Table backends({{"SERVICE"}, {"BACKEND"}, {"ACTIVE", Align::right}});
  for (const Json& row : stats.at("backends")) {
    backends.add({row.at("service").get<std::string>(), row.at("name").get<std::string>(),
                  row.at("active").dump()});
  }
  out += "\n" + services.text() + "\n" + backends.text();
  if (!stats.at("ages").is_null()) out += "\n" + ages_table(stats.at("ages"));
  return out;
}

std::string render_conn_restore(const Json& report) {
  std::string out = fmt::format("restored {} of {} connections\n", report.at("restored").dump(),
                                report.at("connections").dump());
  constexpr std::pair<const char*, const char*> kRest[] = {
      {"present", "not touched: the card had them already"},
      {"no_room", "lost: the card's table had no room"},
      {"no_service", "lost: their service is not configured here"},
      {"no_backend", "lost: their backend is not configured here"}};
  for (const auto& [key, meaning] : kRest) {
    if (report.at(key) != 0) out += fmt::format("{:>9} {}\n", report.at(key).dump(), meaning);
  }
  return out;
}

}  // namespace sluice::cli
