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

void schedule(const Parsed &parsed, const Classified &classified, uint8_t epoch, uint32_t random,
              const Configs &config, const Ring &ring, Choice &choice) {
  const layout::Service &service = classified.service;
  layout::FlowKey flow;
  flow.source = parsed.source;
  flow.destination = parsed.destination;
  flow.source_port = parsed.source_port;
  flow.destination_port = parsed.destination_port;
  flow.protocol = parsed.protocol;
  const uint32_t flow_hash = layout::flow_hash(config[epoch & 1], service.hash_kind & 1, flow);
  // Packets that may not be the first of their connection follow the flow's slot in any case.
  const bool draws = service.scheduler == layout::kScheduler_random && begins_connection(parsed);
  const uint32_t hash = draws ? random : flow_hash;

  const uint32_t ring_base = service.ring_base % layout::kRingSlots;
  const uint32_t ring_slots = service.ring_slots & kRingSlotsMask;
  const uint32_t index = layout::ring_index(ring_base, ring_slots, hash);
  const uint16_t slot = ring[index].slot;
  const uint16_t neighbour = ring[index ^ 1].slot;
  const bool paired = ((index ^ 1) - ring_base) % layout::kRingSlots < ring_slots;
  const bool chosen =
      (slot & layout::kRingSlotValid) != 0 && ring_slots != 0 && (service.mode & 3) != 0;

  const bool to_backend = classified.direction == kDirectionIn;
  choice.backend_index =
      to_backend ? static_cast<uint16_t>(slot % layout::kBackends) : classified.backend_index;
  choice.pair_index = to_backend && paired ? static_cast<uint16_t>(neighbour % layout::kBackends)
                                           : choice.backend_index;
  choice.reason = to_backend && !chosen ? layout::kReason_no_backend : layout::kReasonNone;
}

}  // namespace path
}  // namespace sluice
