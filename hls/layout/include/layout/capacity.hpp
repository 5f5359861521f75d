// Every bound of the card in one place. The generator turns these into SystemVerilog parameters
// and into the capacity registers that the card shows to the host.
#pragma once

#include <cstdint>

#define SLUICE_CAPACITIES(CAPACITY)                                                                \
  CAPACITY(kPorts, 2, "network ports")                                                             \
  CAPACITY(kServices, 1024, "services (VIP, port, protocol)")                                      \
  CAPACITY(kServiceKeyBuckets, 2048, "buckets a way of the service key table (2 ways)")            \
  CAPACITY(kBackends, 4096, "backends (address, port)")                                            \
  CAPACITY(kReturnKeyBuckets, 8192, "buckets a way of the return key table (2 ways)")              \
  CAPACITY(kRingSlots, 1048576, "Maglev slots shared by all services")                             \
  CAPACITY(kMaxRingSlots, 65537, "largest Maglev ring of one service (prime)")                     \
  CAPACITY(kTurns, 65536, "turns of round robin shared by all services")                           \
  CAPACITY(kMaxTurns, 4096, "most turns of one service")                                           \
  CAPACITY(kColumns, 64, "most backends of a service that takes the least loaded one")             \
  CAPACITY(kConnections, 1048576, "connections the card remembers")                                \
  CAPACITY(kBeatBytes, 64, "bytes a beat of a port's AXI-Stream (512 bits)")                       \
  CAPACITY(kWindowBytes, 128, "bytes of a frame that the packet path sees")                        \
  CAPACITY(kMaxPushBytes, 20, "bytes a rewrite may add (outer IPv4 header)")                       \
  CAPACITY(kMinFrameBytes, 60, "shortest frame that leaves, without FCS; shorter ones are padded") \
  CAPACITY(kMaxFrameBytes, 9216, "longest frame accepted, without FCS")                            \
  CAPACITY(kPuntSlots, 32, "frames the card holds for the host")                                   \
  CAPACITY(kInjectSlots, 16, "frames the card holds from the host")                                \
  CAPACITY(kMailboxFrameBytes, 2044, "longest frame of a mailbox slot, either way")                \
  CAPACITY(kReasons, 64, "codes of the reason counter table")

namespace sluice {
namespace layout {

#define SLUICE_CAPACITY_CONSTANT(name, value, doc) constexpr uint32_t name = value;
SLUICE_CAPACITIES(SLUICE_CAPACITY_CONSTANT)
#undef SLUICE_CAPACITY_CONSTANT

}  // namespace layout
}  // namespace sluice
