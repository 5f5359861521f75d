// What every benchmark writes: {"bench": .., "build_id": .., "rows": [..]} to a file on request,
// and the same rows as a table on standard output.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::bench {

using Value = std::variant<std::string, std::int64_t, double>;  // three decimals, or two digits
using Row = std::vector<std::pair<std::string, Value>>;

class Report {
 public:
  Report(std::string bench, std::uint32_t build_id);

  // All rows have the same columns.
  void add(Row row);
  // What a reader must know to read the rows; becomes "notes".
  void note(std::string text) { notes_.push_back(std::move(text)); }

  // Prints the table; writes JSON if `json_file` is not empty. False if that cannot be written.
  bool write(const std::string& json_file) const;

 private:
  void print_table() const;

  std::string bench_;
  std::string build_id_;
  std::vector<Row> rows_;
  std::vector<std::string> notes_;
};

// `--json FILE`, the one option of a benchmark; anything else ends the program with a usage line.
std::string json_option(int argc, char** argv);

}  // namespace sluice::bench
