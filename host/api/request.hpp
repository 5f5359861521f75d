// What a request must be before anything is done for it, and how it is answered.
#pragma once

#include <httplib.h>

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace sluice::api {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json);  // with its end
void answer(httplib::Response& response, int status, const Json& json);
void refuse(httplib::Response& response, const base::Error& error);

// `invalid` unless every parameter is one of these, comes once and has a value: a filter that is
// misspelled or empty must not mean all.
base::Result<void> check_parameters(const httplib::Request& request,
                                    std::initializer_list<const char*> known);

// The whole body, of at most `max_bytes`; otherwise the answer says what is wrong with it.
std::optional<std::string> read_body(const httplib::Request& request, httplib::Response& response,
                                     const httplib::ContentReader& reader, std::size_t max_bytes);

// True if the request has no body, as it must; otherwise the answer says so.
bool has_no_body(const httplib::Request& request, httplib::Response& response);

}  // namespace sluice::api
