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

void schedule(const Parsed &parsed, const Classified &classified, uint8_t epoch,
              const Configs &config, const Ring &ring, Choice &choice) {
  const layout::Service &service = classified.service;
  layout::FlowKey flow;
  flow.source = parsed.source;
  flow.destination = parsed.destination;
  flow.source_port = parsed.source_port;
  flow.destination_port = parsed.destination_port;
  flow.protocol = parsed.protocol;
  const uint32_t hash = layout::flow_hash(config[epoch & 1], service.hash_kind & 1, flow);

  const uint32_t ring_base = service.ring_base % layout::kRingSlots;
  const uint32_t ring_slots = service.ring_slots & kRingSlotsMask;
  const uint16_t slot = ring[layout::ring_index(ring_base, ring_slots, hash)].slot;
  const bool chosen =
      (slot & layout::kRingSlotValid) != 0 && ring_slots != 0 && (service.mode & 3) != 0;

  const bool to_backend = classified.direction == kDirectionIn;
  choice.backend_index =
      to_backend ? static_cast<uint16_t>(slot % layout::kBackends) : classified.backend_index;
  choice.reason = to_backend && !chosen ? layout::kReason_no_backend : layout::kReasonNone;
}

}  // namespace path
}  // namespace sluice
