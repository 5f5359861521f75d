// An endless stream of frames that between them meet every fate the packet path knows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "packet_gen/frame.hpp"
#include "packet_gen/random.hpp"
#include "packet_gen/tables.hpp"

namespace sluice::packet_gen {

// What a frame was made for. The tables may still give it another fate.
enum class Kind : uint8_t {
  to_service,     // well-formed, to a random service (of whatever fault)
  way_back,       // from a backend of a DNAT service
  mutated,        // one of the above with a few random bits flipped
  garbage,        // random bytes behind the card's MAC, or wholly
  runt,           // shorter than its Ethernet header
  wrong_mac,      // unicast to another MAC
  truncated,      // cut short somewhere, or an IPv4 length beyond the frame
  bad_ip_header,  // version, IHL or total length
  bad_ip_checksum,
  bad_l4_length,
  ttl_expired,
  oversize_mtu,  // longer than the small MTU
  not_ipv4,      // ARP, IPv6 or a second tag
  group_address,
  source_route,
  bad_tcp_flags,
  fragment,
  not_tcp_udp,
  local,
  no_service,
  wrong_port,  // of one that comes by the other port
  martian,
  count
};
const char* name_of(Kind kind);

struct Packet {
  Bytes bytes;
  uint8_t port;
  uint8_t epoch;
  Kind kind;
};

struct GeneratorOptions {
  uint32_t max_frame_bytes = 9216;
  bool only_forwarded = false;     // to_service and way_back of services without a fault
  int fixed_epoch = -1;            // 0 or 1; -1: random
  int fixed_port = -1;             // the port all come in by, 0 or 1; -1: random
  uint32_t clients = 0;            // 0: every packet has its own; else as many, which come again
  uint32_t fixed_frame_bytes = 0;  // 0: a mix rich in edges (65-69, 128, 129, jumbo); else each
                                   // well-formed frame has this length if its headers fit
};

// `tables` must outlive the generator. Same seed, tables and options: same packets.
class PacketGenerator {
 public:
  PacketGenerator(uint64_t seed, const TableSet& tables, const GeneratorOptions& options = {});

  // Overwrites `packet`; reuse it to save allocations.
  void next(Packet& packet);
  void make(Kind kind, Packet& packet);

 private:
  const ServiceSpec& pick_service(uint8_t epoch,
                                  const std::function<bool(const ServiceSpec&)>& fits);
  FrameSpec to_service(uint8_t epoch, uint8_t port);  // `port`: by which it may come in
  FrameSpec way_back(uint8_t epoch, uint8_t port);
  FrameSpec plain(uint8_t epoch);  // fields that do not depend on the tables
  uint32_t client_address();
  uint32_t no_hosts_address(uint8_t epoch);
  void make_martian(uint8_t epoch, FrameSpec& spec);
  uint16_t client_port(uint32_t address);
  void choose_length(FrameSpec& spec);
  void spoil_ip_header(FrameSpec& spec);
  void make_source_route(FrameSpec& spec);
  void spoil(Kind kind, uint8_t epoch, FrameSpec& spec);
  void finish(Kind kind, Packet& packet);
  void make_garbage(Packet& packet);

  const TableSet& tables_;
  const GeneratorOptions options_;
  Random random_;
};

}  // namespace sluice::packet_gen
