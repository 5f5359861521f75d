#include "cli/render.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "cli/table.hpp"
#include "cli/units.hpp"

namespace sluice::cli {
namespace {

using Align = Table::Align;

// Some texts come from files and requests: none may command the terminal.
std::string text(const Json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? base::printable(value.get<std::string>()) : value.dump();
}

std::string count(const Json& value) { return count_text(value.get<double>()); }
std::string bytes(const Json& value) { return bytes_text(value.get<double>()); }

std::string address(const Json& row, const char* key) {
  return text(row.at(key)) + ":" + text(row.at("port"));
}

// "down: refused", "no_next_hop" as "resolving".
std::string backend_state(const Json& backend) {
  const std::string state = text(backend.at("state"));
  if (state == "no_next_hop") return "resolving";
  if (state == "serving" && !backend.at("reason").is_null()) {
    return "up, in panic: " + text(backend.at("reason"));
  }
  if (state == "serving" && !backend.at("slow_start_pct").is_null()) {
    return fmt::format("up, slow start {:.0f} %", backend.at("slow_start_pct").get<double>());
  }
  if (state == "serving") return "up";
  if (backend.at("reason").is_null()) return state;
  return (state == "down" ? "down: " : state + ", down: ") + text(backend.at("reason"));
}

std::string check_text(const Json& check) {
  if (check.is_null()) return "-";
  const std::string last = text(check.at("last"));
  if (last != "accepted") return last;
  return fmt::format("{} ms", check.at("last_ms").get<long>());
}

// "0.31 ms (card)"
std::string response(const Json& backend) {
  if (backend.at("response_source").is_null()) return "-";
  if (backend.at("response_ms").is_null()) {
    return "? (" + text(backend.at("response_source")) + ")";
  }
  return fmt::format("{:.2f} ms ({})", backend.at("response_ms").get<double>(),
                     text(backend.at("response_source")));
}

std::string connections(const Json& row) {
  return row.at("connections").is_null() ? "-" : count(row.at("connections"));
}

std::string next_hop(const Json& backend) {
  if (!backend.at("mac").is_null()) return text(backend.at("mac"));
  return text(backend.at("next_hop")) + " ?";
}

std::string counter(const Json& row, const char* key, std::string (*form)(const Json&)) {
  return row.at("counters").is_null() ? "-" : form(row.at("counters").at(key));
}

std::string plural(const Json& number, const char* what) {
  const auto n = number.get<long>();
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

void add_line(std::string& out, const char* title, const std::string& value) {
  out += fmt::format("{:<9}{}\n", title, value);
}

// Packets a second between two answers.
std::string rate(const Json& now, const Json* before, const char* key, double seconds) {
  if (before == nullptr || seconds <= 0) return "-";
  const double change = now.at(key).get<double>() - before->at(key).get<double>();
  return count_text(std::max(0.0, change / seconds));
}

std::string bit_rate(const Json& now, const Json* before, const char* key, double seconds) {
  if (before == nullptr || seconds <= 0) return "-";
  const double change = now.at(key).get<double>() - before->at(key).get<double>();
  return rate_text(std::max(0.0, 8 * change / seconds));
}

// The row of `rows` with the same `key` value, or nullptr.
const Json* same_row(const Json* rows, const Json& row, const char* key) {
  if (rows == nullptr) return nullptr;
  for (const Json& other : *rows) {
    if (other.at(key) == row.at(key)) return &other;
  }
  return nullptr;
}

std::string ports_table(const Json& stats, const Json* previous, double seconds) {
  Table table({{"PORT"},
               {"RX PKTS", Align::right},
               {"RX BYTES", Align::right},
               {"RX PPS", Align::right},
               {"RX RATE", Align::right},
               {"TX PKTS", Align::right},
               {"TX BYTES", Align::right},
               {"TX PPS", Align::right},
               {"TX RATE", Align::right},
               {"TO HOST", Align::right},
               {"FROM HOST", Align::right}});
  const Json* before_rows = previous == nullptr ? nullptr : &previous->at("ports");
  for (const Json& port : stats.at("ports")) {
    const Json* before = same_row(before_rows, port, "port");
    table.add({port.at("name").is_null() ? "port" + text(port.at("port")) : text(port.at("name")),
               count(port.at("rx_packets")), bytes(port.at("rx_bytes")),
               rate(port, before, "rx_packets", seconds),
               bit_rate(port, before, "rx_bytes", seconds), count(port.at("tx_packets")),
               bytes(port.at("tx_bytes")), rate(port, before, "tx_packets", seconds),
               bit_rate(port, before, "tx_bytes", seconds), count(port.at("punted_packets")),
               count(port.at("injected_packets"))});
  }
  return table.text();
}

std::string service_counters_table(const Json& stats, const Json* previous, double seconds) {
  Table table({{"SERVICE"},
               {"IN PKTS", Align::right},
               {"IN BYTES", Align::right},
               {"IN PPS", Align::right},
               {"IN RATE", Align::right},
               {"OUT PKTS", Align::right},
               {"OUT BYTES", Align::right},
               {"OUT PPS", Align::right},
               {"OUT RATE", Align::right}});
  const Json* before_rows = previous == nullptr ? nullptr : &previous->at("services");
  for (const Json& service : stats.at("services")) {
    const Json* before = same_row(before_rows, service, "name");
    table.add({text(service.at("name")), count(service.at("in_packets")),
               bytes(service.at("in_bytes")), rate(service, before, "in_packets", seconds),
               bit_rate(service, before, "in_bytes", seconds), count(service.at("out_packets")),
               bytes(service.at("out_bytes")), rate(service, before, "out_packets", seconds),
               bit_rate(service, before, "out_bytes", seconds)});
  }
  return table.text();
}

std::string reasons_table(const Json& stats, const Json* previous, double seconds, bool all) {
  Table table({{"STAGE"},
               {"REASON"},
               {"KIND"},
               {"PACKETS", Align::right},
               {"PPS", Align::right},
               {"MEANING"}});
  const Json* before_rows = previous == nullptr ? nullptr : &previous->at("reasons");
  for (const Json& reason : stats.at("reasons")) {
    if (!all && reason.at("packets") == 0) continue;
    table.add({text(reason.at("stage")), text(reason.at("name")), text(reason.at("kind")),
               count(reason.at("packets")),
               rate(reason, same_row(before_rows, reason, "name"), "packets", seconds),
               text(reason.at("meaning"))});
  }
  return table.empty() ? "no packet was dropped or punted\n" : table.text();
}

std::string conservation_line(const Json& c) {
  return fmt::format(
      "conservation: received {} + injected {} = sent {} + punted {} + dropped {} + inside {}: "
      "{}\n",
      text(c.at("received")), text(c.at("injected")), text(c.at("sent")), text(c.at("punted")),
      text(c.at("dropped")), text(c.at("inside")),
      c.at("holds").get<bool>() ? "holds" : "BROKEN, please report this");
}

// "12 served, 3 arp_claim": what became of the card's frames that did not reach the host's stack.
std::string kept_from_host(const Json& punts) {
  std::string out;
  for (const auto& [ruling, count] : punts.items()) {
    if (ruling == "asked" || ruling == "echo" || ruling == "other" || count == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", text(count), ruling);
  }
  return out;
}

// What was lost between the wires and the card; empty without a shell.
std::string shell_line(const Json& shell) {
  if (shell.is_null()) return "";
  std::string out = "lost outside the card:";
  for (std::size_t port = 0; port < shell.at("rx_lost").size(); ++port) {
    out += fmt::format("{} port {} received {}, to send {}{}", port == 0 ? "" : ";", port,
                       text(shell.at("rx_lost").at(port)), text(shell.at("tx_lost").at(port)),
                       (shell.at("tx_full").get<unsigned>() >> port & 1) != 0 ? " (full now)" : "");
  }
  return out + "\n";
}

}  // namespace

std::string render_status(const Json& status) {
  const Json& daemon = status.at("daemon");
  const Json& card = status.at("card");
  const Json& config = status.at("config");
  const Json& host = status.at("host");
  std::string out;
  add_line(out, "daemon",
           fmt::format("sluiced {}, pid {}, up {}", text(daemon.at("version")),
                       text(daemon.at("pid")), age_text(daemon.at("uptime_s"))));
  if (!card.at("attached").get<bool>()) {
    add_line(out, "card", "NOT ATTACHED: " + text(card.at("trouble")));
  } else if (card.contains("trouble")) {
    add_line(out, "card", text(card.at("board")) + " in trouble: " + text(card.at("trouble")));
  } else {
    add_line(out, "card",
             fmt::format("{}, build {}, ABI {}, layouts {}, {:.1f} MHz", text(card.at("board")),
                         text(card.at("build_id")), text(card.at("abi_version")),
                         text(card.at("layout_hash")), card.at("clock_khz").get<double>() / 1000));
    add_line(out, "",
             fmt::format("live bank {}, {}, {} inside, {} cycles", text(card.at("live_bank")),
                         plural(card.at("commits"), "commit"), text(card.at("in_flight")),
                         text(card.at("cycles"))));
  }
  if (config.is_null()) return out;  // not told while the card is taken up
  add_line(out, "config",
           fmt::format("{} ({}), applied {}", text(config.at("file")), text(config.at("id")),
                       text(config.at("applied_at"))));
  if (!config.value("saved", true)) {
    add_line(out, "", "NOT SAVED: " + text(config.at("save_trouble")));
  }
  add_line(out, "",
           fmt::format("{}, {}, {}, {}", plural(config.at("ports"), "port"),
                       plural(config.at("services"), "service"),
                       plural(config.at("backends"), "backend"),
                       plural(config.at("checks"), "health check")));
  const Json& health = status.at("health");
  if (!health.at("checks_trouble").is_null()) {
    add_line(out, "health", "checks STAND STILL: " + text(health.at("checks_trouble")));
  }
  for (const Json& service : health.at("services_in_panic")) {
    add_line(out, "health", "service " + text(service) + " is in PANIC: see its backends' checks");
  }
  add_line(out, "host",
           fmt::format("{} packets to the host ({} lost), {} from it ({} lost, {} to nowhere)",
                       text(host.at("to_host_packets")), text(host.at("to_host_lost")),
                       text(host.at("from_host_packets")), text(host.at("from_host_lost")),
                       text(host.at("from_host_nowhere"))));
  const std::string kept = kept_from_host(host.value("punts", Json::object()));
  if (!kept.empty()) add_line(out, "", "kept from the host: " + kept);
  return out;
}

std::string render_services(const Json& services) {
  Table table({{"SERVICE"},
               {"VIP"},
               {"PROTO"},
               {"MODE"},
               {"SCHED"},
               {"HASH"},
               {"STATE"},
               {"BACKENDS", Align::right},
               {"CONNS", Align::right},
               {"IN PKTS", Align::right},
               {"IN BYTES", Align::right},
               {"OUT PKTS", Align::right},
               {"OUT BYTES", Align::right}});
  for (const Json& s : services.at("services")) {
    table.add({text(s.at("name")), address(s, "vip"), text(s.at("protocol")), text(s.at("mode")),
               text(s.at("scheduler")), text(s.at("hash")), text(s.at("state")),
               text(s.at("backends_serving")) + "/" + text(s.at("backends")), connections(s),
               counter(s, "in_packets", count), counter(s, "in_bytes", bytes),
               counter(s, "out_packets", count), counter(s, "out_bytes", bytes)});
  }
  return table.empty() ? "no services\n" : table.text();
}

std::string render_backends(const Json& backends) {
  Table table({{"SERVICE"},
               {"BACKEND"},
               {"ADDRESS"},
               {"STATE"},
               {"SINCE", Align::right},
               {"CHECK"},
               {"WEIGHT", Align::right},
               {"SHARE", Align::right},
               {"CONNS", Align::right},
               {"RESPONSE"},
               {"NEXT HOP"},
               {"PORT"},
               {"IN PKTS", Align::right},
               {"IN BYTES", Align::right},
               {"OUT PKTS", Align::right},
               {"OUT BYTES", Align::right}});
  for (const Json& b : backends.at("backends")) {
    table.add({text(b.at("service")), text(b.at("name")), address(b, "address"), backend_state(b),
               b.at("since_s").is_null() ? "-" : age_text(b.at("since_s")),
               check_text(b.at("check")), text(b.at("weight")),
               fmt::format("{:.1f} %", b.at("share_pct").get<double>()), connections(b),
               response(b), next_hop(b), text(b.at("egress_port")), counter(b, "in_packets", count),
               counter(b, "in_bytes", bytes), counter(b, "out_packets", count),
               counter(b, "out_bytes", bytes)});
  }
  return table.empty() ? "no backends\n" : table.text();
}

std::string render_service_line(const Json& service) {
  const Json& persistence = service.at("persistence_s");
  const Json& connections = service.at("connections");
  return fmt::format(
      "{}  {} {}  {}, {}, hash {}{}  {}{}\n", text(service.at("name")), address(service, "vip"),
      text(service.at("protocol")), text(service.at("mode")), text(service.at("scheduler")),
      text(service.at("hash")), persistence == 0 ? "" : ", persistent " + text(persistence) + " s",
      text(service.at("state")),
      connections.is_null() ? "" : ", " + plural(connections, "connection"));
}

std::string render_show(const Json& status, const Json& services, const Json& backends) {
  std::string out = render_status(status);
  for (const Json& s : services.at("services")) {
    out += "\n" + render_service_line(s);
    Table table({{"  BACKEND"},
                 {"ADDRESS"},
                 {"STATE"},
                 {"SINCE", Align::right},
                 {"WEIGHT", Align::right},
                 {"SHARE", Align::right},
                 {"CONNS", Align::right},
                 {"RESPONSE"}});
    for (const Json& b : backends.at("backends")) {
      if (b.at("service") != s.at("name")) continue;
      table.add({"  " + text(b.at("name")), address(b, "address"), backend_state(b),
                 b.at("since_s").is_null() ? "-" : age_text(b.at("since_s")), text(b.at("weight")),
                 fmt::format("{:.1f} %", b.at("share_pct").get<double>()), connections(b),
                 response(b)});
    }
    out += table.empty() ? "  no backends\n" : table.text();
  }
  return out;
}

std::string render_stats(const Json& stats, const Json* previous, bool all_reasons) {
  const double seconds =
      previous == nullptr
          ? 0
          : (stats.at("at_ms").get<double>() - previous->at("at_ms").get<double>()) / 1000;
  std::string out = ports_table(stats, previous, seconds);
  out += "\n" + service_counters_table(stats, previous, seconds);
  out += "\n" + reasons_table(stats, previous, seconds, all_reasons);
  out += "\n" + shell_line(stats.value("shell", Json()));
  out += conservation_line(stats.at("conservation"));
  return out;
}

std::string render_apply(const Json& outcome) {
  const auto changes = [](const Json& c) {
    return fmt::format("{} added, {} removed, {} changed", text(c.at("added")),
                       text(c.at("removed")), text(c.at("changed")));
  };
  std::string out =
      fmt::format("applied {} ({})\n", text(outcome.at("file")), text(outcome.at("id")));
  out += "services: " + changes(outcome.at("services")) + "\n";
  out += "backends: " + changes(outcome.at("backends")) + "\n";
  out += outcome.at("committed").get<bool>()
             ? fmt::format("card: {} written, one commit\n",
                           outcome.at("entries_written") == 1
                               ? "1 entry"
                               : text(outcome.at("entries_written")) + " entries")
             : "card: already as asked, no commit\n";
  return out;
}

std::string render_error(const Json& reply) {
  const Json& error = reply.at("error");
  std::string out;
  if (error.contains("problems")) {
    for (const Json& p : error.at("problems")) {
      out += fmt::format("{}:{}:{}: {}; {}\n", text(p.at("file")), text(p.at("line")),
                         text(p.at("column")), text(p.at("what")), text(p.at("hint")));
    }
  }
  const auto message = error.at("message").get<std::string>();
  return out + "sluice: " + base::printable(message, base::Lines::many) + "\n";
}

}  // namespace sluice::cli
