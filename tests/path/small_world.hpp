// A few services and backends with names, for tests that read like a story.
#pragma once

#include <cstdint>
#include <memory>

#include "packet_gen/frame.hpp"
#include "packet_gen/tables.hpp"

namespace sluice::path_test {

using packet_gen::FrameSpec;
using packet_gen::Tables;

constexpr uint32_t ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr uint64_t kCardMac = 0x02aabbccdd01;
constexpr uint64_t kClientMac = 0x020000000001;
constexpr uint64_t kRouterMac = 0x020000000002;   // next hop to the clients
constexpr uint64_t kBackendMac = 0x020000000003;  // of every backend that has one
constexpr uint32_t kClient = ip(192, 0, 2, 77);
constexpr uint32_t kPort0Address = ip(10, 0, 0, 2);
constexpr uint32_t kPort1Address = ip(10, 1, 0, 2);
constexpr uint32_t kTunnelSource = ip(10, 1, 0, 2);
constexpr uint32_t kVip = ip(198, 51, 100, 1);
constexpr uint32_t kRejectVip = ip(198, 51, 100, 2);  // without services; the host refuses packets
constexpr uint32_t kHostVip = ip(198, 51, 100, 3);    // without services; packets are the host's
constexpr uint32_t kPort0Broadcast = ip(10, 0, 0, 255);
constexpr uint32_t kPort1Broadcast = ip(10, 1, 0, 255);
constexpr uint32_t kBackend = ip(10, 1, 0, 10);
constexpr uint16_t kPort0Mtu = 1500;
constexpr uint16_t kPort1Mtu = 1000;

// Ports of kVip; each is a service of its own, TCP and UDP. All backends are kBackend.
constexpr uint16_t kDnatPort = 80;  // to port 8080, by port 0
constexpr uint16_t kBackendPort = 8080;
constexpr uint16_t kDsrPort = 81;         // by port 0
constexpr uint16_t kIpipPort = 82;        // by port 0
constexpr uint16_t kNarrowPort = 83;      // IPIP by port 1, whose MTU is 1000
constexpr uint16_t kNoSlotsPort = 84;     // DNAT, a ring of no slots
constexpr uint16_t kEmptySlotPort = 85;   // DNAT, a ring whose slots are not valid
constexpr uint16_t kModelessPort = 86;    // a service without a mode
constexpr uint16_t kDownPort = 87;        // DNAT, its backend (port 8087) is not in service
constexpr uint16_t kUnresolvedPort = 88;  // DNAT, no MAC of the backend (port 8088) or the router
constexpr uint16_t kEmptyEntryPort = 89;  // the key names an empty entry of `services`
constexpr uint16_t kFarPort = 90;         // DNAT, clients and backend (port 8090) at port 1
constexpr uint16_t kLastPort = kFarPort;  // clients and backends of all others come in by port 0

// Bank 0 holds all of it; bank 1 holds the same card, but no services.
std::unique_ptr<Tables> make_small_world();

// Indices of the tables, by service port and protocol.
uint16_t service_of(uint16_t port, uint8_t protocol);
uint16_t backend_of(uint16_t port, uint8_t protocol);

// TCP from the client to the DNAT service, 20 bytes of payload.
FrameSpec from_client();

}  // namespace sluice::path_test
