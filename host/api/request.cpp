#include "request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/report.hpp"
#include "exchange.hpp"
#include "http_status.hpp"

namespace sluice::api {
namespace {

using base::Errc;
using base::Error;

enum Status {
  kBadRequest = 400,
  kTimedOut = 408,
  kLengthRequired = 411,
  kTooLarge = 413,
  kUnsupported = 415,
};

void refuse_body(httplib::Response& response, int status, const std::string& what) {
  const bool too_large = status == kTooLarge;
  answer(response, status, error_report({too_large ? Errc::exhausted : Errc::invalid, what, ""}));
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_chunked(const httplib::Request& request) { return request.has_header("Transfer-Encoding"); }

std::string type_of(const httplib::Request& request) {
  return request.get_header_value("Content-Type");
}

}  // namespace

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void answer(httplib::Response& response, int status, const Json& json) {
  response.status = status;
  response.set_content(line_of(json), "application/json");
}

void refuse(httplib::Response& response, const Error& error) {
  answer(response, http_status(error.code), error_report(error));
}

base::Result<void> check_parameters(const httplib::Request& request,
                                    std::initializer_list<const char*> known) {
  for (const auto& [name, value] : request.params) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string all;
      for (const char* one : known) all += (all.empty() ? "" : ", ") + std::string(one);
      return Error{Errc::invalid,
                   "no parameter '" + name + "' here; " +
                       (all.empty() ? "this request has none" : "write one of: " + all),
                   ""};
    }
    if (request.get_param_value_count(name) > 1) {
      return Error{Errc::invalid, "parameter '" + name + "' comes twice", ""};
    }
    if (value.empty()) {
      return Error{Errc::invalid,
                   "parameter '" + name + "' is empty; give it a value or leave it out", ""};
    }
  }
  return {};
}

std::optional<std::string> read_body(const httplib::Request& request, httplib::Response& response,
                                     const httplib::ContentReader& reader, std::size_t max_bytes) {
  const std::string too_long = "a body has at most " + std::to_string(max_bytes >> 20) + " MiB";
  const auto refused = [&](int status, const std::string& what) {
    refuse_body(response, status, what);
    return std::nullopt;
  };
  if (type_of(request).starts_with("multipart/")) {
    return refused(kUnsupported,
                   "the body is the text itself and no form; with curl: --data-binary @FILE");
  }
  if (!is_chunked(request)) {
    const std::string length = request.get_header_value("Content-Length");
    if (length.empty()) return refused(kLengthRequired, "send a body, with its Content-Length");
    if (!is_number(length)) return refused(kBadRequest, "the Content-Length is no number");
  }
  std::string body;
  bool over = false;
  // Counted here too: a chunked or compressed body has no length that could be looked at before.
  const bool complete = reader([&](const char* data, std::size_t bytes) {
    over = body.size() + bytes > max_bytes;
    if (!over) body.append(data, bytes);
    return !over;
  });
  if (complete) return body;
  if (over || response.status == kTooLarge) return refused(kTooLarge, too_long);
  if (response.status == kUnsupported) {
    return refused(kUnsupported, "the body has an encoding that is not known here");
  }
  if (Exchange::current().late()) {
    return refused(kTimedOut, "the request did not come in time (5 s)");
  }
  return refused(kBadRequest, "the body was cut short");
}

bool has_no_body(const httplib::Request& request, httplib::Response& response) {
  const std::string length = request.get_header_value("Content-Length");
  if (!is_chunked(request) && (length.empty() || length == "0")) return true;
  refuse_body(response, kBadRequest,
              "this request has no body; its filters are parameters of the path");
  return false;
}

}  // namespace sluice::api
