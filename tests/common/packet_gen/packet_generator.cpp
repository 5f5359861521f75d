#include "packet_gen/packet_generator.hpp"

#include <algorithm>
#include <cstdlib>

namespace sluice::packet_gen {
namespace {

constexpr uint8_t kUsualFlags[] = {0x02, 0x02, 0xc2, 0x22, 0x10, 0x18, 0x30,
                                   0x11, 0x31, 0x12, 0x12, 0x04, 0x14};

// Lengths where beats, the window or the padding change what happens.
constexpr uint32_t kEdgeBytes[] = {59, 60, 61, 63, 64, 65, 66, 67, 68, 69, 127, 128, 129, 130, 148};

uint32_t headers_of(const FrameSpec& spec) {
  const uint32_t l2_bytes = spec.tagged ? 18 : 14;
  const uint32_t l4_bytes = spec.protocol == kTcp ? spec.tcp_header_words * 4 : 8;
  return l2_bytes + spec.header_words * 4 + l4_bytes;
}

}  // namespace

const char* name_of(Kind kind) {
  static const char* const kNames[] = {
      "to_service",    "way_back",     "mutated",       "garbage",         "runt",
      "wrong_mac",     "truncated",    "bad_ip_header", "bad_ip_checksum", "bad_l4_length",
      "ttl_expired",   "oversize_mtu", "not_ipv4",      "group_address",   "source_route",
      "bad_tcp_flags", "fragment",     "not_tcp_udp",   "local",           "no_service",
      "wrong_port",    "martian"};
  static_assert(std::size(kNames) == static_cast<size_t>(Kind::count));
  return kNames[static_cast<size_t>(kind)];
}

PacketGenerator::PacketGenerator(uint64_t seed, const TableSet& tables,
                                 const GeneratorOptions& options)
    : tables_(tables), options_(options), random_(~seed) {}  // other numbers than the tables' own

const ServiceSpec& PacketGenerator::pick_service(
    uint8_t epoch, const std::function<bool(const ServiceSpec&)>& fits) {
  const std::vector<ServiceSpec>& services = tables_.services[epoch];
  const uint32_t size = static_cast<uint32_t>(services.size());
  const uint32_t start = random_.below(size);
  for (uint32_t i = 0; i < size; i++) {
    const ServiceSpec& service = services[(start + i) % size];
    if (!fits(service)) continue;
    if (options_.only_forwarded && service.fault != Fault::none) continue;
    return service;
  }
  std::abort();  // tables without such a service: a mistake in a test
}

void PacketGenerator::choose_length(FrameSpec& spec) {
  const uint32_t headers = headers_of(spec);
  uint32_t frame_bytes = options_.fixed_frame_bytes;
  if (frame_bytes == 0) {
    switch (random_.below(8)) {
      case 0:
      case 1:
        frame_bytes = kEdgeBytes[random_.below(std::size(kEdgeBytes))];
        break;
      case 2:
      case 3:
        frame_bytes = random_.between(42, 200);
        break;
      case 4:
        frame_bytes = random_.one_in(8) ? random_.between(1519, 9216) : random_.between(200, 1518);
        break;
      default:
        frame_bytes = random_.between(54, 96);
        break;
    }
  }
  // An outer header must not lead beyond kLargeMtu.
  const uint32_t room = options_.only_forwarded ? layout::kMaxPushBytes : 0;
  const uint32_t longest = std::max(headers, options_.max_frame_bytes - room);
  frame_bytes = std::clamp(frame_bytes, headers, longest);
  spec.payload_bytes = frame_bytes - headers;
  if (options_.fixed_frame_bytes == 0 && spec.payload_bytes > 0 && random_.one_in(4)) {
    spec.trailer_bytes = random_.between(1, spec.payload_bytes);
    spec.payload_bytes -= spec.trailer_bytes;
  }
}

uint32_t PacketGenerator::client_address() {
  if (options_.clients != 0) return 0x0a000000 + random_.below(options_.clients);
  for (;;) {
    const uint32_t address = random_.word();
    const uint32_t first = address >> 24;
    if (first != 0 && first != 127 && first < 224) return address;
  }
}

uint16_t PacketGenerator::client_port(uint32_t address) {
  return options_.clients == 0 ? random_.half() : static_cast<uint16_t>(1024 + address % 251);
}

FrameSpec PacketGenerator::plain(uint8_t epoch) {
  FrameSpec spec;
  spec.destination_mac = tables_.images.config[epoch].mac;
  spec.source_mac = 0x020000000000 | (random_.next() & 0xffffffffff);
  spec.tagged = random_.one_in(4);
  spec.tag = random_.half();
  spec.tos = random_.byte();
  spec.id = random_.half();
  spec.fragment = random_.one_in(2) ? 0x4000 : 0;
  spec.ttl = static_cast<uint8_t>(random_.between(2, 255));
  spec.header_words = random_.one_in(3) ? random_.between(5, 15) : 5;
  spec.tcp_header_words = random_.one_in(3) ? random_.between(5, 15) : 5;
  spec.payload_seed = random_.next();
  spec.udp_without_checksum = random_.one_in(4);
  spec.source = client_address();
  spec.destination = client_address();
  spec.source_port = client_port(spec.source);
  spec.destination_port = client_port(spec.destination);
  spec.tcp_flags = kUsualFlags[random_.below(std::size(kUsualFlags))];
  // In a few windows, so that resets are sometimes near what was acknowledged.
  spec.sequence = random_.below(8) << 16 | random_.half();
  spec.acknowledged = random_.below(8) << 16 | random_.half();
  if (options_.fixed_frame_bytes != 0) {
    spec.tagged = false;
    spec.header_words = spec.tcp_header_words = 5;
  }
  return spec;
}

FrameSpec PacketGenerator::to_service(uint8_t epoch, uint8_t port) {
  const ServiceSpec& service = pick_service(epoch, [&](const ServiceSpec& candidate) {
    return (candidate.client_ports >> port & 1) != 0;
  });
  FrameSpec spec = plain(epoch);
  spec.protocol = service.protocol;
  spec.destination = service.vip;
  spec.destination_port = service.port;
  if (options_.only_forwarded && (spec.tcp_flags & 0x12) == 0x12) spec.tcp_flags = 0x10;
  choose_length(spec);
  return spec;
}

FrameSpec PacketGenerator::way_back(uint8_t epoch, uint8_t port) {
  const auto comes_by = [&](const BackendSpec& backend) { return backend.egress_port == port; };
  const ServiceSpec& service = pick_service(epoch, [&](const ServiceSpec& candidate) {
    return candidate.mode == layout::kModeDnat &&
           std::any_of(candidate.backends.begin(), candidate.backends.end(), comes_by);
  });
  std::vector<BackendSpec> backends;
  std::copy_if(service.backends.begin(), service.backends.end(), std::back_inserter(backends),
               comes_by);
  const BackendSpec& backend = random_.pick(backends);
  FrameSpec spec = plain(epoch);
  spec.protocol = service.protocol;
  spec.source = backend.address;
  spec.source_port = backend.port;
  choose_length(spec);
  return spec;
}

uint32_t PacketGenerator::no_hosts_address(uint8_t epoch) {
  const layout::Config& config = tables_.images.config[epoch];
  const uint32_t rest = random_.word();
  switch (random_.below(8)) {
    case 0:
      return rest & 0xffffff;
    case 1:
      return 0x7f000000 | (rest & 0xffffff);
    case 2:
      return 0xe0000000 | rest;
    case 3:
      return 0xffffffff;
    case 4:
      return config.port0_broadcast;
    case 5:
      return config.port1_broadcast;
    case 6:
      return random_.one_in(2) ? config.port0_address : config.port1_address;
    default:
      return random_.pick(tables_.services[epoch]).vip;
  }
}

void PacketGenerator::make_martian(uint8_t epoch, FrameSpec& spec) {
  switch (random_.below(4)) {
    case 0:
      spec.source_mac = random_.one_in(2) ? tables_.images.config[epoch].mac
                                          : spec.source_mac | uint64_t{1} << 40;
      break;
    case 1:
      spec.destination = no_hosts_address(epoch);
      break;
    default:
      spec.source = no_hosts_address(epoch);
      break;
  }
}

void PacketGenerator::spoil_ip_header(FrameSpec& spec) {
  if (random_.one_in(3)) {
    spec.version = static_cast<uint8_t>(random_.below(16));
  } else if (random_.one_in(2)) {
    spec.header_words_error = static_cast<int32_t>(random_.below(16));
  } else {
    spec.total_bytes_error = -static_cast<int32_t>(random_.below(1500));
  }
}

// As often as not one that reads like one and is none, by a byte.
void PacketGenerator::make_source_route(FrameSpec& spec) {
  spec.header_words = random_.between(6, 15);
  spec.options.assign((spec.header_words - 5) * 4, 1);
  const uint32_t at = random_.below(static_cast<uint32_t>(spec.options.size()));
  spec.options[at] = random_.one_in(2) ? 131 : 137;
  if (at + 1 < spec.options.size()) {
    spec.options[at + 1] = static_cast<uint8_t>(random_.below(44));
  }
}

void PacketGenerator::spoil(Kind kind, uint8_t epoch, FrameSpec& spec) {
  const layout::Config& config = tables_.images.config[epoch];
  switch (kind) {
    case Kind::wrong_mac:
      spec.destination_mac ^= uint64_t{2} << random_.below(40);
      break;
    case Kind::bad_ip_header:
      spoil_ip_header(spec);
      break;
    case Kind::bad_ip_checksum:
      spec.ip_checksum_error =
          static_cast<uint16_t>(random_.one_in(2) ? 1u << random_.below(16) : random_.half());
      break;
    case Kind::bad_l4_length:
      spec.l4_length_error = static_cast<int32_t>(random_.between(0, 20)) - 10;
      break;
    case Kind::ttl_expired:
      spec.ttl = static_cast<uint8_t>(random_.below(2));
      break;
    case Kind::oversize_mtu:
      spec.payload_bytes = random_.between(kSmallMtu - 80, kSmallMtu + 20);
      spec.trailer_bytes = 0;
      break;
    case Kind::not_ipv4: {
      constexpr uint16_t kEthertypes[] = {0x0806, 0x86dd, 0x8100, 0x88a8, 0x0801};
      spec.ethertype = kEthertypes[random_.below(std::size(kEthertypes))];
      if (random_.one_in(2)) spec.destination_mac = 0xffffffffffff;
      break;
    }
    case Kind::group_address:
      spec.destination_mac = random_.one_in(2) ? 0xffffffffffff : 0x01005e000001;
      break;
    case Kind::source_route:
      make_source_route(spec);
      break;
    case Kind::bad_tcp_flags:
      spec.tcp_flags = random_.byte();
      break;
    case Kind::fragment:
      spec.fragment = static_cast<uint16_t>(random_.between(1, 0x3fff));
      if (random_.one_in(3)) spec.protocol = 1;
      if (random_.one_in(4)) spec.destination = config.port0_address;
      break;
    case Kind::martian:
      make_martian(epoch, spec);
      break;
    case Kind::not_tcp_udp:
      spec.protocol = random_.one_in(2) ? uint8_t{1} : random_.byte();
      spec.icmp_type = static_cast<uint8_t>(random_.below(16));
      if (random_.one_in(2)) spec.destination = config.port1_address;
      break;
    case Kind::local:
      spec.destination = random_.one_in(2) ? config.port0_address : config.port1_address;
      break;
    case Kind::no_service:
      if (random_.one_in(2)) {
        spec.destination_port = static_cast<uint16_t>(spec.destination_port + 1);
        spec.source_port = static_cast<uint16_t>(spec.source_port + 1);
      } else {
        spec.protocol = spec.protocol == kTcp ? kUdp : kTcp;
      }
      break;
    default:
      break;
  }
}

// What cannot be said with fields: cuts and flips.
void PacketGenerator::finish(Kind kind, Packet& packet) {
  Bytes& bytes = packet.bytes;
  const uint32_t size = static_cast<uint32_t>(bytes.size());
  if (kind == Kind::runt) {
    bytes.resize(random_.between(1, random_.one_in(2) ? 13 : 17));
  } else if (kind == Kind::truncated) {
    bytes.resize(random_.between(14, size));
  } else if (kind == Kind::mutated) {
    const uint32_t flips = random_.between(1, 4);
    for (uint32_t i = 0; i < flips; i++) {
      const uint32_t at = random_.below(std::min(size, random_.one_in(2) ? 60u : 128u));
      bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1u << random_.below(8)));
    }
  }
}

void PacketGenerator::make_garbage(Packet& packet) {
  packet.bytes.resize(random_.between(1, random_.one_in(4) ? 1600 : 200));
  for (uint8_t& byte : packet.bytes) byte = random_.byte();
  if (packet.bytes.size() < 40 || random_.one_in(4)) return;
  store48(&packet.bytes[0], tables_.images.config[packet.epoch].mac);
  store16(&packet.bytes[12], random_.one_in(4) ? uint16_t{0x8100} : uint16_t{0x0800});
  store16(&packet.bytes[16], random_.one_in(2) ? uint16_t{0x0800} : random_.half());
}

void PacketGenerator::make(Kind kind, Packet& packet) {
  packet.kind = kind;
  packet.port =
      static_cast<uint8_t>(options_.fixed_port >= 0 ? static_cast<uint32_t>(options_.fixed_port)
                                                    : random_.below(layout::kPorts));
  packet.epoch = static_cast<uint8_t>(
      options_.fixed_epoch >= 0 ? static_cast<uint32_t>(options_.fixed_epoch) : random_.below(2));
  if (kind == Kind::garbage) {
    make_garbage(packet);
    return;
  }
  const bool back = kind == Kind::way_back || (kind != Kind::to_service && random_.one_in(4));
  const uint8_t by = kind == Kind::wrong_port ? packet.port ^ 1 : packet.port;
  FrameSpec spec = back ? way_back(packet.epoch, by) : to_service(packet.epoch, by);
  spoil(kind, packet.epoch, spec);
  build_frame(spec, packet.bytes);
  finish(kind, packet);
}

void PacketGenerator::next(Packet& packet) {
  if (options_.only_forwarded) {
    make(random_.one_in(3) ? Kind::way_back : Kind::to_service, packet);
    return;
  }
  constexpr uint32_t kKinds = static_cast<uint32_t>(Kind::count);
  Kind kind = Kind::to_service;
  switch (random_.below(4)) {
    case 0:
      kind = Kind::way_back;
      break;
    case 1:
      kind = static_cast<Kind>(random_.below(kKinds));
      break;
    case 2:
      kind = random_.one_in(2) ? Kind::mutated : Kind::to_service;
      break;
    default:
      break;
  }
  make(kind, packet);
}

}  // namespace sluice::packet_gen
