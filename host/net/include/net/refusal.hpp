// What tells a sender that nobody listens: the answer of a stack that has no such port. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sluice::net {

// For an Ethernet frame with a whole IPv4 packet: the frame to send back out of the same port, a
// TCP reset (RFC 9293, 3.10.7.1) or an ICMP port unreachable (RFC 1122, 3.2.2). Nothing for what
// must not be answered: another protocol, a reset, a fragment, a wrong checksum, group addresses.
std::optional<std::vector<std::uint8_t>> refusal_of(std::span<const std::uint8_t> frame);

}  // namespace sluice::net
