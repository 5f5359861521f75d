// Configurations that fill the card's tables: 1,024 services of four backends each.
#pragma once

#include <string>

#include "layout/capacity.hpp"

namespace sluice::test {

// Service `i` of set `which`, by which VIP and ports differ. Its ring and its turns are as large as
// all services may have them.
inline std::string service_of_set(unsigned which, unsigned i) {
  const std::string address = std::to_string(i / 256 + 1) + "." + std::to_string(i % 256);
  std::string text =
      "- name: s" + std::to_string(which) + "-" + std::to_string(i) + "\n  vip: 10." +
      std::to_string(100 + which) + "." + address +
      "\n  port: 80\n  mode: dnat\n  scheduler: weighted_round_robin\n  ring_slots: 509\n"
      "  check: none\n  backends:\n";
  const unsigned weights[] = {13, 17, 17, 17};  // 64 turns
  for (unsigned k = 0; k < 4; ++k) {
    text += "  - {name: b" + std::to_string(k) + ", address: 10.2." + address +
            ", port: " + std::to_string(8000 + 10 * which + k) +
            ", weight: " + std::to_string(weights[k]) + "}\n";
  }
  return text;
}

// `stays` services of set 0, and for the rest of the tables those of set `which`.
inline std::string full_config(unsigned which, unsigned stays = 0) {
  std::string text =
      "version: 1\nports:\n"
      "- {name: clients, address: 10.1.0.1/24, gateway: 10.1.0.254}\n"
      "- {name: backends, address: 10.2.255.1/16}\n"
      "services:\n";
  for (unsigned i = 0; i < layout::kServices; ++i) {
    text += service_of_set(i < stays ? 0 : which, i);
  }
  return text;
}

}  // namespace sluice::test
