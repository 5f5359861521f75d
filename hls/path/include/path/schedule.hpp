// schedule: which backend takes the packet?
#pragma once

#include <cstdint>

#include "layout/tables.hpp"
#include "path/classify.hpp"
#include "path/parse.hpp"

namespace sluice {
namespace path {

struct Scheduled {
  uint8_t reason;  // layout::Reason; 0: the rest holds
  uint16_t backend_index;
  layout::Backend backend;
};

using Ring = layout::RingSlot[layout::kRingSlots];
using Backends = layout::Backend[2 * layout::kBackends];

// To a backend: the service's ring decides, by the flow's hash. Checks, in this order: no_backend
// (a ring of 0 slots, an empty slot, or a service without a mode), backend_down.
// On the way back the return key has named the backend; nothing is checked: what a backend still
// sends after it was taken out belongs to flows that should end well.
Scheduled schedule(const Parsed &parsed, const Classified &classified, const layout::Config &config,
                   uint32_t epoch, const Ring &ring, const Backends &backends);

}  // namespace path
}  // namespace sluice
