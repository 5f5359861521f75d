#include "path/rewrite.hpp"

#include "layout/reasons.hpp"
#include "path/bytes.hpp"

namespace sluice {
namespace path {
namespace {

using Window = ap_uint<kWindowBits>;
using Header = ap_uint<kHeaderOutBits>;

constexpr int kL2Bytes = 14;  // a tag moves everything behind it by one word of 4 bytes
constexpr int kOuterBytes = layout::kMaxPushBytes;  // an IPv4 header without options
static_assert(kOuterBytes == 20, "");
constexpr uint8_t kOuterTtl = 64;
constexpr uint8_t kProtocolIpip = 4;
constexpr int kTcpBytes = 20;
constexpr int kResetBytes = 20 + kTcpBytes;
static_assert(kL2Bytes + 4 + kResetBytes <= static_cast<int>(layout::kMinFrameBytes), "");
constexpr uint32_t kTtlDelta = 0xfeff;  // ~m + m' of RFC 1624 for the word TTL, protocol
constexpr uint8_t kFirstPunt = 32;
#define SLUICE_CHECK_KIND(code, name, kind, stage, doc)                                         \
  static_assert((code >= kFirstPunt) == (layout::ReasonKind::kind == layout::ReasonKind::punt), \
                "a verdict follows from the reason's code");
SLUICE_REASONS(SLUICE_CHECK_KIND)
#undef SLUICE_CHECK_KIND
constexpr uint32_t kMtuMask = 0x3fff;
static_assert(layout::kMaxFrameBytes <= kMtuMask, "an MTU does not fit its bits");

// What to do with a packet, decided before any byte is touched.
struct Plan {
  uint8_t reason;
  bool nat;          // an address and a port change: DNAT or its way back
  bool to_backend;   // they are the destination's; else the source's
  bool tunnel;       // IPIP
  bool answer;       // a RST to the client instead of the packet
  uint64_t mac;      // next hop
  uint8_t port;      // egress
  uint32_t address;  // nat: the new one; tunnel: outer destination
  uint16_t l4_port;  // nat: the new one
};

Plan make_plan(const layout::Config &config, const Parsed &parsed, const Classified &classified,
               const Scheduled &scheduled) {
  const layout::Service &service = classified.service;
  const layout::Backend &backend = scheduled.backend;
  Plan plan;
  plan.to_backend = classified.direction == kDirectionIn;
  const uint8_t mode = service.mode & 3;
  plan.nat = !plan.to_backend || mode == layout::kModeDnat;
  plan.tunnel = plan.to_backend && mode == layout::kModeIpip;
  plan.mac = plan.to_backend ? backend.mac : service.return_mac;
  plan.port = (plan.to_backend ? backend.egress_port : service.return_port) & 1;
  plan.address = plan.to_backend ? backend.address : service.vip;
  plan.l4_port = plan.to_backend ? backend.port : service.port;

  const uint32_t mtu0 = config.port0_mtu & kMtuMask;
  const uint32_t mtu1 = config.port1_mtu & kMtuMask;
  const uint32_t mtu = plan.port != 0 ? mtu1 : mtu0;
  const uint32_t ip_bytes = parsed.total_bytes + (plan.tunnel ? 1u * kOuterBytes : 0u);
  plan.answer = scheduled.resets && classified.reason == 0 && scheduled.reason == 0 &&
                (parsed.tcp_flags & kTcpAck) != 0;
  const uint8_t reason = plan.answer                           ? layout::kReasonNone
                         : scheduled.resets                    ? layout::kReason_backend_down
                         : parsed.ttl < 2                      ? layout::kReason_ttl_expired
                         : (plan.mac & 0xffffffffffffull) == 0 ? layout::kReason_no_next_hop
                         : ip_bytes > mtu                      ? layout::kReason_mtu_exceeded
                                                               : layout::kReasonNone;
  plan.reason = classified.reason != 0  ? classified.reason
                : scheduled.reason != 0 ? scheduled.reason
                                        : reason;
  return plan;
}

// New checksums of the IPv4 header and of TCP or UDP, by RFC 1624 equation 3: ~(~HC + ~m + m').
struct Checksums {
  uint16_t ip;
  uint16_t l4;
};

Checksums new_checksums(const Parsed &parsed, const Plan &plan) {
  const uint32_t old_address = plan.to_backend ? parsed.destination : parsed.source;
  const uint16_t old_port = plan.to_backend ? parsed.destination_port : parsed.source_port;
  const uint32_t ip_kept = static_cast<uint16_t>(~parsed.ip_checksum) + kTtlDelta;
  const uint32_t ip_nat = ip_kept + inverted_halves(old_address) + halves(plan.address);
  const uint32_t l4_nat = static_cast<uint16_t>(~parsed.l4_checksum) +
                          inverted_halves(old_address) + static_cast<uint16_t>(~old_port) +
                          halves(plan.address) + plan.l4_port;
  Checksums result;
  result.ip = static_cast<uint16_t>(~fold(plan.nat ? ip_nat : ip_kept));
  const uint16_t l4 = static_cast<uint16_t>(~fold(l4_nat));
  // UDP: 0 says that there is no checksum, and stays so; a computed 0 is sent as 0xffff.
  const bool udp_without = !parsed.tcp && parsed.l4_checksum == 0;
  result.l4 = udp_without ? uint16_t{0} : !parsed.tcp && l4 == 0 ? uint16_t{0xffff} : l4;
  return result;
}

// Bytes from + 4 * word become value if `enable` and `word` is one of First to Last. Sequences of
// these meet each byte a few times only: one LUT a bit instead of a shifter.
template <int First, int Last>
void replace16(Window &window, int from, uint32_t word, bool enable, uint16_t value) {
  for (int candidate = First; candidate <= Last; candidate++) {
    const int at = from + 4 * candidate;
    const uint16_t old = get16(window, at);
    put16(window, at, enable && word == static_cast<uint32_t>(candidate) ? value : old);
  }
}

// The window with all fields of `plan` in place, but without an outer header.
Window edit(const PacketIn &in, const layout::Config &config, const Parsed &parsed,
            const Plan &plan) {
  const bool forward = plan.reason == 0 && !plan.answer;
  const bool nat = forward && plan.nat;
  const uint32_t tag_words = parsed.tagged ? 1 : 0;
  const Checksums checksums = new_checksums(parsed, plan);
  const uint16_t address_high = static_cast<uint16_t>(plan.address >> 16);
  const uint16_t address_low = static_cast<uint16_t>(plan.address);

  Window window = in.window;
  put48(window, 0, forward ? plan.mac : get48(in.window, 0));
  put48(window, 6, forward ? config.mac : get48(in.window, 6));

  const uint16_t ttl_protocol = static_cast<uint16_t>(((parsed.ttl - 1u) << 8) | parsed.protocol);
  replace16<0, 1>(window, kL2Bytes + 8, tag_words, forward, ttl_protocol);
  replace16<0, 1>(window, kL2Bytes + 10, tag_words, forward, checksums.ip);
  const uint32_t address_word = tag_words + (plan.to_backend ? 4u : 3u);
  replace16<3, 5>(window, kL2Bytes, address_word, nat, address_high);
  replace16<3, 5>(window, kL2Bytes + 2, address_word, nat, address_low);

  const uint32_t l4_word = tag_words + parsed.header_words;  // 5 to 16
  replace16<5, 16>(window, kL2Bytes, l4_word, nat && !plan.to_backend, plan.l4_port);
  replace16<5, 16>(window, kL2Bytes + 2, l4_word, nat && plan.to_backend, plan.l4_port);
  replace16<5, 16>(window, kL2Bytes + 16, l4_word, nat && parsed.tcp, checksums.l4);
  replace16<5, 16>(window, kL2Bytes + 6, l4_word, nat && !parsed.tcp, checksums.l4);
  return window;
}

// RFC 2003: IHL 5, TOS of the inner header, id 0, do not fragment.
ap_uint<kOuterBytes * 8> outer_header(const layout::Config &config, const Parsed &parsed,
                                      const Plan &plan) {
  const uint16_t total_bytes = static_cast<uint16_t>(parsed.total_bytes + kOuterBytes);
  const uint16_t version_tos = static_cast<uint16_t>(0x4500 | parsed.type_of_service);
  const uint16_t ttl_protocol = (kOuterTtl << 8) | kProtocolIpip;
  const uint16_t do_not_fragment = 0x4000;
  const uint32_t sum = static_cast<uint32_t>(version_tos) + total_bytes + do_not_fragment +
                       ttl_protocol + halves(config.tunnel_source) + halves(plan.address);
  ap_uint<kOuterBytes * 8> outer = 0;
  put16(outer, 0, version_tos);
  put16(outer, 2, total_bytes);
  put16(outer, 6, do_not_fragment);
  put16(outer, 8, ttl_protocol);
  put16(outer, 10, static_cast<uint16_t>(~fold(sum)));
  put32(outer, 12, config.tunnel_source);
  put32(outer, 16, plan.address);
  return outer;
}

template <int L2Bytes>
Header push_outer(const Window &window, const ap_uint<kOuterBytes * 8> &outer) {
  const Header l2 = Header(ap_uint<L2Bytes * 8>(window));
  const Header l3 = Header(window >> (L2Bytes * 8)) << ((L2Bytes + kOuterBytes) * 8);
  return l2 | (Header(outer) << (L2Bytes * 8)) | l3;
}

// Addresses, ports and numbers of the packet, the other way round.
ap_uint<kResetBytes * 8> reset_packet(const Parsed &parsed) {
  const uint16_t version_tos = 0x4500;
  const uint16_t do_not_fragment = 0x4000;
  const uint16_t ttl_protocol = (kOuterTtl << 8) | kProtocolTcp;
  const uint16_t offset_flags = 0x5000 | kTcpRst;
  const uint32_t addresses = halves(parsed.source) + halves(parsed.destination);
  const uint32_t ip_sum =
      static_cast<uint32_t>(version_tos) + kResetBytes + do_not_fragment + ttl_protocol + addresses;
  const uint32_t tcp_sum = addresses + kProtocolTcp + kTcpBytes + parsed.source_port +
                           parsed.destination_port + halves(parsed.acknowledged) + offset_flags;
  ap_uint<kResetBytes * 8> packet = 0;
  put16(packet, 0, version_tos);
  put16(packet, 2, kResetBytes);
  put16(packet, 6, do_not_fragment);
  put16(packet, 8, ttl_protocol);
  put16(packet, 10, static_cast<uint16_t>(~fold(ip_sum)));
  put32(packet, 12, parsed.destination);
  put32(packet, 16, parsed.source);
  put16(packet, 20, parsed.destination_port);
  put16(packet, 22, parsed.source_port);
  put32(packet, 24, parsed.acknowledged);
  put16(packet, 32, offset_flags);
  put16(packet, 36, static_cast<uint16_t>(~fold(tcp_sum)));
  return packet;
}

// Back to where the packet came from, with its tag if it had one.
Header reset_frame(const Window &received, const layout::Config &config, const Parsed &parsed) {
  Window window = received;
  put48(window, 0, get48(received, 6));
  put48(window, 6, config.mac);
  const Header packet = Header(reset_packet(parsed));
  return parsed.tagged
             ? Header(ap_uint<(kL2Bytes + 4) * 8>(window)) | (packet << ((kL2Bytes + 4) * 8))
             : Header(ap_uint<kL2Bytes * 8>(window)) | (packet << (kL2Bytes * 8));
}

}  // namespace

void rewrite(const PacketIn &in, const Parsed &parsed, const Classified &classified,
             const Choice &choice, const Known &known, const Configs &config,
             const Backends &backends, PacketOut &out) {
  const uint32_t epoch = in.epoch & 1;
  const layout::Config &live = config[epoch];
  const Scheduled scheduled = look_up(choice, known, classified, epoch, backends);
  const Plan plan = make_plan(live, parsed, classified, scheduled);
  const bool answer = plan.reason == 0 && plan.answer;
  const bool forward = plan.reason == 0 && !plan.answer;
  const bool tunnel = forward && plan.tunnel;

  const Window window = edit(in, live, parsed, plan);
  const ap_uint<kOuterBytes * 8> outer = outer_header(live, parsed, plan);
  const Header tunneled =
      parsed.tagged ? push_outer<kL2Bytes + 4>(window, outer) : push_outer<kL2Bytes>(window, outer);
  out.header = answer ? reset_frame(in.window, live, parsed) : tunnel ? tunneled : Header(window);

  const uint32_t pushed = tunnel ? 1u * kOuterBytes : 0u;
  const uint32_t window_bytes =
      in.frame_bytes < layout::kWindowBytes ? 1u * in.frame_bytes : 1u * layout::kWindowBytes;
  const bool pad = answer || (forward && in.frame_bytes + pushed < layout::kMinFrameBytes);
  const uint32_t min_bytes = layout::kMinFrameBytes;
  out.header_bytes = static_cast<uint16_t>(pad ? min_bytes : window_bytes + pushed);
  out.frame_bytes = static_cast<uint16_t>(pad ? min_bytes : in.frame_bytes + pushed);

  out.verdict = forward || answer           ? kVerdictForward
                : plan.reason >= kFirstPunt ? kVerdictPunt
                                            : kVerdictDrop;
  out.reason = plan.reason;
  out.egress_port = answer ? static_cast<uint8_t>(in.port & 1) : forward ? plan.port : uint8_t{0};
  out.direction = forward ? classified.direction : uint8_t{kDirectionNone};
  out.service = forward ? classified.service_index : uint16_t{0};
  out.backend = forward ? scheduled.backend_index : uint16_t{0};
  out.cut = answer ? 1 : 0;
  out.reserved0 = 0;
  out.reserved1 = 0;
}

}  // namespace path
}  // namespace sluice
