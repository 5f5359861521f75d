// The other side of the API.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

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

  // For answers of any length that come line by line: `take` gets each line as it comes, without
  // its end, and ends the request with false. Returns the status of HTTP.
  using TakeLine = std::function<bool(std::string_view line)>;
  base::Result<int> get_lines(const std::string& path, const TakeLine& take) const;
  base::Result<int> post_lines(const std::string& path, const TakeLine& take) const;

 private:
  using TakeBytes = std::function<bool(const char* data, std::size_t bytes)>;
  base::Result<int> send(const std::string& method, const std::string& path,
                         const std::string& body, const TakeBytes& take) const;
  base::Result<int> send_lines(const std::string& method, const std::string& path,
                               const TakeLine& take) const;
  base::Result<Reply> send(const std::string& method, const std::string& path,
                           const std::string& body) const;
  std::string socket_path_;
};

// For a query: everything but letters, digits and "-._~" as %XX.
std::string percent_encode(const std::string& text);

}  // namespace sluice::api
