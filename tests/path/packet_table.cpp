#include "packet_table.hpp"

#include "small_world.hpp"

namespace sluice::path_test {

using layout::kReasonNone;
using packet_gen::kUdp;
using Spec = packet_gen::FrameSpec&;

namespace {

void same(Spec) {}

void udp(Spec p) { p.protocol = kUdp; }

void icmp(Spec p, uint8_t type) {
  p.protocol = packet_gen::kIcmp;
  p.icmp_type = type;
}

void to_dsr(Spec p) { p.destination_port = kDsrPort; }

void from_backend(Spec p) {
  p.source_mac = kBackendMac;
  p.source = kBackend;
  p.source_port = kBackendPort;
  p.destination = kClient;
  p.destination_port = 49152;
}

void next_hop_backend(Spec p) {
  p.source_mac = kCardMac;
  p.destination_mac = kBackendMac;
  p.ttl--;
}

void dnat(Spec p) {
  next_hop_backend(p);
  p.destination = kBackend;
  p.destination_port = kBackendPort;
}

void way_back(Spec p) {
  p.source_mac = kCardMac;
  p.destination_mac = kRouterMac;
  p.ttl--;
  p.source = kVip;
  p.source_port = kDnatPort;
}

const Row kForwarded[] = {
    {"TCP to a DNAT service goes to the backend's address and port", same, kReasonNone, dnat},
    {"UDP to a DNAT service goes to the backend's address and port", udp, kReasonNone, dnat},
    {"UDP without a checksum stays without one",
     [](Spec p) { udp(p), p.udp_without_checksum = true; }, kReasonNone, dnat},
    {"TCP from a backend comes from the VIP", from_backend, kReasonNone, way_back},
    {"UDP from a backend comes from the VIP", [](Spec p) { udp(p), from_backend(p); }, kReasonNone,
     way_back},
    {"UDP without a checksum from a backend stays without one",
     [](Spec p) { udp(p), from_backend(p), p.udp_without_checksum = true; }, kReasonNone, way_back},
    {"TCP from a backend out of service still finds its way back",
     [](Spec p) { from_backend(p), p.source_port = 8000 + kDownPort; }, kReasonNone,
     [](Spec p) { way_back(p), p.source_port = kDownPort; }},
    {"A SYN ACK from a backend finds its way back",
     [](Spec p) { from_backend(p), p.tcp_flags = 0x12; }, kReasonNone, way_back},
    {"TCP to a DSR service changes the MAC and the TTL only", to_dsr, kReasonNone,
     next_hop_backend},
    {"UDP to a DSR service changes the MAC and the TTL only", [](Spec p) { udp(p), to_dsr(p); },
     kReasonNone, next_hop_backend},
    {"A VLAN tag stays as received", [](Spec p) { p.tagged = true, p.tag = 0xa123; }, kReasonNone,
     dnat},
    {"A VLAN tag stays as received on the way back",
     [](Spec p) { from_backend(p), p.tagged = true, p.tag = 0x0fff; }, kReasonNone, way_back},
    {"TTL 2 is the last that is forwarded", [](Spec p) { p.ttl = 2; }, kReasonNone, dnat},
    {"TTL 255 becomes 254", [](Spec p) { p.ttl = 255; }, kReasonNone, dnat},
    {"DSCP and ECN are kept", [](Spec p) { p.tos = 0xb9; }, kReasonNone, dnat},
    {"Do-not-fragment is no fragment", [](Spec p) { p.fragment = 0x4000; }, kReasonNone, dnat},
    {"IPv4 options are kept and move the ports", [](Spec p) { p.header_words = 9; }, kReasonNone,
     dnat},
    {"Options that record a route or a time are kept",
     [](Spec p) { p.header_words = 15, p.options = {7, 39, 4}; }, kReasonNone, dnat},
    {"A source route of an impossible length is none",
     [](Spec p) { p.header_words = 7, p.options = {1, 131, 2, 0, 137, 5}; }, kReasonNone, dnat},
    {"A source route longer than the header is left to the receiver",
     [](Spec p) { p.header_words = 6, p.options = {131, 5, 4, 0}; }, kReasonNone, dnat},
    {"A port that reads like a source route is none", [](Spec p) { p.source_port = 0x8303; },
     kReasonNone, dnat},
    {"A SYN with ECN and data is sent by TCP", [](Spec p) { p.tcp_flags = 0xca; }, kReasonNone,
     dnat},
    {"A TCP header of 60 bytes is kept", [](Spec p) { p.tcp_header_words = 15; }, kReasonNone,
     dnat},
    {"The longest headers of all still fit into the window",
     [](Spec p) { p.tagged = true, p.header_words = 15, p.tcp_header_words = 15; }, kReasonNone,
     dnat},
    {"An empty TCP segment of 54 bytes is padded to 60", [](Spec p) { p.payload_bytes = 0; },
     kReasonNone, dnat},
    {"An empty UDP datagram of 42 bytes is padded to 60",
     [](Spec p) { udp(p), p.payload_bytes = 0; }, kReasonNone, dnat},
    {"Ethernet padding behind the packet is kept",
     [](Spec p) { p.payload_bytes = 1, p.trailer_bytes = 9; }, kReasonNone, dnat},
    {"An odd payload is summed right", [](Spec p) { p.payload_bytes = 33; }, kReasonNone, dnat},
    {"A packet as long as the MTU leaves", [](Spec p) { p.payload_bytes = kPort0Mtu - 40; },
     kReasonNone, dnat},
    {"A service's key goes before a way back",
     [](Spec p) { p.source = kBackend, p.source_port = kBackendPort; }, kReasonNone, dnat},
};

using namespace layout;
const Row kRefused[] = {
    {"A unicast MAC of another is dropped", [](Spec p) { p.destination_mac = kRouterMac; },
     kReason_wrong_mac, nullptr},
    {"ARP for another MAC is dropped too",
     [](Spec p) { p.destination_mac = kRouterMac, p.ethertype = 0x0806; }, kReason_wrong_mac,
     nullptr},
    {"ARP to the card is the host's", [](Spec p) { p.ethertype = 0x0806; }, kReason_arp, nullptr},
    {"Broadcast ARP is the host's",
     [](Spec p) { p.ethertype = 0x0806, p.destination_mac = 0xffffffffffff; }, kReason_arp,
     nullptr},
    {"ARP behind a VLAN tag is none of the host's questions",
     [](Spec p) { p.ethertype = 0x0806, p.tagged = true; }, kReason_not_ipv4, nullptr},
    {"IPv6 is the host's", [](Spec p) { p.ethertype = 0x86dd; }, kReason_not_ipv4, nullptr},
    {"A second VLAN tag is the host's", [](Spec p) { p.tagged = true, p.ethertype = 0x8100; },
     kReason_not_ipv4, nullptr},
    {"A service tag 0x88a8 is the host's", [](Spec p) { p.ethertype = 0x88a8; }, kReason_not_ipv4,
     nullptr},
    {"IPv4 to the broadcast MAC is the host's", [](Spec p) { p.destination_mac = 0xffffffffffff; },
     kReason_group_address, nullptr},
    {"IPv4 to a multicast MAC is the host's", [](Spec p) { p.destination_mac = 0x01005e000005; },
     kReason_group_address, nullptr},
    {"IP version 6 in IPv4 is dropped", [](Spec p) { p.version = 6; }, kReason_bad_ip_header,
     nullptr},
    {"IHL 4 is dropped", [](Spec p) { p.header_words_error = -1; }, kReason_bad_ip_header, nullptr},
    {"A total length below the header's is dropped", [](Spec p) { p.total_bytes_error = -41; },
     kReason_bad_ip_header, nullptr},
    {"A total length one beyond the frame is dropped", [](Spec p) { p.total_bytes_error = 1; },
     kReason_truncated, nullptr},
    {"A total length of 65535 is dropped", [](Spec p) { p.total_bytes_error = 65535 - 60; },
     kReason_truncated, nullptr},
    {"One wrong bit in the header checksum is dropped",
     [](Spec p) { p.ip_checksum_error = 0x0100; }, kReason_bad_ip_checksum, nullptr},
    {"A loose source route is dropped",
     [](Spec p) { p.header_words = 7, p.options = {131, 7, 4, 10, 1, 0, 10, 0}; },
     kReason_source_route, nullptr},
    {"A strict source route is dropped",
     [](Spec p) { p.header_words = 7, p.options = {137, 7, 4, 10, 1, 0, 10, 0}; },
     kReason_source_route, nullptr},
    {"A source route behind other options is dropped",
     [](Spec p) { p.header_words = 8, p.options = {7, 7, 4, 0, 0, 0, 0, 1, 131, 3, 4, 0}; },
     kReason_source_route, nullptr},
    {"A source route that ends with the longest header is dropped",
     [](Spec p) {
       p.header_words = 15, p.options = packet_gen::Bytes(40, 1);
       p.options[37] = 137, p.options[38] = 3;
     },
     kReason_source_route, nullptr},
    {"A source route to a port's own address is dropped",
     [](Spec p) { p.destination = kPort0Address, p.header_words = 6, p.options = {131, 3, 4, 0}; },
     kReason_source_route, nullptr},
    {"A segment without flags is dropped", [](Spec p) { p.tcp_flags = 0; }, kReason_bad_tcp_flags,
     nullptr},
    {"A SYN with FIN is dropped", [](Spec p) { p.tcp_flags = 0x03; }, kReason_bad_tcp_flags,
     nullptr},
    {"A FIN without ACK is dropped", [](Spec p) { p.tcp_flags = 0x01; }, kReason_bad_tcp_flags,
     nullptr},
    {"All flags at once are dropped", [](Spec p) { p.tcp_flags = 0x3f; }, kReason_bad_tcp_flags,
     nullptr},
    {"Bad flags on the way back are dropped", [](Spec p) { from_backend(p), p.tcp_flags = 0x06; },
     kReason_bad_tcp_flags, nullptr},
    {"A first fragment of UDP to a service is dropped", [](Spec p) { udp(p), p.fragment = 0x2000; },
     kReason_service_fragment, nullptr},
    {"A last fragment of TCP to a service is dropped", [](Spec p) { p.fragment = 1; },
     kReason_service_fragment, nullptr},
    {"A backend's fragment to a client is dropped",
     [](Spec p) { udp(p), from_backend(p), p.fragment = 0x2000; }, kReason_service_fragment,
     nullptr},
    {"A fragment of TCP to a VIP whose other packets are the host's is dropped",
     [](Spec p) { p.destination = kHostVip, p.fragment = 1; }, kReason_service_fragment, nullptr},
    {"A fragment to a port's own address is the host's",
     [](Spec p) { p.destination = kPort0Address, p.fragment = 0x2000; }, kReason_fragment, nullptr},
    {"A fragment of a large ping to a VIP is the host's",
     [](Spec p) { p.protocol = 1, p.fragment = 0x2000; }, kReason_fragment, nullptr},
    {"A fragment of a ping to nobody is dropped",
     [](Spec p) { p.destination = kClient + 1, p.protocol = 1, p.fragment = 1; },
     kReason_no_service, nullptr},
    {"ICMP to a VIP is the host's", [](Spec p) { p.protocol = 1; }, kReason_not_tcp_udp, nullptr},
    {"ICMP to a port's own address is the host's",
     [](Spec p) { p.destination = kPort1Address, p.protocol = 1; }, kReason_not_tcp_udp, nullptr},
    {"ICMP to nobody is dropped", [](Spec p) { p.destination = kVip + 9, p.protocol = 1; },
     kReason_no_service, nullptr},
    {"A backend's ICMP to a client is dropped", [](Spec p) { from_backend(p), p.protocol = 1; },
     kReason_no_service, nullptr},
    {"SCTP to a VIP is the host's", [](Spec p) { p.protocol = 132; }, kReason_not_tcp_udp, nullptr},
    {"A TCP data offset of 4 is dropped", [](Spec p) { p.l4_length_error = -1; },
     kReason_bad_l4_length, nullptr},
    {"A TCP header beyond the packet is dropped",
     [](Spec p) { p.payload_bytes = 0, p.l4_length_error = 1; }, kReason_bad_l4_length, nullptr},
    {"A packet too short for a TCP header is dropped", [](Spec p) { p.total_bytes_error = -21; },
     kReason_bad_l4_length, nullptr},
    {"A UDP length of 7 is dropped", [](Spec p) { udp(p), p.l4_length_error = 7 - 28; },
     kReason_bad_l4_length, nullptr},
    {"A UDP length beyond the packet is dropped", [](Spec p) { udp(p), p.l4_length_error = 1; },
     kReason_bad_l4_length, nullptr},
    {"A packet too short for a UDP header is dropped",
     [](Spec p) { udp(p), p.total_bytes_error = -21; }, kReason_bad_l4_length, nullptr},
    {"A bare SYN to port 0's address is the host's",
     [](Spec p) { p.destination = kPort0Address, p.tcp_flags = 0x02; }, kReason_local, nullptr},
    {"UDP to port 1's address is the host's", [](Spec p) { udp(p), p.destination = kPort1Address; },
     kReason_local, nullptr},
    {"A SYN ACK to port 0's address may answer the host",
     [](Spec p) { p.destination = kPort0Address, p.tcp_flags = 0x12; }, kReason_local_reply,
     nullptr},
    {"A reset to port 1's address may answer the host",
     [](Spec p) { p.destination = kPort1Address, p.tcp_flags = 0x14; }, kReason_local_reply,
     nullptr},
    {"An acknowledgement to port 1's address may answer the host",
     [](Spec p) { p.destination = kPort1Address, p.tcp_flags = 0x10; }, kReason_local_reply,
     nullptr},
    {"An ICMP echo reply to a port's address may answer the host",
     [](Spec p) { icmp(p, 0), p.destination = kPort1Address; }, kReason_local_reply, nullptr},
    {"ICMP unreachable to a port's address may answer the host",
     [](Spec p) { icmp(p, 3), p.destination = kPort0Address; }, kReason_local_reply, nullptr},
    {"ICMP time exceeded to a port's address may answer the host",
     [](Spec p) { icmp(p, 11), p.destination = kPort0Address; }, kReason_local_reply, nullptr},
    {"An ICMP parameter problem to a port's address may answer the host",
     [](Spec p) { icmp(p, 12), p.destination = kPort0Address; }, kReason_local_reply, nullptr},
    {"An ICMP echo request to a port's address answers nothing",
     [](Spec p) { icmp(p, 8), p.destination = kPort1Address; }, kReason_not_tcp_udp, nullptr},
    {"An ICMP redirect to a port's address answers nothing",
     [](Spec p) { icmp(p, 5), p.destination = kPort1Address; }, kReason_not_tcp_udp, nullptr},
    {"An ICMP echo reply to a VIP answers nothing", [](Spec p) { icmp(p, 0); }, kReason_not_tcp_udp,
     nullptr},
    {"A port of a VIP without a service is dropped", [](Spec p) { p.destination_port = 443; },
     kReason_no_service, nullptr},
    {"A port without a service of a VIP that rejects goes to the host",
     [](Spec p) { p.destination = kRejectVip; }, kReason_unserved, nullptr},
    {"A port without a service of a VIP that is the host's goes there",
     [](Spec p) { udp(p), p.destination = kHostVip; }, kReason_unserved, nullptr},
    {"An address that is nobody's is dropped", [](Spec p) { p.destination = kVip + 9; },
     kReason_no_service, nullptr},
    {"The address 0.0.0.0 is no port's own", [](Spec p) { p.destination = 0; }, kReason_no_service,
     nullptr},
    {"A backend's other port is dropped", [](Spec p) { from_backend(p), p.source_port = 22; },
     kReason_no_service, nullptr},
    {"A packet from a VIP is dropped", [](Spec p) { p.source = kHostVip; }, kReason_martian,
     nullptr},
    {"A packet from its own VIP is dropped", [](Spec p) { p.source = kVip; }, kReason_martian,
     nullptr},
    {"A packet from a port's own address is dropped", [](Spec p) { p.source = kPort1Address; },
     kReason_martian, nullptr},
    {"A packet from the broadcast address of a port's network is dropped",
     [](Spec p) { p.source = kPort0Broadcast; }, kReason_martian, nullptr},
    {"A packet from loopback to a port's own address is dropped",
     [](Spec p) { p.source = ip(127, 0, 0, 1), p.destination = kPort0Address; }, kReason_martian,
     nullptr},
    {"A ping from a multicast address is dropped",
     [](Spec p) { p.source = ip(224, 0, 0, 5), p.protocol = 1; }, kReason_martian, nullptr},
    {"A fragment from a multicast address is dropped",
     [](Spec p) { p.source = ip(239, 1, 1, 1), p.fragment = 1; }, kReason_martian, nullptr},
    {"A frame from a group's MAC is dropped", [](Spec p) { p.source_mac = 0x030000000001; },
     kReason_martian, nullptr},
    {"A frame from the card's own MAC is dropped", [](Spec p) { p.source_mac = kCardMac; },
     kReason_martian, nullptr},
    {"ARP from a group's MAC is dropped",
     [](Spec p) { p.source_mac = 0xffffffffffff, p.ethertype = 0x0806; }, kReason_martian, nullptr},
    {"A backend's packet to the limited broadcast is dropped",
     [](Spec p) { from_backend(p), p.destination = 0xffffffff; }, kReason_martian, nullptr},
    {"A backend's packet to a multicast address is dropped",
     [](Spec p) { from_backend(p), p.destination = ip(224, 0, 0, 1); }, kReason_martian, nullptr},
    {"A backend's packet to the broadcast of a port's network is dropped",
     [](Spec p) { from_backend(p), p.destination = kPort1Broadcast; }, kReason_martian, nullptr},
    {"A backend's packet to a VIP without such a service is dropped",
     [](Spec p) { from_backend(p), p.destination = kHostVip; }, kReason_martian, nullptr},
    {"A backend's packet to a port's own address may answer the host",
     [](Spec p) { from_backend(p), p.destination = kPort0Address; }, kReason_local_reply, nullptr},
    {"A backend of a DSR service has no way back through the card",
     [](Spec p) { from_backend(p), p.source_port = 8000 + kDsrPort; }, kReason_no_service, nullptr},
    {"A key of an empty service entry matches nothing",
     [](Spec p) { p.destination_port = kEmptyEntryPort; }, kReason_no_service, nullptr},
    {"A client that comes in by the backends' port is dropped",
     [](Spec p) { p.destination_port = kFarPort; }, kReason_wrong_port, nullptr},
    {"A backend that comes in by another port is dropped",
     [](Spec p) { from_backend(p), p.source_port = 8000 + kFarPort; }, kReason_wrong_port, nullptr},
    {"A UDP backend that comes in by another port is dropped",
     [](Spec p) { udp(p), from_backend(p), p.source_port = 8000 + kFarPort; }, kReason_wrong_port,
     nullptr},
    {"A SYN ACK from a client is dropped", [](Spec p) { p.tcp_flags = 0x12; },
     kReason_bad_tcp_flags, nullptr},
    {"A SYN ACK from a client is dropped by DSR too", [](Spec p) { to_dsr(p), p.tcp_flags = 0x52; },
     kReason_bad_tcp_flags, nullptr},
    {"A ring of no slots is dropped", [](Spec p) { p.destination_port = kNoSlotsPort; },
     kReason_no_backend, nullptr},
    {"An empty slot is dropped", [](Spec p) { p.destination_port = kEmptySlotPort; },
     kReason_no_backend, nullptr},
    {"A service without a mode is dropped", [](Spec p) { p.destination_port = kModelessPort; },
     kReason_no_backend, nullptr},
    {"A backend out of service is dropped", [](Spec p) { p.destination_port = kDownPort; },
     kReason_backend_down, nullptr},
    {"A backend without a MAC is dropped", [](Spec p) { p.destination_port = kUnresolvedPort; },
     kReason_no_next_hop, nullptr},
    {"A way back without a MAC is dropped",
     [](Spec p) { from_backend(p), p.source_port = 8000 + kUnresolvedPort; }, kReason_no_next_hop,
     nullptr},
    {"TTL 1 is dropped", [](Spec p) { p.ttl = 1; }, kReason_ttl_expired, nullptr},
    {"TTL 0 is dropped", [](Spec p) { p.ttl = 0; }, kReason_ttl_expired, nullptr},
    {"TTL 1 is dropped on the way back", [](Spec p) { from_backend(p), p.ttl = 1; },
     kReason_ttl_expired, nullptr},
    {"TTL 1 is dropped by DSR too", [](Spec p) { to_dsr(p), p.ttl = 1; }, kReason_ttl_expired,
     nullptr},
    {"A packet one longer than the MTU is dropped",
     [](Spec p) { p.payload_bytes = kPort0Mtu - 39; }, kReason_mtu_exceeded, nullptr},
    {"The way back obeys the MTU of its own port",
     [](Spec p) { from_backend(p), p.payload_bytes = kPort1Mtu - 39; }, kReason_mtu_exceeded,
     nullptr},
    {"An outer header counts for the MTU",
     [](Spec p) { p.destination_port = kNarrowPort, p.payload_bytes = kPort1Mtu - 59; },
     kReason_mtu_exceeded, nullptr},
};

}  // namespace

std::span<const Row> forwarded_rows() { return kForwarded; }
std::span<const Row> refused_rows() { return kRefused; }

}  // namespace sluice::path_test
