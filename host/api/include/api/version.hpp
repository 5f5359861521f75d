// The version both programs report and the prefix of the API's paths.
#pragma once

namespace sluice::api {

inline constexpr char kVersion[] = "0.1.0";
inline constexpr char kDefaultSocket[] = "/run/sluice/sluiced.sock";

}  // namespace sluice::api
