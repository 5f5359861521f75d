#include "api/client.hpp"

#include <httplib.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::api {
namespace {

constexpr std::size_t kMaxReplyBytes = 64u << 20;
constexpr std::size_t kMaxLineBytes = 8u << 20;
constexpr int kHttpOk = 200;
constexpr int kReplyTimeoutS = 60;  // a commit of every table of a simulated card takes seconds

base::Error no_answer(const std::string& path, httplib::Error error) {
  if (error == httplib::Error::Read) {
    return {base::Errc::hung, "sluiced did not answer; see its log", path};
  }
  if (::access(path.c_str(), R_OK | W_OK) != 0 && errno == EACCES) {
    return {base::Errc::link_down, "no permission: the API is root's; use sudo", path};
  }
  return {base::Errc::link_down,
          "nobody answers: is sluiced running? Start it, or name its socket with --socket", path};
}

}  // namespace

base::Result<Reply> Client::get(const std::string& path) const { return send("GET", path, ""); }

base::Result<Reply> Client::post(const std::string& path, const std::string& body) const {
  return send("POST", path, body);
}

base::Result<int> Client::get_lines(const std::string& path, const TakeLine& take) const {
  return send_lines("GET", path, take);
}

base::Result<int> Client::post_lines(const std::string& path, const TakeLine& take) const {
  return send_lines("POST", path, take);
}

base::Result<Reply> Client::send(const std::string& method, const std::string& path,
                                 const std::string& body) const {
  Reply reply;
  bool too_long = false;
  const auto status = send(method, path, body, [&](const char* data, std::size_t bytes) {
    too_long = reply.body.size() + bytes > kMaxReplyBytes;
    if (!too_long) reply.body.append(data, bytes);
    return !too_long;
  });
  if (too_long) {
    return base::Error{base::Errc::exhausted, "the reply is longer than 64 MiB", socket_path_};
  }
  if (!status) return status.error();
  reply.http_status = *status;
  return reply;
}

base::Result<int> Client::send_lines(const std::string& method, const std::string& path,
                                     const TakeLine& take) const {
  std::string rest;
  bool too_long = false, ended = false;
  const auto status = send(method, path, "", [&](const char* data, std::size_t bytes) {
    rest.append(data, bytes);
    std::size_t at = 0;
    for (std::size_t end; (end = rest.find('\n', at)) != std::string::npos; at = end + 1) {
      if (!take(std::string_view(rest).substr(at, end - at))) {
        ended = true;
        return false;
      }
    }
    rest.erase(0, at);
    too_long = rest.size() > kMaxLineBytes;
    return !too_long;
  });
  if (too_long) {
    return base::Error{base::Errc::exhausted, "a line of the reply is longer than 8 MiB",
                       socket_path_};
  }
  return ended ? kHttpOk : status;
}

base::Result<int> Client::send(const std::string& method, const std::string& path,
                               const std::string& body, const TakeBytes& take) const {
  httplib::Client client(socket_path_);
  client.set_address_family(AF_UNIX);
  client.set_read_timeout(kReplyTimeoutS);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.set_header("Host", "localhost");
  if (!body.empty()) request.set_header("Content-Type", "application/yaml");
  request.content_receiver = [&](const char* data, std::size_t bytes, std::uint64_t,
                                 std::uint64_t) { return take(data, bytes); };
  const auto result = client.send(request);
  if (!result) return no_answer(socket_path_, result.error());
  return result->status;
}

std::string percent_encode(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      result += c;
    } else {
      result += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return result;
}

}  // namespace sluice::api
