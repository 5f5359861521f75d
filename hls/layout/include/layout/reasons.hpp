// Why a packet did not simply go on: drop reasons and punt reasons, one code space.
// The stage is where the decision is taken; counters, `sluice stats`, the waveform and the docs
// use these names.
#pragma once

#include <cstdint>

// REASON(code, name, kind, stage, "what happened and what to look at")
// kind: drop | punt.   Codes never change meaning; new ones are appended.
#define SLUICE_REASONS(REASON)                                                                    \
  REASON(1, rx_error, drop, ingress, "the MAC flagged the frame (bad FCS)")                       \
  REASON(2, oversize, drop, ingress, "longer than the longest frame the card accepts")            \
  REASON(3, ingress_full, drop, ingress, "more packets than the header path takes; frame lost")   \
  REASON(4, runt, drop, parse, "shorter than its Ethernet header")                                \
  REASON(5, wrong_mac, drop, parse, "unicast to a MAC that is not the card's")                    \
  REASON(6, truncated, drop, parse, "headers or IPv4 total length reach beyond the frame")        \
  REASON(7, bad_ip_header, drop, parse, "IPv4 version, header length or total length is invalid") \
  REASON(8, bad_ip_checksum, drop, parse, "IPv4 header checksum is wrong")                        \
  REASON(9, bad_l4_length, drop, parse, "TCP data offset or UDP length disagrees with IPv4")      \
  REASON(10, no_backend, drop, schedule, "the service has no backend that is up")                 \
  REASON(11, backend_down, drop, schedule, "the chosen backend is not in service")                \
  REASON(12, no_next_hop, drop, rewrite, "the next hop's MAC is not known")                       \
  REASON(13, ttl_expired, drop, rewrite, "TTL is 0 or 1: must not be forwarded")                  \
  REASON(14, mtu_exceeded, drop, rewrite, "longer than the egress port's MTU after rewriting")    \
  REASON(15, egress_full, drop, egress, "the egress queue has no room for the whole frame")       \
  REASON(16, punt_full, drop, punt, "the host does not empty the mailbox fast enough")            \
  REASON(17, punt_oversize, drop, punt, "a frame for the host is longer than a mailbox slot")     \
  REASON(18, inject_bad, drop, inject, "the host sent a frame of bad length or to no port")       \
  REASON(19, untracked, drop, schedule,                                                           \
         "no room to remember the connection; the service drops it")                              \
  REASON(20, service_fragment, drop, classify,                                                    \
         "a fragment of TCP or UDP, not to a port's own address")                                 \
  REASON(21, source_route, drop, parse, "IPv4 options with a loose or strict source route")       \
  REASON(22, bad_tcp_flags, drop, parse, "TCP flags that no TCP sends in this direction")         \
  REASON(23, martian, drop, classify, "from or to an address that nobody can have there")         \
  REASON(24, wrong_port, drop, classify,                                                          \
         "came in by another port than its clients or its backend do")                            \
  REASON(25, no_service, drop, classify, "no service and no way back matches")                    \
  REASON(26, punt_full_asked, drop, punt,                                                         \
         "the same for what the host asked for: ARP or a reply to the host is lost")              \
  REASON(32, not_ipv4, punt, parse, "neither IPv4 nor ARP")                                       \
  REASON(33, group_address, punt, parse, "IPv4 sent to a broadcast or multicast MAC")             \
  REASON(34, fragment, punt, parse,                                                               \
         "an IPv4 fragment to a port's own address, or not of TCP or UDP to a VIP")               \
  REASON(35, not_tcp_udp, punt, parse,                                                            \
         "ICMP or another protocol to a VIP or a port's own address")                             \
  REASON(36, local, punt, classify, "to an address of the card's own ports")                      \
  REASON(37, unserved, punt, classify,                                                            \
         "to a VIP's port without a service, which the host answers for")                         \
  REASON(38, arp, punt, parse, "ARP, without a VLAN tag")                                         \
  REASON(39, local_reply, punt, classify,                                                         \
         "to an address of the card's own ports, and maybe an answer to the host: TCP other "     \
         "than a bare SYN, ICMP echo reply or error")

namespace sluice {
namespace layout {

enum Reason : uint8_t {
  kReasonNone = 0,
#define SLUICE_REASON_ENUM(code, name, kind, stage, doc) kReason_##name = code,
  SLUICE_REASONS(SLUICE_REASON_ENUM)
#undef SLUICE_REASON_ENUM
};

enum class ReasonKind : uint8_t { drop, punt };

// Punts are of two classes, each with its share of the mailbox: what the host asked for (ARP, and
// what may answer its own connections) and all other. A flood of the other delays no answer.
constexpr bool is_asked(uint8_t reason) {
  return reason == kReason_arp || reason == kReason_local_reply;
}

struct ReasonInfo {
  uint8_t code;
  const char* name;
  ReasonKind kind;
  const char* stage;
  const char* doc;
};

inline const ReasonInfo* reasons(uint32_t* count) {
  static const ReasonInfo kInfo[] = {
#define SLUICE_REASON_INFO(code, name, kind, stage, doc) \
  {code, #name, ReasonKind::kind, #stage, doc},
      SLUICE_REASONS(SLUICE_REASON_INFO)
#undef SLUICE_REASON_INFO
  };
  *count = sizeof(kInfo) / sizeof(kInfo[0]);
  return kInfo;
}

}  // namespace layout
}  // namespace sluice
