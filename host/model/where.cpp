#include "model/where.hpp"

#include <algorithm>
#include <memory>

#include "layout/reasons.hpp"
#include "path/bytes.hpp"
#include "path/pipeline.hpp"

namespace sluice::model {
namespace {

constexpr int kIp = 14;  // offsets in a frame without a tag
constexpr int kL4 = kIp + 20;
constexpr std::uint16_t kFrameBytes = 60;
constexpr std::uint16_t kTcpIpBytes = 40;
constexpr std::uint16_t kUdpIpBytes = 28;
constexpr std::uint8_t kProtocolIpip = 4;

// Tables as the packet path takes them; bank 0 is the one in use.
struct PathTables {
  path::Configs config{};
  path::ServiceKeys service_keys0{};
  path::ServiceKeys service_keys1{};
  path::ReturnKeys return_keys0{};
  path::ReturnKeys return_keys1{};
  path::Services services{};
  path::Vips vips0{};
  path::Vips vips1{};
  path::Ring ring{};
  path::Backends backends{};

  explicit PathTables(const layout::TableImages& images) {
    const auto fill = [](const auto& from, auto& to) { std::copy(from.begin(), from.end(), to); };
    fill(images.config, config);
    fill(images.service_keys0, service_keys0);
    fill(images.service_keys1, service_keys1);
    fill(images.return_keys0, return_keys0);
    fill(images.return_keys1, return_keys1);
    fill(images.services, services);
    fill(images.vips0, vips0);
    fill(images.vips1, vips1);
    fill(images.ring, ring);
    fill(images.backends, backends);
  }
};

path::PacketIn make_packet(const Flow& flow, const layout::Config& config) {
  const bool tcp = flow.protocol == Protocol::tcp;
  path::PacketIn in{};
  in.frame_bytes = kFrameBytes;
  in.port = static_cast<std::uint8_t>(flow.ingress_port);
  path::put48(in.window, 0, config.mac);
  path::put16(in.window, 12, 0x0800);
  path::put16(in.window, kIp, 0x4500);
  path::put16(in.window, kIp + 2, tcp ? kTcpIpBytes : kUdpIpBytes);
  path::put8(in.window, kIp + 8, 64);
  path::put8(in.window, kIp + 9, static_cast<std::uint8_t>(flow.protocol));
  path::put32(in.window, kIp + 12, flow.source.value);
  path::put32(in.window, kIp + 16, flow.destination.value);
  std::uint32_t sum = 0;
  for (int at = 0; at < 20; at += 2) sum += path::get16(in.window, kIp + at);
  path::put16(in.window, kIp + 10, static_cast<std::uint16_t>(~path::fold(sum)));
  path::put16(in.window, kL4, flow.source_port);
  path::put16(in.window, kL4 + 2, flow.destination_port);
  if (tcp) {
    path::put8(in.window, kL4 + 12, 0x50);
    path::put8(in.window, kL4 + 13, 0x10);  // ACK
  } else {
    path::put16(in.window, kL4 + 4, 8);
  }
  return in;
}

std::string reason_name(std::uint8_t code) {
  std::uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  const auto* found =
      std::find_if(info, info + count, [code](const auto& reason) { return reason.code == code; });
  return found == info + count ? "" : found->name;
}

void read_headers(const path::PacketOut& out, Where& result) {
  int ip = kIp;
  if (path::get8(out.header, ip + 9) == kProtocolIpip) {
    result.tunnel_destination = base::Ipv4{path::get32(out.header, ip + 16)};
    ip += 20;
  }
  result.next_hop = base::Mac{path::get48(out.header, 0)};
  result.source = base::Ipv4{path::get32(out.header, ip + 12)};
  result.destination = base::Ipv4{path::get32(out.header, ip + 16)};
  result.source_port = path::get16(out.header, ip + 20);
  result.destination_port = path::get16(out.header, ip + 22);
}

}  // namespace

Where where(const layout::TableImages& images, const Flow& flow) {
  const auto tables = std::make_unique<PathTables>(images);
  path::PacketOut out{};
  path::pipeline(make_packet(flow, tables->config[0]), tables->config, tables->service_keys0,
                 tables->service_keys1, tables->return_keys0, tables->return_keys1,
                 tables->services, tables->vips0, tables->vips1, tables->ring, tables->backends,
                 out);
  Where result;
  result.verdict = out.verdict == path::kVerdictForward ? "forward"
                   : out.verdict == path::kVerdictPunt  ? "punt"
                                                        : "drop";
  result.reason = reason_name(out.reason);
  if (out.verdict != path::kVerdictForward) return result;
  result.to_backend = out.direction == path::kDirectionIn;
  result.to_client = out.direction == path::kDirectionOut;
  result.service = out.service;
  result.backend = out.backend;
  result.egress_port = out.egress_port;
  read_headers(out, result);
  return result;
}

}  // namespace sluice::model
