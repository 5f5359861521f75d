#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sluice::bench {

namespace {

// Three decimals would leave nothing of it.
bool is_small(double number) { return number != 0 && std::abs(number) < 0.001; }

std::string text_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  const double number = std::get<double>(value);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, is_small(number) ? "%.1e" : "%.3f", number);
  return buffer;
}

nlohmann::ordered_json json_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  const double number = std::get<double>(value);
  return is_small(number) ? number : std::round(number * 1000) / 1000;
}

}  // namespace

Report::Report(std::string bench, std::uint32_t build_id) : bench_(std::move(bench)) {
  char text[16];
  std::snprintf(text, sizeof text, "%08x", build_id);
  build_id_ = text;
}

void Report::add(Row row) { rows_.push_back(std::move(row)); }

void Report::print_table() const {
  std::printf("%s, build %s\n", bench_.c_str(), build_id_.c_str());
  for (const std::string& note : notes_) std::printf("%s\n", note.c_str());
  if (rows_.empty()) return;
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < rows_[0].size(); ++column) {
    std::size_t width = rows_[0][column].first.size();
    for (const Row& row : rows_) width = std::max(width, text_of(row[column].second).size());
    widths.push_back(width);
  }
  for (std::size_t column = 0; column < widths.size(); ++column) {
    std::printf("%*s ", static_cast<int>(widths[column]), rows_[0][column].first.c_str());
  }
  std::printf("\n");
  for (const Row& row : rows_) {
    for (std::size_t column = 0; column < widths.size(); ++column) {
      std::printf("%*s ", static_cast<int>(widths[column]), text_of(row[column].second).c_str());
    }
    std::printf("\n");
  }
}

bool Report::write(const std::string& json_file) const {
  print_table();
  if (json_file.empty()) return true;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Row& row : rows_) {
    nlohmann::ordered_json object;
    for (const auto& [name, value] : row) object[name] = json_of(value);
    rows.push_back(object);
  }
  const nlohmann::ordered_json whole = {
      {"bench", bench_}, {"build_id", build_id_}, {"notes", notes_}, {"rows", rows}};
  std::ofstream file(json_file);
  file << whole.dump(2) << "\n";
  file.close();
  if (file.fail()) std::fprintf(stderr, "cannot write %s\n", json_file.c_str());
  return !file.fail();
}

std::string json_option(int argc, char** argv) {
  if (argc == 1) return {};
  if (argc == 3 && std::string(argv[1]) == "--json") return argv[2];
  std::fprintf(stderr, "usage: %s [--json FILE]\n", argv[0]);
  std::exit(2);
}

}  // namespace sluice::bench
