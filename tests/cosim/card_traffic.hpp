// A stream of generated frames through the simulated card, watched by the oracle.
#pragma once

#include <cstdint>
#include <string>

#include "card/oracle.hpp"
#include "packet_gen/packet_generator.hpp"
#include "sim/sim_card.hpp"

namespace sluice::cosim {

struct RxPattern {
  const char* name;
  sim::RxPace pace;
  std::uint32_t idle_permille;
};
struct TxPattern {
  const char* name;
  sim::TxReady ready;
  std::uint32_t busy_permille;
};

struct CardRun {
  std::uint64_t seed = 1;
  std::uint64_t packets = 0;
  RxPattern rx{"back_to_back", sim::RxPace::back_to_back, 0};
  TxPattern tx{"always", sim::TxReady::always, 0};
  bool error_frames = false;  // some frames flagged by the MAC, some longer than the card takes
  bool ingress_loss = false;  // may overflow: more than a frame a cycle
  packet_gen::TableOptions tables;
  packet_gen::GeneratorOptions generator;  // fixed_epoch is set by run_card
};

struct CardOutcome {
  std::string difference;  // empty: all as the native path says, all counters right
  std::uint64_t packets = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t lost = 0;
  std::uint64_t cycles = 0;
  std::array<std::uint64_t, layout::kReasons> reasons{};  // what the card counted
};

// A fresh card, fresh tables, `packets` frames into both ports by turns.
CardOutcome run_card(const CardRun& run);

}  // namespace sluice::cosim
