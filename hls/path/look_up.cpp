#include "layout/reasons.hpp"
#include "path/packet.hpp"
#include "path/schedule.hpp"

namespace sluice {
namespace path {

Scheduled look_up(const Choice &choice, const Classified &classified, uint32_t epoch,
                  const Backends &backends) {
  const bool to_backend = classified.direction == kDirectionIn;
  Scheduled result;
  result.backend_index = choice.backend_index;
  result.backend = backends[epoch * layout::kBackends + choice.backend_index];
  const bool down = to_backend && (result.backend.valid & 1) == 0;
  const uint8_t reason = down ? layout::kReason_backend_down : layout::kReasonNone;
  result.reason = choice.reason != 0 ? choice.reason : reason;
  return result;
}

}  // namespace path
}  // namespace sluice
