// What `sluice show` and the lists make of the API's answers.
#include "cli/render.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sluice::cli {
namespace {

Json backend(const std::string& name, const std::string& state) {
  return {{"service", "web"},
          {"name", name},
          {"address", "10.2.0.11"},
          {"port", 80},
          {"state", state},
          {"reason", nullptr},
          {"since_s", 5},
          {"weight", 2},
          {"effective_weight", 2.0},
          {"slow_start_pct", nullptr},
          {"share_pct", 50.0},
          {"check", nullptr},
          {"next_hop", "10.2.0.11"},
          {"mac", nullptr},
          {"egress_port", "p"},
          {"connections", 12345},
          {"response_ms", nullptr},
          {"response_source", nullptr},
          {"counters", nullptr}};
}

// The line that begins with `start`.
std::string line_of(const std::string& text, const std::string& start) {
  const std::size_t at = text.find("\n" + start);
  if (at == std::string::npos) return "";
  return text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

TEST(Render, TellsWhatWasLostOutsideTheCard) {
  Json stats{{"at_ms", 0},
             {"ports", Json::array()},
             {"services", Json::array()},
             {"reasons", Json::array()},
             {"conservation",
              {{"received", 0},
               {"injected", 0},
               {"sent", 0},
               {"punted", 0},
               {"dropped", 0},
               {"inside", 0},
               {"holds", true}}},
             {"shell", nullptr}};
  EXPECT_EQ(render_stats(stats, nullptr, false).find("outside the card"), std::string::npos);
  stats["shell"] = {
      {"shell_kind", 4}, {"tx_full", 2}, {"rx_lost", {10, 11}}, {"tx_lost", {12, 13}}};
  const std::string text = render_stats(stats, nullptr, false);
  EXPECT_EQ(line_of(text, "lost outside"),
            "lost outside the card: port 0 received 10, to send 12; port 1 received 11, to send 13 "
            "(full now)")
      << text;
}

TEST(Render, ShowsNoControlCharacterOfANameOrReason) {
  Json odd = backend("b\x1b[2J1", "down");
  odd["reason"] =
      "re\xc2\x9b"
      "fused\n";
  const std::string text = render_backends({{"backends", {odd}}});
  EXPECT_NE(text.find("b\\x1b[2J1"), std::string::npos) << text;
  EXPECT_NE(text.find("down: re\\xc2\\x9bfused\\x0a"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Render, TellsSlowStartLeavingConnectionsAndWhoMeasuresResponseTimes) {
  Json slow = backend("slow", "serving");
  slow["slow_start_pct"] = 43.75;
  slow["response_source"] = "checks";
  slow["response_ms"] = 0.314;
  Json leaving = backend("10.2.0.12:80", "leaving");
  leaving["next_hop"] = nullptr;
  leaving["reason"] = "refused";
  leaving["mac"] = "02:00:00:00:02:12";
  Json unknown = backend("new", "serving");
  unknown["response_source"] = "card";
  unknown["connections"] = nullptr;
  const std::string text = render_backends({{"backends", {slow, leaving, unknown}}});
  const std::string first = line_of(text, "web      slow");
  EXPECT_NE(first.find("up, slow start 44 %"), std::string::npos) << text;
  EXPECT_NE(first.find("0.31 ms (checks)"), std::string::npos) << text;
  EXPECT_NE(first.find("12.3k"), std::string::npos) << text;
  const std::string second = line_of(text, "web      10.2.0.12:80");
  EXPECT_NE(second.find("  leaving, down: refused  "), std::string::npos) << text;
  EXPECT_NE(second.find("02:00:00:00:02:12"), std::string::npos) << text;
  EXPECT_NE(line_of(text, "web      new").find("-  ? (card)"), std::string::npos) << text;
}

TEST(Render, TellsOfABackendInPanicWhatItsCheckSays) {
  Json failing = backend("b1", "serving");
  failing["reason"] = "timeout";
  const std::string text = render_backends({{"backends", {failing}}});
  EXPECT_NE(line_of(text, "web      b1").find("  up, in panic: timeout  "), std::string::npos)
      << text;
}

TEST(Render, TellsThatChecksStandStillAndWhichServicesAreInPanic) {
  const Json nobody = {{"to_host_packets", 0},
                       {"to_host_lost", 0},
                       {"from_host_packets", 0},
                       {"from_host_nowhere", 0},
                       {"from_host_lost", 0}};
  Json status = {{"daemon", {{"version", "1"}, {"pid", 1}, {"uptime_s", 1}}},
                 {"card", {{"attached", false}, {"trouble", "gone"}}},
                 {"config",
                  {{"file", "f"},
                   {"id", "0"},
                   {"applied_at", "t"},
                   {"ports", 1},
                   {"services", 1},
                   {"backends", 1},
                   {"checks", 1}}},
                 {"health", {{"checks_trouble", nullptr}, {"services_in_panic", Json::array()}}},
                 {"host", nobody}};
  EXPECT_EQ(render_status(status).find("\nhealth"), std::string::npos);
  status["health"] = {{"checks_trouble", "sluice0 is down"}, {"services_in_panic", {"web"}}};
  const std::string text = render_status(status);
  EXPECT_NE(text.find("checks STAND STILL: sluice0 is down"), std::string::npos) << text;
  EXPECT_NE(text.find("service web is in PANIC"), std::string::npos) << text;
}

TEST(Render, TellsWhatAServiceDoesInOneLine) {
  Json service{{"name", "web"},     {"vip", "10.9.0.1"},  {"port", 80},
               {"protocol", "tcp"}, {"mode", "dnat"},     {"scheduler", "maglev"},
               {"hash", "tuple"},   {"persistence_s", 0}, {"connections", nullptr},
               {"state", "up"}};
  EXPECT_EQ(render_service_line(service), "web  10.9.0.1:80 tcp  dnat, maglev, hash tuple  up\n");
  service["persistence_s"] = 300;
  service["connections"] = 7;
  EXPECT_EQ(
      render_service_line(service),
      "web  10.9.0.1:80 tcp  dnat, maglev, hash tuple, persistent 300 s  up, 7 connections\n");
}

}  // namespace
}  // namespace sluice::cli
