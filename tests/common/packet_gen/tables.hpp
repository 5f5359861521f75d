// Random, consistent tables: every key stands where the packet path looks for it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "layout/tables.hpp"
#include "path/pipeline.hpp"

namespace sluice::packet_gen {

// All tables the path reads, as the card holds them: banked ones with bank 0, then bank 1.
struct Tables {
  path::Configs config;
  path::ServiceKeys service_keys0;
  path::ServiceKeys service_keys1;
  path::ReturnKeys return_keys0;
  path::ReturnKeys return_keys1;
  path::Services services;
  path::Vips vips0;
  path::Vips vips1;
  path::Ring ring;
  path::Backends backends;
};

// What is wrong with a service, so that its packets meet a known fate.
enum class Fault : uint8_t {
  none,
  no_slots,      // ring of 0 slots
  empty_slots,   // no slot is valid
  mode_none,     // service without a mode
  backend_down,  // all its backends are out of service
  no_mac,        // the next hop of backends and clients is not known
  small_mtu,     // leaves by port 1, whose MTU is kSmallMtu
  not_in_use,    // its keys name an empty entry of `services`
};
constexpr uint16_t kSmallMtu = 700;
constexpr uint16_t kLargeMtu = 9202;  // the longest untagged frame fits

struct BackendSpec {
  uint16_t index;
  uint32_t address;
  uint16_t port;
  uint8_t egress_port;
};

// What a bank's tables say, for those who make packets.
struct ServiceSpec {
  uint16_t index;
  uint32_t vip;
  uint16_t port;
  uint8_t protocol;
  uint8_t mode;  // layout::Mode
  uint8_t hash_kind;
  Fault fault;
  uint8_t client_ports;  // bit N: port N of the card
  uint8_t unserved;      // layout::UnservedPolicy of its VIP
  std::vector<BackendSpec> backends;
};

struct TableSet {
  Tables images;
  std::vector<ServiceSpec> services[2];  // by bank
};

struct TableOptions {
  uint32_t services = 96;      // of every mode, protocol and fault in turn; at most kServices
  uint32_t max_backends = 12;  // of one service
  uint32_t max_ring_slots = 1021;
  bool random_slots = false;  // some services take a random slot, by PacketIn::random
  bool faults = true;         // false: all services are well and both MTUs are large
};

// Deterministic for a seed. The two banks differ in everything but the ring memory, where each
// service of each bank has its own slots. Several megabytes: kept on the heap.
std::unique_ptr<TableSet> make_tables(uint64_t seed, const TableOptions& options = {});

}  // namespace sluice::packet_gen
