// What must hold for every packet, whatever it is and whatever the tables say.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "packet_gen/tables.hpp"
#include "path/packet.hpp"

namespace sluice::packet_gen {

// Empty if `out` is a lawful answer to `frame`, else what is wrong. Knows nothing of lookups and
// hashes; holds a forwarded packet against the service and the backend that `out` names:
//   - a packet that is not forwarded is untouched, and has a reason of the packet path
//   - only sound IPv4 TCP and UDP packets for the card are forwarded
//   - a forwarded packet has the MACs, addresses and ports its service asks for, a TTL one lower,
//     right checksums (TCP and UDP: if they were right), and fits the MTU
//   - none is from or on its way back to an address that no host has
//   - one on its way back came in by its backend's port
//   - every other byte is as it came
std::string find_fault(const Tables& tables, std::span<const uint8_t> frame, uint8_t port,
                       uint8_t epoch, const path::PacketOut& out);

}  // namespace sluice::packet_gen
