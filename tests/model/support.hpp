// A configuration that is right, to be made wrong or to be planned.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "model/plan.hpp"
#include "model/read_config.hpp"

namespace sluice::model {

inline const std::string kGoodConfig = R"(version: 1
ports:
  - name: port0
    address: 192.0.2.1/24
    gateway: 192.0.2.254
  - name: port1
    address: 10.1.0.1/24
services:
  - name: web
    vip: 192.0.2.100
    port: 80
    mode: dnat
    backends:
      - {name: be1, address: 10.1.0.11, port: 8080}
      - {name: be2, address: 10.1.0.12, port: 8080, weight: 3}
  - name: files
    vip: 192.0.2.101
    port: 443
    mode: dsr
    hash: source
    ring_slots: 251
    backends:
      - {name: be1, address: 10.1.0.11}
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) ADD_FAILURE() << "no '" << from << "' in the text";
  return text.replace(at, from.size(), to);
}

inline Config good_config(const std::string& text = kGoodConfig) {
  ReadConfig read = read_config(text, "test.yaml");
  for (const Problem& problem : read.problems) ADD_FAILURE() << problem.message();
  return read.config.value_or(Config{});
}

inline std::uint64_t test_seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::printf("seed %llu (SLUICE_SEED=%llu replays)\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  return seed;
}

// Learned MACs for every next hop.
inline Inputs all_reachable(const Config& config) {
  Inputs inputs;
  for (const NextHop& hop : next_hops(config)) {
    inputs.neighbors[hop.address] = base::Mac{0x020000000000ull | hop.address.value};
  }
  return inputs;
}

}  // namespace sluice::model
