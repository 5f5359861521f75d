// Runs a frame through the native packet path, as the card would.
#pragma once

#include <cstdint>
#include <span>

#include "packet_gen/frame.hpp"
#include "packet_gen/tables.hpp"
#include "path/packet.hpp"

namespace sluice::packet_gen {

// What ingress makes of a frame.
path::PacketIn packet_in(std::span<const uint8_t> frame, uint8_t port, uint8_t epoch);

path::PacketOut run_path(const Tables& tables, const path::PacketIn& in);

// The frame that leaves: the new header, then the rest of what came in.
void splice(std::span<const uint8_t> frame, const path::PacketOut& out, Bytes& result);

}  // namespace sluice::packet_gen
