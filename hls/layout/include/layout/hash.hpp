// Where a key is placed and which ring slot a flow takes: the same code in the packet path and in
// the host that fills the tables.
//
// Toeplitz hash with a key from Config: for every set bit i of the input, counted from the most
// significant bit of word 0, the result is XORed with the 32 key bits from bit i on, counted from
// the most significant bit of key word 0. It is linear: h(a ^ b) = h(a) ^ h(b).
#pragma once

#include <cstdint>

#include "layout/tables.hpp"

namespace sluice {
namespace layout {

template <int Words>
inline uint32_t toeplitz(const uint32_t (&input)[Words], const uint32_t (&key)[Words + 1]) {
  uint32_t hash = 0;
  for (int i = 0; i < 32 * Words; i++) {
    const uint64_t pair = (static_cast<uint64_t>(key[i / 32]) << 32) | key[i / 32 + 1];
    const uint32_t slice = static_cast<uint32_t>(pair >> (32 - i % 32));
    const bool bit = ((input[i / 32] >> (31 - i % 32)) & 1) != 0;
    hash ^= bit ? slice : 0;
  }
  return hash;
}

// Hash of (address, port, protocol) for way 0 and way 1 of both key tables.
inline uint32_t key_hash0(const Config& config, uint32_t address, uint16_t port, uint8_t protocol) {
  const uint32_t key[3] = {config.way0_key0, config.way0_key1, config.way0_key2};
  const uint32_t input[2] = {
      address, (static_cast<uint32_t>(port) << 16) | (static_cast<uint32_t>(protocol) << 8)};
  return toeplitz<2>(input, key);
}

inline uint32_t key_hash1(const Config& config, uint32_t address, uint16_t port, uint8_t protocol) {
  const uint32_t key[3] = {config.way1_key0, config.way1_key1, config.way1_key2};
  const uint32_t input[2] = {
      address, (static_cast<uint32_t>(port) << 16) | (static_cast<uint32_t>(protocol) << 8)};
  return toeplitz<2>(input, key);
}

// The bucket of either table is the low bits of the way's hash.
static_assert((kServiceKeyBuckets & (kServiceKeyBuckets - 1)) == 0, "a power of two");
static_assert((kReturnKeyBuckets & (kReturnKeyBuckets - 1)) == 0, "a power of two");
inline uint32_t service_key_bucket(uint32_t key_hash) { return key_hash % kServiceKeyBuckets; }
inline uint32_t vip_bucket0(const Config& config, uint32_t address) {
  return service_key_bucket(key_hash0(config, address, 0, 0));
}
inline uint32_t vip_bucket1(const Config& config, uint32_t address) {
  return service_key_bucket(key_hash1(config, address, 0, 0));
}
inline uint32_t return_key_bucket(uint32_t key_hash) { return key_hash % kReturnKeyBuckets; }

struct FlowKey {
  uint32_t source;
  uint32_t destination;
  uint16_t source_port;
  uint16_t destination_port;
  uint8_t protocol;
};

// kHashSource hashes the tuple with all but the source address zero.
inline uint32_t flow_hash(const Config& config, uint8_t hash_kind, const FlowKey& flow) {
  const uint32_t key[5] = {config.flow_key0, config.flow_key1, config.flow_key2, config.flow_key3,
                           config.flow_key4};
  const uint32_t source[4] = {flow.source, 0, 0, 0};
  const uint32_t rest[4] = {0, flow.destination,
                            (static_cast<uint32_t>(flow.source_port) << 16) | flow.destination_port,
                            static_cast<uint32_t>(flow.protocol) << 24};
  // Both halves are ready before the service, and with it the hash kind, is known.
  const uint32_t source_hash = toeplitz<4>(source, key);
  const uint32_t rest_hash = toeplitz<4>(rest, key);
  return source_hash ^ (hash_kind == kHashTuple ? rest_hash : 0);
}

// Index into the ring memory. A ring that would reach beyond its end wraps to its start.
inline uint32_t ring_index(uint32_t ring_base, uint32_t ring_slots, uint32_t hash) {
  const uint32_t offset = static_cast<uint32_t>((static_cast<uint64_t>(hash) * ring_slots) >> 32);
  return (ring_base + offset) % kRingSlots;
}

}  // namespace layout
}  // namespace sluice
