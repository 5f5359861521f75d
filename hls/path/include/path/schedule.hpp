// schedule: which backend takes the packet?
#pragma once

#include <cstdint>

#include "hlsc/annotate.hpp"
#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/connect.hpp"
#include "path/parse.hpp"

namespace sluice {
namespace path {

// Which backend the ring offers; made without looking at the backend itself.
struct Choice {
  uint8_t reason;  // layout::Reason; 0: the rest holds
  uint16_t backend_index;
  uint16_t pair_index;  // the backend of the slot's neighbour in the ring, or the same one
};

struct Scheduled {
  uint8_t reason;  // layout::Reason; 0: the rest holds
  bool resets;     // the client gets a RST instead
  uint16_t backend_index;
  layout::Backend backend;
};

using Ring = layout::RingSlot[layout::kRingSlots];
using Backends = layout::Backend[2 * layout::kBackends];

HLSC_TOP void schedule(const Parsed &parsed, const Classified &classified, uint8_t epoch,
                       uint32_t random, HLSC_LATENCY(1) const Configs &config,
                       HLSC_LATENCY(3) const Ring &ring, Choice &choice);

// The backend of the packet's connection, or what the ring offers, and what the tables say about
// it. Checks, in this order: untracked, no_backend, backend_down.
Scheduled look_up(const Choice &choice, const Known &known, const Classified &classified,
                  uint32_t epoch, const Backends &backends);

}  // namespace path
}  // namespace sluice
