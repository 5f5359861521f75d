#include "output.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "api/report.hpp"

namespace sluice::cli {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int fail(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  return 1;
}

int fail(const std::string& output, const base::Error& error) {
  if (output == "json") print(api::error_report(error).dump(2) + "\n");
  return fail("sluice: " + error.message() + "\n");
}

}  // namespace sluice::cli
