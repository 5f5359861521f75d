#include "layout/connections.hpp"
#include "layout/reasons.hpp"
#include "path/packet.hpp"
#include "path/schedule.hpp"

namespace sluice {
namespace path {

Scheduled look_up(const Choice &choice, const Known &known, const Classified &classified,
                  uint32_t epoch, const Backends &backends) {
  const bool to_backend = classified.direction == kDirectionIn;
  const bool remembered = to_backend && (known.hit || known.taken);
  const bool untracked =
      known.taken && !known.stored && (classified.service.drops_untracked & 1) != 0;
  Scheduled result;
  result.resets = to_backend && known.resets;
  result.backend_index = remembered ? static_cast<uint16_t>(known.backend_index % layout::kBackends)
                                    : choice.backend_index;
  result.backend = backends[epoch * layout::kBackends + result.backend_index];
  // A known connection stays with its backend if its service says so.
  const uint8_t policy = layout::connection_policy(result.backend.valid, classified.service.on_down,
                                                   classified.service.on_removed);
  const bool stays = known.hit && !known.taken && policy == layout::kConnectionKeeps;
  const bool down = to_backend && !result.resets && !stays &&
                    (result.backend.valid & layout::kBackendServes) == 0;
  const uint8_t no_backend = remembered ? uint8_t{layout::kReasonNone} : choice.reason;
  result.reason = to_backend && untracked ? uint8_t{layout::kReason_untracked}
                  : no_backend != 0       ? no_backend
                  : down                  ? uint8_t{layout::kReason_backend_down}
                                          : uint8_t{layout::kReasonNone};
  return result;
}

}  // namespace path
}  // namespace sluice
