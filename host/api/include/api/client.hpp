// The other side of the API.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"

namespace sluice::api {

struct Reply {
  int http_status = 0;
  std::string body;  // JSON text
};

// One request each. Errors: link_down (nobody at the socket; says what to do), hung, exhausted
// (reply beyond 64 MiB).
class Client {
 public:
  explicit Client(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  base::Result<Reply> get(const std::string& path) const;
  base::Result<Reply> post(const std::string& path, const std::string& body) const;

 private:
  base::Result<Reply> send(const std::string& method, const std::string& path,
                           const std::string& body) const;
  std::string socket_path_;
};

// For a query: everything but letters, digits and "-._~" as %XX.
std::string percent_encode(const std::string& text);

}  // namespace sluice::api
