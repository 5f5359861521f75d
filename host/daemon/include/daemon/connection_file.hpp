// Connections in a file: text, one JSON value a line, so that another card, whose indexes differ,
// can go on with them. docs/connections.md ("Tools") is the format's manual.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/plan.hpp"

namespace sluice::daemon {

struct SavedConnection {
  model::BackendId backend;  // and its service
  base::Ipv4 client;
  std::uint16_t client_port = 0;
  std::uint8_t state = 0;  // layout::ConnectionState, not none
  std::uint32_t seconds_left = 0;
  std::uint16_t backend_reference = 0;
  std::uint16_t client_reference = 0;
  bool operator==(const SavedConnection&) const = default;
};

inline constexpr std::size_t kMaxConnectionLineBytes = 256;
inline constexpr std::size_t kMaxSavedConnections = std::size_t{1} << 21;
inline constexpr std::size_t kMaxConnectionFileBytes = std::size_t{256} << 20;

// One line without its end.
std::string connection_line(const SavedConnection& connection);

// Builds the text of a file: head, lines, end with count and checksum.
class ConnectionFileWriter {
 public:
  ConnectionFileWriter();
  void add_line(std::string_view line);  // as connection_line makes it
  std::string finish() &&;

 private:
  std::string text_;
  std::uint64_t count_ = 0;
};

// All or nothing. `invalid`: what is wrong, at which line of `file`.
base::Result<std::vector<SavedConnection>> read_connections(std::string_view text,
                                                            const std::string& file);

}  // namespace sluice::daemon
