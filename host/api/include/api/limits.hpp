// How long a request to the API may take.
#pragma once

#include <chrono>

namespace sluice::api {

// From the moment its connection is accepted.
struct Limits {
  std::chrono::milliseconds read{5'000};     // until it is there
  std::chrono::milliseconds begin{20'000};   // until it is begun; else it never is
  std::chrono::milliseconds answer{55'000};  // until it is done, unless it is answered by lines
  // How long a client may keep the answer waiting, all in all.
  std::chrono::milliseconds write{30'000};
};

}  // namespace sluice::api
