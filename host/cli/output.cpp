#include "output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "api/report.hpp"
#include "base/printable.hpp"
#include "cli/commands.hpp"

namespace sluice::cli {
namespace {

std::FILE* results = nullptr;  // nullptr: stdout was not claimed
bool claimed = false;
bool failed = false;

std::FILE* sink() { return claimed ? results : stdout; }

}  // namespace

void claim_stdout() {
  const int own = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  results = own < 0 ? nullptr : ::fdopen(own, "w");
  claimed = true;
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) return;
  // Without stderr there is nowhere to go.
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere != STDOUT_FILENO) ::dup2(nowhere, STDOUT_FILENO);
}

void print(const std::string& text) {
  std::FILE* const to = sink();
  const bool written = to != nullptr && std::fwrite(text.data(), 1, text.size(), to) == text.size();
  failed = failed || !written || std::fflush(to) != 0;
}

bool output_written() { return !failed; }

bool output_is_terminal() { return sink() != nullptr && ::isatty(::fileno(sink())) == 1; }

int fail(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  return 1;
}

int fail(const std::string& output, const base::Error& error) {
  if (output == "json") print(api::error_report(error).dump(2) + "\n");
  return fail("sluice: " + base::printable(error.message(), base::Lines::many) + "\n");
}

int not_known() {
  fail("sluice: what came of it is not known; see `sluice status`\n");
  return kUnknown;
}

}  // namespace sluice::cli
