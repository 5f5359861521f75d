// classify: which service is the packet for, or from which backend of a service does it come back?
#pragma once

#include <cstdint>

#include "layout/tables.hpp"
#include "path/parse.hpp"

namespace sluice {
namespace path {

struct Classified {
  uint8_t reason;     // layout::Reason, of parse too; 0: the rest holds
  uint8_t direction;  // Direction
  uint16_t service_index;
  uint16_t backend_index;   // when direction is kDirectionOut
  layout::Service service;  // what the tables say about it
};

// Banked tables hold bank 0, then bank 1; `epoch` names the bank of this packet.
using ServiceKeys = layout::ServiceKey[2 * layout::kServiceKeyBuckets];
using ReturnKeys = layout::ReturnKey[2 * layout::kReturnKeyBuckets];
using Vips = layout::Vip[2 * layout::kServiceKeyBuckets];
using Services = layout::Service[2 * layout::kServices];

// Checks, in this order: what `parse` found, but that fragments, answers of ICMP and other
// protocols are looked at once more; martian (source), local or local_reply (to the address of a
// port), service_fragment, no_service or unserved, wrong_port, bad_tcp_flags (a client's SYN-ACK),
// martian (destination of a way back). A service's key goes before a way back. A key that names an
// empty entry of `services` matches nothing. `port` is the one the packet came in by.
Classified classify(const Parsed &parsed, const layout::Config &config, uint8_t port,
                    uint32_t epoch, const ServiceKeys &service_keys0,
                    const ServiceKeys &service_keys1, const ReturnKeys &return_keys0,
                    const ReturnKeys &return_keys1, const Services &services, const Vips &vips0,
                    const Vips &vips1);

}  // namespace path
}  // namespace sluice
