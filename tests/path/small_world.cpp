#include "small_world.hpp"

#include <cstdlib>

#include "layout/hash.hpp"

namespace sluice::path_test {
namespace {

using layout::kBackends;
using layout::kReturnKeyBuckets;
using layout::kServiceKeyBuckets;
using packet_gen::kTcp;
using packet_gen::kUdp;

template <class Key>
void place(const layout::Config& config, Key* way0, Key* way1, uint32_t buckets, const Key& key) {
  Key& first = way0[layout::key_hash0(config, key.address, key.port, key.protocol) % buckets];
  Key& second = way1[layout::key_hash1(config, key.address, key.port, key.protocol) % buckets];
  Key& free = first.valid == 0 ? first : second;
  if (free.valid != 0) std::abort();  // choose other hash keys below
  free = key;
}

layout::Config make_config() {
  layout::Config config{};
  config.mac = kCardMac;
  config.port0_address = kPort0Address;
  config.port1_address = kPort1Address;
  config.port0_mtu = kPort0Mtu;
  config.port1_mtu = kPort1Mtu;
  config.tunnel_source = kTunnelSource;
  config.port0_broadcast = kPort0Broadcast;
  config.port1_broadcast = kPort1Broadcast;
  config.drop_martians = 1;
  config.flow_key0 = 0x6d5a56da;
  config.flow_key1 = 0x255b0ec2;
  config.flow_key2 = 0x4167253d;
  config.flow_key3 = 0x43a38fb0;
  config.flow_key4 = 0xd0ca2bcb;
  config.way0_key0 = 0xae7b30b4;
  config.way0_key1 = 0x77cb2da3;
  config.way0_key2 = 0x8030f20c;
  config.way1_key0 = 0x6a42b73b;
  config.way1_key1 = 0xbeac01fa;
  config.way1_key2 = 0x11273341;
  return config;
}

void add_vip(Tables& tables, uint32_t address, layout::UnservedPolicy unserved) {
  const layout::Config& config = tables.config[0];
  layout::Vip& first = tables.vips0[layout::vip_bucket0(config, address)];
  layout::Vip& second = tables.vips1[layout::vip_bucket1(config, address)];
  layout::Vip& free = first.valid == 0 ? first : second;
  if (free.valid != 0) std::abort();
  free.address = address;
  free.valid = 1;
  free.unserved = unserved;
}

uint8_t mode_of(uint16_t port) {
  switch (port) {
    case kDsrPort:
      return layout::kModeDsr;
    case kIpipPort:
    case kNarrowPort:
      return layout::kModeIpip;
    case kModelessPort:
      return layout::kModeNone;
    default:
      return layout::kModeDnat;
  }
}

void add_service(Tables& tables, uint16_t port, uint8_t protocol) {
  const layout::Config& config = tables.config[0];
  layout::ServiceKey key{};
  key.address = kVip;
  key.port = port;
  key.protocol = protocol;
  key.valid = 1;
  key.service = service_of(port, protocol);
  key.client_ports = port == kFarPort ? 2 : 1;
  place(config, tables.service_keys0, tables.service_keys1, kServiceKeyBuckets, key);
  if (port == kEmptyEntryPort) return;

  const uint16_t backend_index = backend_of(port, protocol);
  const uint32_t ring_base = service_of(port, protocol) * 7u;
  layout::Service& service = tables.services[key.service];
  service.vip = kVip;
  service.port = port;
  service.mode = mode_of(port);
  service.hash_kind = layout::kHashTuple;
  service.ring_base = ring_base;
  service.ring_slots = port == kNoSlotsPort ? 0 : 7;
  service.return_mac = port == kUnresolvedPort ? 0 : kRouterMac;
  service.return_port = 1;
  service.valid = 1;
  const uint16_t valid = port == kEmptySlotPort ? uint16_t{0} : layout::kRingSlotValid;
  for (uint32_t i = 0; i < 7; i++) {
    tables.ring[ring_base + i].slot = static_cast<uint16_t>(valid | backend_index);
  }

  layout::Backend& backend = tables.backends[backend_index];
  backend.address = kBackend;
  backend.port = static_cast<uint16_t>(8000 + port);
  backend.valid = port != kDownPort;
  backend.egress_port = port == kNarrowPort || port == kFarPort;
  backend.mac = port == kUnresolvedPort ? 0 : kBackendMac;
  if (service.mode != layout::kModeDnat) return;
  layout::ReturnKey way_back{};
  way_back.address = kBackend;
  way_back.port = backend.port;
  way_back.protocol = protocol;
  way_back.valid = 1;
  way_back.service = key.service;
  way_back.backend = backend_index;
  way_back.ingress_port = backend.egress_port;
  place(config, tables.return_keys0, tables.return_keys1, kReturnKeyBuckets, way_back);
}

}  // namespace

uint16_t service_of(uint16_t port, uint8_t protocol) {
  return static_cast<uint16_t>(port * 2 + (protocol == kUdp ? 1 : 0));
}

uint16_t backend_of(uint16_t port, uint8_t protocol) {
  return static_cast<uint16_t>(3000 + service_of(port, protocol));
}

std::unique_ptr<Tables> make_small_world() {
  auto tables = std::make_unique<Tables>();
  tables->config[0] = tables->config[1] = make_config();
  add_vip(*tables, kVip, layout::kUnserved_drop);
  add_vip(*tables, kRejectVip, layout::kUnserved_reject);
  add_vip(*tables, kHostVip, layout::kUnserved_host);
  for (uint16_t port = kDnatPort; port <= kLastPort; port++) {
    add_service(*tables, port, kTcp);
    add_service(*tables, port, kUdp);
  }
  return tables;
}

FrameSpec from_client() {
  FrameSpec spec;
  spec.destination_mac = kCardMac;
  spec.source_mac = kClientMac;
  spec.source = kClient;
  spec.destination = kVip;
  spec.source_port = 49152;
  spec.destination_port = kDnatPort;
  spec.payload_bytes = 20;
  spec.payload_seed = 1;
  return spec;
}

}  // namespace sluice::path_test
