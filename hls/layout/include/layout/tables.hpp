// Records of every table the packet path reads and of every counter table the card keeps.
//
// Numbers in records are values, not wire bytes: IPv4 10.0.0.1 is 0x0a000001, MAC 00:11:22:33:44:55
// is 0x001122334455, ports are host numbers. A record of zeros is an empty entry.
#pragma once

#include "layout/capacity.hpp"
#include "layout/field.hpp"

namespace sluice {
namespace layout {

enum Mode : uint8_t {
  kModeNone = 0,
  kModeDnat = 1,  // destination becomes the backend; the way back restores the VIP
  kModeDsr = 2,   // layer 2: only the MAC changes, the backend answers the client itself
  kModeIpip = 3,  // RFC 2003: an outer IPv4 header carries the packet to the backend
};

enum HashKind : uint8_t {
  kHashTuple = 0,   // source and destination address and port, protocol
  kHashSource = 1,  // source address only
};

// How a service chooses the backend of a new connection (docs/schedulers.md). Packets that belong
// to no known connection and begin none follow the ring.
enum SchedulerKind : uint8_t {
  kScheduler_ring = 0,    // the ring's slot at the flow's hash: maglev, hash, source
  kScheduler_random = 1,  // a random slot of the ring
  kScheduler_pair = 2,    // the less loaded of two neighbouring slots: power of two choices
  kScheduler_turns = 3,   // the next turn: round robin, weighted round robin
  kScheduler_least = 4,   // the least loaded: least connections, weighted, least response time
};

constexpr uint16_t kRingSlotValid = 0x8000;  // bit 15 of a ring slot; bits 11:0 are the backend

// One per bank (epoch). Key words feed the Toeplitz hashes, bit 31 of word 0 first.
#define SLUICE_CONFIG_FIELDS(FIELD)                                                      \
  FIELD(uint64_t, mac, 48, "MAC of the card's ports and of the host's sluice0")          \
  FIELD(uint32_t, port0_address, 32, "IPv4 of port 0; packets to it are the host's")     \
  FIELD(uint32_t, port1_address, 32, "IPv4 of port 1; packets to it are the host's")     \
  FIELD(uint16_t, port0_mtu, 14, "bytes of IPv4 packet that may leave port 0")           \
  FIELD(uint16_t, port1_mtu, 14, "bytes of IPv4 packet that may leave port 1")           \
  FIELD(uint32_t, tunnel_source, 32, "outer source address of IPIP")                     \
  FIELD(uint32_t, flow_key0, 32, "flow hash key, bits 159:128")                          \
  FIELD(uint32_t, flow_key1, 32, "flow hash key, bits 127:96")                           \
  FIELD(uint32_t, flow_key2, 32, "flow hash key, bits 95:64")                            \
  FIELD(uint32_t, flow_key3, 32, "flow hash key, bits 63:32")                            \
  FIELD(uint32_t, flow_key4, 32, "flow hash key, bits 31:0")                             \
  FIELD(uint32_t, way0_key0, 32, "key hash of way 0, bits 95:64")                        \
  FIELD(uint32_t, way0_key1, 32, "key hash of way 0, bits 63:32")                        \
  FIELD(uint32_t, way0_key2, 32, "key hash of way 0, bits 31:0")                         \
  FIELD(uint32_t, way1_key0, 32, "key hash of way 1, bits 95:64")                        \
  FIELD(uint32_t, way1_key1, 32, "key hash of way 1, bits 63:32")                        \
  FIELD(uint32_t, way1_key2, 32, "key hash of way 1, bits 31:0")                         \
  FIELD(uint32_t, port0_broadcast, 32, "broadcast address of port 0's network; 0: none") \
  FIELD(uint32_t, port1_broadcast, 32, "broadcast address of port 1's network; 0: none") \
  FIELD(uint8_t, drop_martians, 1, "1: addresses that cannot be there are dropped")      \
  FIELD(uint8_t, reserved0, 0, "zero")                                                   \
  FIELD(uint16_t, reserved1, 0, "zero")                                                  \
  FIELD(uint64_t, reserved2, 0, "zero")                                                  \
  FIELD(uint64_t, reserved3, 0, "zero")                                                  \
  FIELD(uint64_t, reserved4, 0, "zero")                                                  \
  FIELD(uint64_t, reserved5, 0, "zero")                                                  \
  FIELD(uint64_t, reserved6, 0, "zero")                                                  \
  FIELD(uint64_t, reserved7, 0, "zero")
SLUICE_RECORD(Config, SLUICE_CONFIG_FIELDS)
static_assert(sizeof(Config) == 128, "stride");

static_assert(kPorts == 2, "masks and numbers of ports in the keys below");

// (VIP, port, protocol) -> service. Two ways, each a table; a key is in one bucket of one way.
#define SLUICE_SERVICE_KEY_FIELDS(FIELD)                              \
  FIELD(uint32_t, address, 32, "VIP")                                 \
  FIELD(uint16_t, port, 16, "VIP's port")                             \
  FIELD(uint8_t, protocol, 8, "6 TCP or 17 UDP")                      \
  FIELD(uint8_t, valid, 1, "1: in use")                               \
  FIELD(uint16_t, service, 10, "index into services")                 \
  FIELD(uint8_t, client_ports, 2, "bit N: clients come in by port N") \
  FIELD(uint8_t, reserved0, 0, "zero")                                \
  FIELD(uint32_t, reserved1, 0, "zero")
SLUICE_RECORD(ServiceKey, SLUICE_SERVICE_KEY_FIELDS)
static_assert(sizeof(ServiceKey) == 16, "stride");

// What becomes of packets to a VIP's port without a service.
enum UnservedPolicy : uint8_t {
  kUnserved_drop = 0,    // dropped by the card
  kUnserved_reject = 1,  // the host refuses them
  kUnserved_host = 2,    // the host has them
};

// Every VIP. Two ways as of service keys, with port and protocol 0 in the key.
#define SLUICE_VIP_FIELDS(FIELD)                                                               \
  FIELD(uint32_t, address, 32, "the VIP")                                                      \
  FIELD(uint8_t, valid, 1, "1: in use")                                                        \
  FIELD(uint8_t, unserved, 2,                                                                  \
        "packets to a port without a service: 0 dropped, 1 refused by the host, 2 the host's") \
  FIELD(uint16_t, reserved0, 0, "zero")
SLUICE_RECORD(Vip, SLUICE_VIP_FIELDS)
static_assert(sizeof(Vip) == 8, "stride");

// (backend's address, port, protocol) -> the DNAT service whose VIP is restored on the way back.
#define SLUICE_RETURN_KEY_FIELDS(FIELD)                                         \
  FIELD(uint32_t, address, 32, "backend's address")                             \
  FIELD(uint16_t, port, 16, "backend's port")                                   \
  FIELD(uint8_t, protocol, 8, "6 TCP or 17 UDP")                                \
  FIELD(uint8_t, valid, 1, "1: in use")                                         \
  FIELD(uint16_t, service, 10, "index into services")                           \
  FIELD(uint16_t, backend, 12, "index into backends")                           \
  FIELD(uint8_t, ingress_port, 1, "the backend's packets come in by this port") \
  FIELD(uint8_t, reserved0, 0, "zero")                                          \
  FIELD(uint16_t, reserved1, 0, "zero")
SLUICE_RECORD(ReturnKey, SLUICE_RETURN_KEY_FIELDS)
static_assert(sizeof(ReturnKey) == 16, "stride");

#define SLUICE_SERVICE_FIELDS(FIELD)                                                          \
  FIELD(uint32_t, vip, 32, "address restored as source on the way back")                      \
  FIELD(uint16_t, port, 16, "port restored as source on the way back")                        \
  FIELD(uint8_t, mode, 2, "how packets reach a backend: 1 DNAT, 2 DSR, 3 IPIP")               \
  FIELD(uint8_t, hash_kind, 1, "0: 5-tuple, 1: source address")                               \
  FIELD(uint32_t, ring_base, 20, "first slot of this service's ring")                         \
  FIELD(uint32_t, ring_slots, 17, "slots of the ring (prime); 0: no backend")                 \
  FIELD(uint64_t, return_mac, 48, "next hop to the clients; 0: not known")                    \
  FIELD(uint8_t, return_port, 1, "port towards the clients")                                  \
  FIELD(uint8_t, valid, 1, "1: in use")                                                       \
  FIELD(uint8_t, scheduler, 3, "0 ring, 1 random slot, 2 pair of slots, 3 turns, 4 least")    \
  FIELD(uint8_t, tracks, 1, "1: its connections are remembered")                              \
  FIELD(uint8_t, on_down, 2, "a dead backend's connections 0: are reset, 1: move, 2: stay")   \
  FIELD(uint8_t, drops_untracked, 1, "what the table cannot store 1: is dropped, 0: goes on") \
  FIELD(uint16_t, turns_base, 16, "first turn of this service")                               \
  FIELD(uint32_t, timeout_opening, 17, "epochs, at most 122,880; so the other time-outs")     \
  FIELD(uint32_t, timeout_established, 17, "epochs; of UDP too")                              \
  FIELD(uint32_t, timeout_half_closed, 17, "epochs")                                          \
  FIELD(uint32_t, timeout_closed, 17, "epochs")                                               \
  FIELD(uint32_t, timeout_persistence, 17, "epochs; 0: no persistence")                       \
  FIELD(uint16_t, turns_last, 12, "number of turns less one")                                 \
  FIELD(uint8_t, on_removed, 2, "the same, of a backend that was taken out")                  \
  FIELD(uint8_t, reserved0, 0, "zero")                                                        \
  FIELD(uint64_t, reserved1, 0, "zero")
SLUICE_RECORD(Service, SLUICE_SERVICE_FIELDS)
static_assert(sizeof(Service) == 64, "stride");

#define SLUICE_RING_SLOT_FIELDS(FIELD) \
  FIELD(uint16_t, slot, 16, "bit 15: valid, bits 11:0: index into backends")
SLUICE_RECORD(RingSlot, SLUICE_RING_SLOT_FIELDS)
static_assert(sizeof(RingSlot) == 2, "stride");

#define SLUICE_BACKEND_FIELDS(FIELD)                                                   \
  FIELD(uint32_t, address, 32, "backend's address")                                    \
  FIELD(uint16_t, port, 16, "backend's port (DNAT)")                                   \
  FIELD(uint8_t, valid, 2, "bit 0: in service, bit 1: taken out of the configuration") \
  FIELD(uint8_t, egress_port, 1, "port towards the backend")                           \
  FIELD(uint64_t, mac, 48, "next hop's MAC; 0: not known")
SLUICE_RECORD(Backend, SLUICE_BACKEND_FIELDS)
static_assert(sizeof(Backend) == 16, "stride");

#define SLUICE_TURN_FIELDS(FIELD) FIELD(uint16_t, backend, 12, "index into backends")
SLUICE_RECORD(Turn, SLUICE_TURN_FIELDS)
static_assert(sizeof(Turn) == 2, "stride");

// A backend's part of its service's new connections, for schedulers that compare loads:
// load = (active connections + 1) x cost (x response time); and for persistence, whose clients
// leave a backend that has no cost or another service. Takes effect when it is written.
#define SLUICE_SHARE_FIELDS(FIELD)                                                      \
  FIELD(uint32_t, cost, 18, "inverse of the weight; 0: takes no new connection")        \
  FIELD(uint8_t, timed, 1, "1: its load is multiplied by its response time")            \
  FIELD(uint8_t, column, 6, "its place among its service's backends (scheduler least)") \
  FIELD(uint16_t, service, 10, "index into services")
SLUICE_RECORD(Share, SLUICE_SHARE_FIELDS)
static_assert(sizeof(Share) == 8, "stride");

// What the card knows of a backend's or a service's connections; as it is when it is read.
#define SLUICE_CONNECTION_COUNT_FIELDS(FIELD) \
  FIELD(uint32_t, active, 21, "connections that have begun and not ended")
SLUICE_RECORD(ConnectionCount, SLUICE_CONNECTION_COUNT_FIELDS)
static_assert(sizeof(ConnectionCount) == 4, "stride");

// Mean time from a SYN to the backend's SYN-ACK; a host writes it where the card sees no SYN-ACK.
#define SLUICE_RESPONSE_TIME_FIELDS(FIELD) \
  FIELD(uint32_t, mean, 20, "in units of 1/16 of a response tick; 0: not known")
SLUICE_RECORD(ResponseTime, SLUICE_RESPONSE_TIME_FIELDS)
static_assert(sizeof(ResponseTime) == 4, "stride");

// Counter tables: what a snapshot froze. Bytes are of whole frames without FCS.
#define SLUICE_FLOW_COUNTERS_FIELDS(FIELD)                               \
  FIELD(uint64_t, in_packets, 48, "packets forwarded to a backend")      \
  FIELD(uint64_t, in_bytes, 56, "bytes of those frames, as received")    \
  FIELD(uint64_t, out_packets, 48, "packets forwarded back to a client") \
  FIELD(uint64_t, out_bytes, 56, "bytes of those frames, as received")
SLUICE_RECORD(FlowCounters, SLUICE_FLOW_COUNTERS_FIELDS)
static_assert(sizeof(FlowCounters) == 32, "stride");

#define SLUICE_PORT_COUNTERS_FIELDS(FIELD)                                        \
  FIELD(uint64_t, rx_packets, 48, "frames received, good or bad")                 \
  FIELD(uint64_t, rx_bytes, 56, "bytes of those frames")                          \
  FIELD(uint64_t, tx_packets, 48, "frames sent")                                  \
  FIELD(uint64_t, tx_bytes, 56, "bytes of those frames")                          \
  FIELD(uint64_t, punted_packets, 48, "frames put into the mailbox for the host") \
  FIELD(uint64_t, injected_packets, 48, "frames the host sent to this port")      \
  FIELD(uint64_t, reserved0, 0, "zero")                                           \
  FIELD(uint64_t, reserved1, 0, "zero")
SLUICE_RECORD(PortCounters, SLUICE_PORT_COUNTERS_FIELDS)
static_assert(sizeof(PortCounters) == 64, "stride");

#define SLUICE_REASON_COUNTER_FIELDS(FIELD) \
  FIELD(uint64_t, packets, 48, "packets that met this reason")
SLUICE_RECORD(ReasonCounter, SLUICE_REASON_COUNTER_FIELDS)
static_assert(sizeof(ReasonCounter) == 8, "stride");

// TABLE(id, name, Record, entries, kind, "doc")
// kind: banked (two copies, the host writes the shadow, commit flips), direct (one copy, the host
// writes free places and a banked entry points to them), live (one copy, a write takes effect at
// once), level (read-only, as it is now), counter (read-only, from the snapshot).
#define SLUICE_TABLES(TABLE)                                                                    \
  TABLE(0, config, Config, 1, banked, "addresses, MTUs and hash keys")                          \
  TABLE(1, service_keys0, ServiceKey, kServiceKeyBuckets, banked, "service lookup, way 0")      \
  TABLE(2, service_keys1, ServiceKey, kServiceKeyBuckets, banked, "service lookup, way 1")      \
  TABLE(3, return_keys0, ReturnKey, kReturnKeyBuckets, banked, "lookup of the way back, way 0") \
  TABLE(4, return_keys1, ReturnKey, kReturnKeyBuckets, banked, "lookup of the way back, way 1") \
  TABLE(5, services, Service, kServices, banked, "what a service does")                         \
  TABLE(6, ring, RingSlot, kRingSlots, direct, "Maglev rings of all services")                  \
  TABLE(7, backends, Backend, kBackends, banked, "where a backend is")                          \
  TABLE(8, turns, Turn, kTurns, direct, "round robin: whose turn comes after whose")            \
  TABLE(9, shares, Share, kBackends, live, "a backend's part of the new connections")           \
  TABLE(10, response_times, ResponseTime, kBackends, live, "how fast a backend answers")        \
  TABLE(11, service_connections, ConnectionCount, kServices, level, "connections of a service") \
  TABLE(12, backend_connections, ConnectionCount, kBackends, level, "connections of a backend") \
  TABLE(13, vips0, Vip, kServiceKeyBuckets, banked, "VIPs, way 0")                              \
  TABLE(14, vips1, Vip, kServiceKeyBuckets, banked, "VIPs, way 1")                              \
  TABLE(16, service_counters, FlowCounters, kServices, counter, "traffic of a service")         \
  TABLE(17, backend_counters, FlowCounters, kBackends, counter, "traffic of a backend")         \
  TABLE(18, port_counters, PortCounters, kPorts, counter, "traffic of a port")                  \
  TABLE(19, reason_counters, ReasonCounter, kReasons, counter, "drops and punts, by reason code")

enum class TableKind : uint8_t { banked, direct, live, level, counter };

enum TableId : uint8_t {
#define SLUICE_TABLE_ENUM(id, name, Record, entries, kind, doc) kTable_##name = id,
  SLUICE_TABLES(SLUICE_TABLE_ENUM)
#undef SLUICE_TABLE_ENUM
};

struct TableInfo {
  uint8_t id;
  const char* name;
  const char* record;
  uint32_t entries;
  uint32_t stride_bytes;  // power of two
  TableKind kind;
  const char* doc;
};

inline const TableInfo* tables(uint32_t* count) {
  static const TableInfo kInfo[] = {
#define SLUICE_TABLE_INFO(id, name, Record, entries, kind, doc) \
  {id, #name, #Record, entries, sizeof(Record), TableKind::kind, doc},
      SLUICE_TABLES(SLUICE_TABLE_INFO)
#undef SLUICE_TABLE_INFO
  };
  *count = sizeof(kInfo) / sizeof(kInfo[0]);
  return kInfo;
}

}  // namespace layout
}  // namespace sluice
