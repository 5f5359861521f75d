#include "packet_gen/check.hpp"

#include <algorithm>
#include <cstring>

#include "layout/reasons.hpp"
#include "packet_gen/frame.hpp"
#include "packet_gen/run_path.hpp"

namespace sluice::packet_gen {
namespace {

#define REQUIRE(condition) \
  if (!(condition)) return "does not hold: " #condition

using View = std::span<const uint8_t>;

bool is_hosts(const layout::Config& config, uint32_t address) {
  const uint32_t first = address >> 24;
  if (first == 0 || first == 127 || first > 223) return false;
  return address != config.port0_broadcast && address != config.port1_broadcast &&
         address != config.port0_address && address != config.port1_address;
}

// An IPv4 packet within a frame, without what stands around it.
struct Ip {
  View bytes;  // total length
  size_t header_bytes = 0;
  bool tcp = false;

  uint8_t ttl() const { return bytes[8]; }
  uint32_t source() const { return load32(&bytes[12]); }
  uint32_t destination() const { return load32(&bytes[16]); }
  uint16_t source_port() const { return load16(&bytes[header_bytes]); }
  uint16_t destination_port() const { return load16(&bytes[header_bytes + 2]); }
  size_t l4_checksum_at() const { return header_bytes + (tcp ? 16 : 6); }
};

// Walks the options as RFC 791 has them, up to one that makes no sense.
bool has_source_route(View options) {
  for (size_t at = 0; at + 1 < options.size() && options[at] != 0;) {
    const size_t bytes = options[at] == 1 ? 1 : options[at + 1];
    if (bytes == 0 || at + bytes > options.size()) return false;
    if ((options[at] == 131 || options[at] == 137) && bytes >= 3) return true;
    at += bytes;
  }
  return false;
}

// Why `l3` is no sound TCP or UDP packet; fills `ip` if it is.
std::string read_ip(View l3, Ip& ip) {
  REQUIRE(l3.size() >= 20);
  REQUIRE(l3[0] >> 4 == 4);
  ip.header_bytes = (l3[0] & 15) * 4u;
  const size_t total_bytes = load16(&l3[2]);
  REQUIRE(ip.header_bytes >= 20 && total_bytes >= ip.header_bytes);
  REQUIRE(l3.size() >= total_bytes);
  ip.bytes = l3.first(total_bytes);
  REQUIRE(ones_sum(ip.bytes.first(ip.header_bytes)) == 0xffff);
  REQUIRE((load16(&l3[6]) & 0x3fff) == 0);
  REQUIRE(!has_source_route(ip.bytes.subspan(20, ip.header_bytes - 20)));
  REQUIRE(l3[9] == kTcp || l3[9] == kUdp);
  ip.tcp = l3[9] == kTcp;
  const size_t l4_bytes = total_bytes - ip.header_bytes;
  REQUIRE(l4_bytes >= (ip.tcp ? 20u : 8u));
  const View l4 = ip.bytes.subspan(ip.header_bytes);
  if (ip.tcp) {
    const size_t offset_bytes = (l4[12] >> 4) * 4u;
    REQUIRE(offset_bytes >= 20 && offset_bytes <= l4_bytes);
    const bool ack = (l4[13] & 0x10) != 0;
    const uint32_t ends = l4[13] & 7u;  // FIN 1, SYN 2, RST 4
    REQUIRE(ends == 0 ? ack : ends == 1 ? ack : ends == 2 || ends == 4);
  } else {
    const size_t udp_bytes = load16(&l4[4]);
    REQUIRE(udp_bytes >= 8 && udp_bytes <= l4_bytes);
  }
  return "";
}

bool l4_checksum_is_right(const Ip& ip) {
  const View l4 = ip.bytes.subspan(ip.header_bytes);
  const size_t covered = ip.tcp ? l4.size() : load16(&l4[4]);
  if (!ip.tcp && load16(&l4[6]) == 0) return true;
  uint8_t pseudo[12] = {};
  std::memcpy(pseudo, &ip.bytes[12], 8);
  pseudo[9] = ip.bytes[9];
  store16(pseudo + 10, static_cast<uint16_t>(covered));
  return ones_sum(l4.first(covered), ones_sum(pseudo)) == 0xffff;
}

std::string check_untouched(View frame, const path::PacketOut& out) {
  uint8_t expected[path::kHeaderOutBytes] = {};
  std::memcpy(expected, frame.data(), std::min<size_t>(frame.size(), layout::kWindowBytes));
  REQUIRE(std::memcmp(&out.header, expected, sizeof(expected)) == 0);
  REQUIRE(out.header_bytes == std::min<size_t>(frame.size(), layout::kWindowBytes));
  REQUIRE(out.frame_bytes == frame.size());
  REQUIRE(out.direction == path::kDirectionNone && out.egress_port == 0);
  REQUIRE(out.service == 0 && out.backend == 0);
  uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  const layout::ReasonInfo* reason =
      std::find_if(info, info + count, [&](const auto& r) { return r.code == out.reason; });
  REQUIRE(reason != info + count);
  const std::string stage = reason->stage;
  REQUIRE(stage == "parse" || stage == "classify" || stage == "schedule" || stage == "rewrite");
  const bool drop = reason->kind == layout::ReasonKind::drop;
  REQUIRE(out.verdict == (drop ? path::kVerdictDrop : path::kVerdictPunt));
  return "";
}

std::string check_outer(View l3, const layout::Config& config, const layout::Backend& backend,
                        const Ip& in) {
  REQUIRE(l3.size() >= 20 && l3[0] == 0x45);
  REQUIRE(l3[1] == in.bytes[1]);
  REQUIRE(load16(&l3[2]) == in.bytes.size() + 20);
  REQUIRE(load32(&l3[4]) == 0x4000);
  REQUIRE(l3[8] == 64 && l3[9] == 4);
  REQUIRE(ones_sum(l3.first(20)) == 0xffff);
  REQUIRE(load32(&l3[12]) == config.tunnel_source);
  REQUIRE(load32(&l3[16]) == backend.address);
  return "";
}

// Addresses and ports of `now`, given those of `in`.
std::string check_addresses(const Ip& in, const Ip& now, const layout::Service& service,
                            const layout::Backend& backend, bool back) {
  const bool nat = !back && service.mode == layout::kModeDnat;
  REQUIRE(now.source() == (back ? service.vip : in.source()));
  REQUIRE(now.source_port() == (back ? service.port : in.source_port()));
  REQUIRE(now.destination() == (nat ? backend.address : in.destination()));
  REQUIRE(now.destination_port() == (nat ? backend.port : in.destination_port()));
  REQUIRE(now.ttl() == in.ttl() - 1);
  return "";
}

// Zeros what a rewrite may change, so that all the rest can be compared.
Bytes without_rewritten(View frame, size_t l3_at, const Ip& ip) {
  Bytes bytes(frame.begin(), frame.end());
  std::fill_n(bytes.begin(), 12, uint8_t{0});
  bytes[l3_at + 8] = 0;
  store16(&bytes[l3_at + 10], 0);
  store32(&bytes[l3_at + 12], 0);
  store32(&bytes[l3_at + 16], 0);
  store32(&bytes[l3_at + ip.header_bytes], 0);
  store16(&bytes[l3_at + ip.l4_checksum_at()], 0);
  return bytes;
}

std::string check_lengths(View frame, View left, const path::PacketOut& out, size_t pushed) {
  const size_t sent = std::max<size_t>(frame.size() + pushed, layout::kMinFrameBytes);
  REQUIRE(left.size() == sent && out.frame_bytes == sent);
  const bool padded = sent != frame.size() + pushed;
  REQUIRE(out.header_bytes ==
          (padded ? sent : std::min<size_t>(frame.size(), layout::kWindowBytes) + pushed));
  const auto* header = reinterpret_cast<const uint8_t*>(&out.header);
  REQUIRE(std::all_of(header + out.header_bytes, header + path::kHeaderOutBytes,
                      [](uint8_t byte) { return byte == 0; }));
  return "";
}

std::string check_ethernet(View left, const layout::Config& config, uint64_t next_hop,
                           uint8_t egress_port, const path::PacketOut& out) {
  REQUIRE(next_hop != 0 && load48(&left[0]) == next_hop);
  REQUIRE(load48(&left[6]) == config.mac);
  REQUIRE(out.egress_port == egress_port);
  return "";
}

std::string check_forwarded(const Tables& tables, View frame, uint8_t port, uint8_t epoch,
                            const path::PacketOut& out) {
  REQUIRE(out.reason == 0);
  REQUIRE(out.direction == path::kDirectionIn || out.direction == path::kDirectionOut);
  REQUIRE(out.service < layout::kServices && out.backend < layout::kBackends);
  const layout::Config& config = tables.config[epoch];
  const layout::Service& service = tables.services[epoch * layout::kServices + out.service];
  const layout::Backend& backend = tables.backends[epoch * layout::kBackends + out.backend];
  const bool back = out.direction == path::kDirectionOut;
  const bool tunnel = !back && service.mode == layout::kModeIpip;
  REQUIRE(service.valid == 1);
  REQUIRE(!back || backend.egress_port == port);
  REQUIRE(back || (service.mode != layout::kModeNone && (backend.valid & 1) == 1));

  REQUIRE(frame.size() >= 34 && load48(&frame[0]) == config.mac);
  const size_t l3_at = load16(&frame[12]) == 0x8100 ? 18 : 14;
  REQUIRE(load16(&frame[l3_at - 2]) == 0x0800);
  Ip in;
  if (std::string fault = read_ip(frame.subspan(l3_at), in); !fault.empty()) return "in: " + fault;
  REQUIRE(in.ttl() >= 2);
  if (config.drop_martians != 0) {
    REQUIRE((frame[6] & 1) == 0 && load48(&frame[6]) != config.mac);
    REQUIRE(is_hosts(config, in.source()) && in.source() != service.vip);
    REQUIRE(!back || (is_hosts(config, in.destination()) && in.destination() != service.vip));
  }

  Bytes left;
  splice(frame, out, left);
  const size_t pushed = tunnel ? layout::kMaxPushBytes : 0;
  if (std::string f = check_lengths(frame, left, out, pushed); !f.empty()) return f;
  const uint64_t next_hop = back ? service.return_mac : backend.mac;
  const uint8_t egress_port = back ? service.return_port : backend.egress_port;
  if (std::string f = check_ethernet(left, config, next_hop, egress_port, out); !f.empty())
    return f;
  REQUIRE(in.bytes.size() + pushed <= (egress_port != 0 ? config.port1_mtu : config.port0_mtu));

  if (tunnel) {
    const View outer = View(left).subspan(l3_at);
    if (std::string f = check_outer(outer, config, backend, in); !f.empty()) return "outer: " + f;
    const auto at = left.begin() + static_cast<std::ptrdiff_t>(l3_at);
    left.erase(at, at + static_cast<std::ptrdiff_t>(pushed));
  }
  Ip now;
  if (std::string f = read_ip(View(left).subspan(l3_at), now); !f.empty()) return "out: " + f;
  if (std::string f = check_addresses(in, now, service, backend, back); !f.empty()) return f;
  REQUIRE(!l4_checksum_is_right(in) || l4_checksum_is_right(now));
  const bool nat = back || service.mode == layout::kModeDnat;
  const uint16_t l4_checksum = load16(&in.bytes[in.l4_checksum_at()]);
  const bool keeps_checksum = !nat || (!in.tcp && l4_checksum == 0);
  REQUIRE(!keeps_checksum || load16(&now.bytes[in.l4_checksum_at()]) == l4_checksum);

  Bytes before = without_rewritten(frame, l3_at, in);
  before.resize(std::max(left.size(), before.size()));
  left.resize(before.size());
  REQUIRE(without_rewritten(left, l3_at, in) == before);
  return "";
}

#undef REQUIRE

}  // namespace

std::string find_fault(const Tables& tables, std::span<const uint8_t> frame, uint8_t port,
                       uint8_t epoch, const path::PacketOut& out) {
  if (out.reserved0 != 0) return "reserved0 is not zero";
  if (out.verdict == path::kVerdictForward) return check_forwarded(tables, frame, port, epoch, out);
  return check_untouched(frame, out);
}

}  // namespace sluice::packet_gen
