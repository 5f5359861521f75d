// The shape of the reports: other programs read them.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace {

std::string text_of(const std::string& name) {
  std::ifstream file(std::string(HLSC_ACCEPT_DIR) + "/" + name);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Report, JsonHasEveryFigureOfTheModule) {
  const nlohmann::json r = nlohmann::json::parse(text_of("tables_report.json"));
  EXPECT_EQ(r["module"], "tables");
  EXPECT_EQ(r["target_levels"], 6);
  EXPECT_EQ(r["latency_cycles"], r["stages"]);
  EXPECT_EQ(r["stage_list"].size(), r["stages"].get<size_t>());
  EXPECT_LE(r["levels"].get<int>(), 6);
  long bits = 0;
  for (const auto& stage : r["stage_list"]) bits += stage["register_bits"].get<long>();
  EXPECT_EQ(bits, r["register_bits"].get<long>());
  ASSERT_EQ(r["table_ports"].size(), 5u);
  for (const auto& port : r["table_ports"]) {
    for (const char* key :
         {"table", "name", "kind", "address_bits", "data_bits", "used_bits", "stage", "latency"}) {
      EXPECT_TRUE(port.contains(key)) << key;
    }
    if (port["table"] == "wide") {
      EXPECT_EQ(port["latency"], 3);
    }
    if (port["table"] == "narrow") {
      EXPECT_EQ(port["address_bits"], 10);
    }
    if (port["table"] == "odd") {
      EXPECT_EQ(port["address_bits"], 7);
    }
  }
}

TEST(Report, SaysHowLongStableInputsMustStandStill) {
  EXPECT_GT(nlohmann::json::parse(text_of("settle_report.json"))["settle_cycles"].get<int>(), 8);
  EXPECT_EQ(nlohmann::json::parse(text_of("tables_report.json"))["settle_cycles"].get<int>(), 0);
  EXPECT_NE(text_of("settle_report.txt").find("must stand still"), std::string::npos);
  EXPECT_NE(text_of("settle_pkg.sv").find("SETTLE_CYCLES"), std::string::npos);
}

TEST(Report, ParametersAreListedWithTheirFields) {
  const nlohmann::json r = nlohmann::json::parse(text_of("wide_report.json"));
  const auto& in = r["parameters"][0];
  EXPECT_EQ(in["name"], "in");
  EXPECT_EQ(in["kind"], "input");
  EXPECT_EQ(in["fields"][0]["name"], "window");
  EXPECT_EQ(in["fields"][0]["bits"], 512);
  EXPECT_EQ(in["fields"][1]["name"], "mac");
  EXPECT_EQ(in["fields"][1]["offset"], 512);
  EXPECT_EQ(in["fields"][1]["bits"], 48);
}

TEST(Report, TextNamesStagesFunctionsAndPorts) {
  const std::string text = text_of("tables_report.txt");
  for (const char* word : {"module tables", "latency", "LUT levels", "functions", "table ports",
                           "narrow_r1", "stage  levels  register bits"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
}

TEST(Package, HasTheStructsWithTheirCppFieldNames) {
  const std::string text = text_of("wide_pkg.sv");
  for (const char* word :
       {"package wide_pkg;", "localparam int unsigned LATENCY", "logic [511:0] window;",
        "logic [47:0] mac;", "} in_t;", "} out_t;", "localparam int unsigned IN_WIDTH"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  }
}

}  // namespace
