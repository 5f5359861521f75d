#include "packet_gen/tables.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "layout/hash.hpp"
#include "packet_gen/frame.hpp"
#include "packet_gen/random.hpp"

namespace sluice::packet_gen {
namespace {

using layout::kBackends;
using layout::kReturnKeyBuckets;
using layout::kRingSlots;
using layout::kServiceKeyBuckets;
using layout::kServices;

constexpr std::array<uint32_t, 13> kPrimes = {2,   3,   7,    13,   31,    61,   127,
                                              251, 509, 1021, 4093, 16381, 65537};
constexpr uint32_t kFaults = 7;  // kinds of Fault other than none

uint64_t random_mac(Random& random) {  // unicast, locally administered, not zero
  return 0x020000000000 | (random.next() & 0x00ffffffffff);
}

uint32_t host_address(Random& random) {  // outside 0/8, 127/8 and 224/3
  for (;;) {
    const uint32_t address = random.word();
    const uint32_t first = address >> 24;
    if (first != 0 && first != 127 && first < 224) return address;
  }
}

// Fills one bank of a TableSet.
class BankMaker {
 public:
  BankMaker(TableSet& set, uint32_t bank, const TableOptions& options, Random& random)
      : set_(set), bank_(bank), options_(options), random_(random) {
    largest_ring_ = std::min(options.max_ring_slots, kRingSlots / (2 * options.services));
    next_slot_ = bank * (kRingSlots / 2);
  }

  void make() {
    make_config();
    for (uint32_t i = 0; i < options_.services; i++) make_service(i);
  }

 private:
  layout::Config& config() { return set_.images.config[bank_]; }

  void make_config() {
    layout::Config& made = config();
    made.mac = random_mac(random_);
    made.port0_address = host_address(random_);
    made.port1_address = host_address(random_);
    made.port0_broadcast = host_address(random_) | 0xff;
    made.port1_broadcast = random_.one_in(2) ? 0 : host_address(random_) | 0xff;
    made.drop_martians = bank_ == 1 || !options_.faults || random_.one_in(2);
    made.port0_mtu = kLargeMtu;
    made.port1_mtu = options_.faults ? kSmallMtu : kLargeMtu;
    made.tunnel_source = random_.word();
    for (uint32_t* key : {&made.flow_key0, &made.flow_key1, &made.flow_key2, &made.flow_key3,
                          &made.flow_key4, &made.way0_key0, &made.way0_key1, &made.way0_key2,
                          &made.way1_key0, &made.way1_key1, &made.way1_key2}) {
      *key = random_.word();
    }
  }

  // Puts a key in its bucket of the first way that is free. False: both are taken.
  template <class Key, size_t Size>
  bool place(Key (&way0)[Size], Key (&way1)[Size], const Key& key) {
    constexpr uint32_t kBuckets = Size / 2;
    const uint32_t hash0 = layout::key_hash0(config(), key.address, key.port, key.protocol);
    const uint32_t hash1 = layout::key_hash1(config(), key.address, key.port, key.protocol);
    Key& first = way0[bank_ * kBuckets + hash0 % kBuckets];
    Key& second = way1[bank_ * kBuckets + hash1 % kBuckets];
    Key& free = first.valid == 0 ? first : second;
    if (free.valid != 0) return false;
    free = key;
    return true;
  }

  layout::Vip& vip_way0(uint32_t address) {
    return set_.images.vips0[bank_ * kServiceKeyBuckets + layout::vip_bucket0(config(), address)];
  }
  layout::Vip& vip_way1(uint32_t address) {
    return set_.images.vips1[bank_ * kServiceKeyBuckets + layout::vip_bucket1(config(), address)];
  }
  bool has_room_for_vip(uint32_t address) {
    return vip_way0(address).valid == 0 || vip_way1(address).valid == 0;
  }

  uint16_t unused_index(std::set<uint16_t>& used, uint32_t bound) {
    for (;;) {
      const uint16_t index = static_cast<uint16_t>(random_.below(bound));
      if (used.insert(index).second) return index;
    }
  }

  void make_service(uint32_t number) {
    ServiceSpec spec;
    spec.index = unused_index(used_services_, kServices);
    spec.mode = static_cast<uint8_t>(1 + number % 3);
    spec.protocol = number / 3 % 2 == 0 ? kTcp : kUdp;
    spec.hash_kind = static_cast<uint8_t>(random_.below(2));
    const bool faulty = options_.faults && number % 4 == 3;
    spec.fault = faulty ? static_cast<Fault>(1 + number / 4 % kFaults) : Fault::none;

    layout::ServiceKey key{};
    key.valid = 1;
    key.service = spec.index;
    key.protocol = spec.protocol;
    key.client_ports = spec.client_ports = static_cast<uint8_t>(1 + number / 2 % 3);
    do {
      spec.vip = key.address = host_address(random_);
      spec.port = key.port = random_.half();
    } while (!has_room_for_vip(spec.vip) ||
             !place(set_.images.service_keys0, set_.images.service_keys1, key));
    spec.unserved = static_cast<uint8_t>(number % 3);
    layout::Vip vip{};
    vip.address = spec.vip;
    vip.valid = 1;
    vip.unserved = spec.unserved;
    (vip_way0(spec.vip).valid == 0 ? vip_way0(spec.vip) : vip_way1(spec.vip)) = vip;

    const uint32_t backends = random_.between(1, options_.max_backends);
    for (uint32_t i = 0; i < backends && used_backends_.size() < kBackends; i++) {
      make_backend(spec, number + i);
    }
    make_entry(spec);
    set_.services[bank_].push_back(spec);
  }

  void make_backend(ServiceSpec& service, uint32_t number) {
    BackendSpec spec;
    spec.index = unused_index(used_backends_, kBackends);
    layout::ReturnKey key{};
    key.valid = 1;
    key.protocol = service.protocol;
    key.service = service.index;
    key.backend = spec.index;
    // In turn, so that each port has backends even where services are few.
    const uint8_t by_turns = static_cast<uint8_t>(number % layout::kPorts);
    spec.egress_port = service.fault == Fault::small_mtu ? uint8_t{1} : by_turns;
    key.ingress_port = spec.egress_port;
    const bool has_way_back = service.mode == layout::kModeDnat;
    do {
      spec.address = key.address = host_address(random_);
      spec.port = key.port = random_.half();
    } while (has_way_back && !place(set_.images.return_keys0, set_.images.return_keys1, key));

    layout::Backend& entry = set_.images.backends[bank_ * kBackends + spec.index];
    entry.address = spec.address;
    entry.port = spec.port;
    const bool serves = service.fault != Fault::backend_down;
    entry.valid = static_cast<uint8_t>((serves ? layout::kBackendServes : 0) |
                                       (random_.one_in(8) ? layout::kBackendLeaving : 0));
    entry.egress_port = spec.egress_port;
    entry.mac = service.fault == Fault::no_mac ? 0 : random_mac(random_);
    service.backends.push_back(spec);
  }

  void make_entry(const ServiceSpec& spec) {
    if (spec.fault == Fault::not_in_use) return;
    layout::Service& entry = set_.images.services[bank_ * kServices + spec.index];
    entry.vip = spec.vip;
    entry.port = spec.port;
    entry.mode = spec.fault == Fault::mode_none ? uint8_t{layout::kModeNone} : spec.mode;
    entry.hash_kind = spec.hash_kind;
    entry.return_mac = spec.fault == Fault::no_mac ? 0 : random_mac(random_);
    entry.return_port = spec.fault == Fault::small_mtu || random_.one_in(2) ? 1 : 0;
    entry.valid = 1;
    entry.scheduler = options_.random_slots && random_.one_in(2) ? layout::kScheduler_random
                                                                 : layout::kScheduler_ring;
    entry.tracks = !random_.one_in(8);
    entry.on_down = static_cast<uint8_t>(random_.below(3));
    entry.on_removed = static_cast<uint8_t>(random_.below(3));
    entry.drops_untracked = random_.one_in(2);
    entry.timeout_opening = static_cast<uint32_t>(random_.between(0, 8));
    entry.timeout_established = static_cast<uint32_t>(random_.between(0, 8));
    entry.timeout_half_closed = static_cast<uint32_t>(random_.between(0, 8));
    entry.timeout_closed = static_cast<uint32_t>(random_.between(0, 8));
    entry.ring_base = next_slot_;
    if (spec.fault == Fault::no_slots) return;

    uint32_t slots = random_.pick(kPrimes);
    while (slots > largest_ring_) slots = random_.pick(kPrimes);
    entry.ring_slots = slots;
    for (uint32_t i = 0; i < slots; i++) {
      const uint16_t valid =
          spec.fault == Fault::empty_slots ? uint16_t{0} : layout::kRingSlotValid;
      set_.images.ring[next_slot_ + i].slot =
          static_cast<uint16_t>(valid | random_.pick(spec.backends).index);
    }
    next_slot_ += slots;
  }

  TableSet& set_;
  const uint32_t bank_;
  const TableOptions& options_;
  Random& random_;
  uint32_t largest_ring_;
  uint32_t next_slot_;
  std::set<uint16_t> used_services_;
  std::set<uint16_t> used_backends_;
};

}  // namespace

std::unique_ptr<TableSet> make_tables(uint64_t seed, const TableOptions& options) {
  if (options.services == 0 || options.services > kServices || options.max_backends == 0) {
    std::abort();  // a mistake in a test
  }
  auto set = std::make_unique<TableSet>();
  Random random(seed);
  for (uint32_t bank = 0; bank < 2; bank++) BankMaker(*set, bank, options, random).make();
  return set;
}

}  // namespace sluice::packet_gen
