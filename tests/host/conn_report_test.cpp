// What `sluice conn` prints and what the API says of connections, to the letter.
#include "cli/conn_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/connection_report.hpp"

namespace sluice {
namespace {

using Json = nlohmann::ordered_json;

daemon::ConnectionNames names() {
  model::ServiceView web;
  web.name = "web";
  web.id = {{0x0a090001}, 80, model::Protocol::tcp};
  web.index = 3;
  model::BackendView b1;
  b1.name = "b1";
  b1.id = {web.id, {0x0a02000b}, 8080};
  b1.index = 10;
  web.backends.push_back(b1);
  return daemon::ConnectionNames({web});
}

driver::Connection entry(std::uint16_t service, std::uint16_t backend) {
  driver::Connection c;
  c.key = {0xc0000207, 40000, service};
  c.backend = backend;
  c.state = layout::kConnection_established;
  c.epochs_left = 899;
  return c;
}

TEST(ConnReport, AListNamesWhatIpvsadmUsersLookFor) {
  const Json known = api::connection_json(entry(3, 10), names());
  EXPECT_EQ(known.dump(),
            R"({"service":"web","protocol":"tcp","client":"192.0.2.7","client_port":40000,)"
            R"("vip":"10.9.0.1","vip_port":80,"backend":"b1","backend_address":"10.2.0.11",)"
            R"("backend_port":8080,"state":"established","left_s":899,"service_index":3,)"
            R"("backend_index":10})");
  const Json unknown = api::connection_json(entry(4, 11), names());
  EXPECT_EQ(cli::conn_list_title() + cli::render_conn(known) + cli::render_conn(unknown),
            "PROTO  EXPIRE  STATE        SOURCE                 VIRTUAL                "
            "DESTINATION            SERVICE/BACKEND\n"
            "tcp     14:59  established  192.0.2.7:40000        10.9.0.1:80            "
            "10.2.0.11:8080         web/b1\n"
            "?       14:59  established  192.0.2.7:40000        ?                      "
            "?                      #4/#11\n");
  EXPECT_EQ(cli::conn_name(known), "tcp 192.0.2.7:40000 10.9.0.1:80");
}

Json stats(bool with_ages) {
  daemon::ConnectionReport report;
  report.now.in_use = true;
  report.now.epoch = 77;
  report.now.entries = 524288;
  report.now.stash_now = 1;
  report.now.stash_most = 5;
  report.now.clients = 7;
  for (std::size_t i = 0; i < report.totals.size(); ++i) report.totals[i] = 5'000'000'000 + i;
  report.names = std::make_shared<daemon::ConnectionNames>(names());
  report.active_of_service[3] = 20;
  report.active_of_backend[10] = 20;
  api::ConnectionAges ages;
  for (const unsigned left : {1, 10, 11, 60, 61, 4000}) {
    auto c = entry(3, 10);
    c.epochs_left = left;
    ages.add(c);
  }
  return api::connection_stats_json(report, with_ages ? ages.json() : Json());
}

TEST(ConnReport, StatsKeepTheirSchema) {
  EXPECT_EQ(stats(true).dump(),
            R"({"in_use":true,"flushing":false,"epoch":77,"slots":1048576,"entries":524288,)"
            R"("occupancy_pct":50.0,"stash":{"slots":32,"now":1,"most":5},)"
            R"("clients":{"slots":65536,"now":7},"counters":{)"
            R"("inserted":5000000000,"renewed":5000000001,"untracked":5000000002,)"
            R"("reclaimed":5000000003,"swept":5000000004,"spilled":5000000005,"moved":5000000006,)"
            R"("swapped":5000000007,"aborted":5000000008,"resets":5000000009,)"
            R"("clients_untracked":5000000010,"evicted":5000000011},)"
            R"("services":[{"name":"web","active":20}],)"
            R"("backends":[{"service":"web","name":"b1","active":20}],)"
            R"("ages":{"left_limits_s":[10,60,300,900,3600],"states":[)"
            R"({"state":"opening","counts":[0,0,0,0,0,0]},)"
            R"({"state":"established","counts":[2,2,1,0,0,1]},)"
            R"({"state":"client_fin","counts":[0,0,0,0,0,0]},)"
            R"({"state":"backend_fin","counts":[0,0,0,0,0,0]},)"
            R"({"state":"closed","counts":[0,0,0,0,0,0]},)"
            R"({"state":"reset","counts":[0,0,0,0,0,0]},)"
            R"({"state":"unconfirmed","counts":[0,0,0,0,0,0]}]}})");
  EXPECT_EQ(stats(false).at("ages"), nullptr);
}

TEST(ConnReport, StatsAreOnePageForPeople) {
  const std::string text = cli::render_conn_stats(stats(true));
  EXPECT_EQ(text.substr(0, text.find("\nrenewed")),
            "table    in use; 524288 of 1048576 slots taken (50.00 %), expired connections "
            "included\n"
            "stash    1 of 32 places taken, at most 5 so far\n"
            "clients  7 of 65536 slots taken, for persistence\n\n"
            "COUNTER                 COUNT  MEANING\n"
            "inserted           5000000000  connections stored");
  EXPECT_NE(text.find("SERVICE  BACKEND  ACTIVE\nweb      b1           20\n"), std::string::npos);
  EXPECT_NE(text.find("established        2            2            1"), std::string::npos) << text;
  EXPECT_EQ(cli::render_conn_stats(stats(false)).find("Time left"), std::string::npos);
}

TEST(ConnReport, ARestoreTellsWhatWasLostAndWhy) {
  const Json report{{"ok", true},   {"connections", 100}, {"restored", 90}, {"present", 4},
                    {"no_room", 3}, {"no_service", 2},    {"no_backend", 1}};
  EXPECT_EQ(cli::render_conn_restore(report),
            "restored 90 of 100 connections\n"
            "        4 not touched: the card had them already\n"
            "        3 lost: the card's table had no room\n"
            "        2 lost: their service is not configured here\n"
            "        1 lost: their backend is not configured here\n");
}

}  // namespace
}  // namespace sluice
