#include "path/schedule.hpp"

#include "layout/hash.hpp"
#include "layout/reasons.hpp"
#include "path/packet.hpp"

namespace sluice {
namespace path {

namespace {

constexpr uint32_t kRingSlotsMask = 0x1ffff;
static_assert(layout::kMaxRingSlots <= kRingSlotsMask, "a ring's size does not fit its bits");

}  // namespace

Scheduled schedule(const Parsed &parsed, const Classified &classified, const layout::Config &config,
                   uint32_t epoch, const Ring &ring, const Backends &backends) {
  const layout::Service &service = classified.service;
  layout::FlowKey flow;
  flow.source = parsed.source;
  flow.destination = parsed.destination;
  flow.source_port = parsed.source_port;
  flow.destination_port = parsed.destination_port;
  flow.protocol = parsed.protocol;
  const uint32_t hash = layout::flow_hash(config, service.hash_kind & 1, flow);

  const uint32_t ring_base = service.ring_base % layout::kRingSlots;
  const uint32_t ring_slots = service.ring_slots & kRingSlotsMask;
  const uint16_t slot = ring[layout::ring_index(ring_base, ring_slots, hash)].slot;
  const bool chosen =
      (slot & layout::kRingSlotValid) != 0 && ring_slots != 0 && (service.mode & 3) != 0;

  const bool to_backend = classified.direction == kDirectionIn;
  Scheduled result;
  result.backend_index =
      to_backend ? static_cast<uint16_t>(slot % layout::kBackends) : classified.backend_index;
  result.backend = backends[epoch * layout::kBackends + result.backend_index];
  result.reason = !to_backend                       ? layout::kReasonNone
                  : !chosen                         ? layout::kReason_no_backend
                  : (result.backend.valid & 1) == 0 ? layout::kReason_backend_down
                                                    : layout::kReasonNone;
  return result;
}

}  // namespace path
}  // namespace sluice
