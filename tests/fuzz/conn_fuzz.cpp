// libFuzzer target of the reader of saved connections: any text gives either a reason with its line
// or connections that come back the same when they are written. The text is taken as a file, and as
// the lines of a file whose head and checksum are right.
#include <string_view>

#include "daemon/connection_file.hpp"
#include "must.hpp"

namespace {

using namespace sluice;

std::string write(const std::vector<daemon::SavedConnection>& connections) {
  daemon::ConnectionFileWriter writer;
  for (const auto& connection : connections) writer.add_line(daemon::connection_line(connection));
  return std::move(writer).finish();
}

void check(std::string_view text) {
  const auto read = daemon::read_connections(text, "fuzz");
  if (!read) {
    MUST(read.error().code == base::Errc::invalid);
    MUST(read.error().what.size() < 1000 && read.error().where.starts_with("fuzz:"));
    return;
  }
  const auto again = daemon::read_connections(write(*read), "again");
  MUST(again.ok());
  MUST(*again == *read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  daemon::ConnectionFileWriter writer;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    writer.add_line(text.substr(at, end - at));
    at = end + 1;
  }
  check(std::move(writer).finish());
  return 0;
}
