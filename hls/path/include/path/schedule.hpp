// schedule: which backend takes the packet?
#pragma once

#include <cstdint>

#include "hlsc/annotate.hpp"
#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/parse.hpp"

namespace sluice {
namespace path {

// Which backend, of those that the tables offer; made without looking at the backend itself.
struct Choice {
  uint8_t reason;  // layout::Reason; 0: the rest holds
  uint16_t backend_index;
};

struct Scheduled {
  uint8_t reason;  // layout::Reason; 0: the rest holds
  uint16_t backend_index;
  layout::Backend backend;
};

using Ring = layout::RingSlot[layout::kRingSlots];
using Backends = layout::Backend[2 * layout::kBackends];

HLSC_TOP void schedule(const Parsed &parsed, const Classified &classified, uint8_t epoch,
                       HLSC_LATENCY(1) const Configs &config, HLSC_LATENCY(3) const Ring &ring,
                       Choice &choice);

// What the tables say about the chosen backend.
Scheduled look_up(const Choice &choice, const Classified &classified, uint32_t epoch,
                  const Backends &backends);

}  // namespace path
}  // namespace sluice
