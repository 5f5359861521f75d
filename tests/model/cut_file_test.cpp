// A file that was cut while it was copied or written: refused wherever that can be told.
#include <set>

#include "support.hpp"

namespace sluice::model {
namespace {

// Ends in all kinds of values; up to `weight` every line is needed or opens something.
const std::string kText = R"(version: 1
ports:
  - name: port0
    address: 192.0.2.1/24
    gateway: 192.0.2.254
  - {name: port1, address: 10.1.0.1/24}
health: {interval: 500ms}
services:
  - name: web
    vip: 192.0.2.100
    port: 80
    mode: dnat
    hash: "source"
    check:
      type: tcp
      interval: 2s
    on_backend_down: move
    persistence: 60s
    backends:
      - {name: be1, address: 10.1.0.11, port: 8080}
      - name: be2
        address: 10.1.0.12
        drain: true
        weight: 13  # of 100
)";

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  const std::size_t start = text.rfind('\n', end);
  std::string line = text.substr(start + 1, end - start);
  if (const std::size_t comment = line.find(" #"); comment != std::string::npos)
    line.erase(comment);
  line.erase(0, line.find_first_not_of(' '));
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

TEST(CutFile, IsRefusedUnlessItEndsBehindAWholeValue) {
  std::set<std::string> accepted;
  for (std::size_t bytes = 0; bytes <= kText.size(); ++bytes) {
    const std::string cut = kText.substr(0, bytes);
    if (read_config(cut, "cut.yaml").config) accepted.insert(last_line(cut));
  }
  const std::set<std::string> whole = {"- {name: be1, address: 10.1.0.11, port: 8080}",
                                       "address: 10.1.0.12", "drain: true", "weight: 13"};
  // Nothing tells these from a file that is meant so.
  std::set<std::string> wanted = whole;
  wanted.insert("weight: 1");
  EXPECT_EQ(accepted, wanted);
}

TEST(CutFile, OfWhichOnlyTheLastLineEndIsMissingIsWhole) {
  const Config whole = good_config(kText);
  EXPECT_EQ(good_config(kText.substr(0, kText.size() - 1)), whole);
  EXPECT_EQ(good_config(kText.substr(0, kText.find("  # of 100"))), whole);
  EXPECT_EQ(good_config(kText + "  "), whole);
}

}  // namespace
}  // namespace sluice::model
