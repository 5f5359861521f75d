#include "packet_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "packet_gen/run_path.hpp"
#include "path/packet.hpp"
#include "small_world.hpp"

namespace sluice::path_test {
namespace {

using packet_gen::build_frame;
using packet_gen::Bytes;
using packet_gen::kTcp;
using packet_gen::kUdp;
using packet_gen::packet_in;
using packet_gen::run_path;
using packet_gen::store16;
using packet_gen::store32;

const Tables& small_world() {
  static const std::unique_ptr<Tables> kTables = make_small_world();
  return *kTables;
}

struct Result {
  Bytes bytes;
  path::PacketOut out;
};

Result send(const Bytes& frame, uint8_t epoch = 0, uint8_t port = 0) {
  Result result;
  result.out = run_path(small_world(), packet_in(frame, port, epoch));
  packet_gen::splice(frame, result.out, result.bytes);
  return result;
}

Bytes padded(Bytes frame) {
  frame.resize(std::max<size_t>(frame.size(), layout::kMinFrameBytes));
  return frame;
}

void expect_untouched(const Bytes& frame, uint8_t reason) {
  const Result result = send(frame);
  EXPECT_EQ(result.out.verdict, reason >= 32 ? path::kVerdictPunt : path::kVerdictDrop);
  EXPECT_EQ(result.out.reason, reason);
  EXPECT_EQ(result.out.direction, path::kDirectionNone);
  EXPECT_EQ(result.out.service, 0);
  EXPECT_EQ(result.out.backend, 0);
  EXPECT_EQ(result.out.egress_port, 0);
  EXPECT_EQ(result.out.frame_bytes, frame.size());
  EXPECT_EQ(result.bytes, frame);
}

std::string test_name(const testing::TestParamInfo<Row>& row) {
  std::string name = row.param.description;
  std::erase_if(name, [](char c) { return std::ispunct(static_cast<unsigned char>(c)); });
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

class Forwarded : public testing::TestWithParam<Row> {};

TEST_P(Forwarded, packet) {
  packet_gen::FrameSpec spec = from_client();
  GetParam().in(spec);
  Bytes frame;
  build_frame(spec, frame);
  const Result result = send(frame);

  GetParam().out(spec);
  Bytes expected;
  build_frame(spec, expected);
  EXPECT_EQ(result.out.verdict, path::kVerdictForward);
  EXPECT_EQ(result.out.reason, 0);
  EXPECT_EQ(result.bytes, padded(expected));
  EXPECT_EQ(result.out.frame_bytes, result.bytes.size());
  const bool back = spec.source == kVip;
  EXPECT_EQ(result.out.direction, back ? path::kDirectionOut : path::kDirectionIn);
  EXPECT_EQ(result.out.egress_port, back ? 1 : 0);
  const uint16_t port = back                                    ? spec.source_port
                        : spec.destination_port == kBackendPort ? kDnatPort
                                                                : spec.destination_port;
  EXPECT_EQ(result.out.service, service_of(port, spec.protocol));
  EXPECT_EQ(result.out.backend, backend_of(port, spec.protocol));
}
INSTANTIATE_TEST_SUITE_P(packet_table, Forwarded,
                         testing::ValuesIn(forwarded_rows().begin(), forwarded_rows().end()),
                         test_name);

class Refused : public testing::TestWithParam<Row> {};

TEST_P(Refused, packet) {
  packet_gen::FrameSpec spec = from_client();
  GetParam().in(spec);
  Bytes frame;
  build_frame(spec, frame);
  expect_untouched(frame, GetParam().reason);
}
INSTANTIATE_TEST_SUITE_P(packet_table, Refused,
                         testing::ValuesIn(refused_rows().begin(), refused_rows().end()),
                         test_name);

TEST(packet_table, every_reason_of_the_packet_path_has_a_row) {
  // No FrameSpec is as short as a runt: see below. Nothing is untracked without a connection table.
  std::set<uint8_t> seen = {layout::kReason_runt, layout::kReason_untracked};
  for (const Row& row : refused_rows()) seen.insert(row.reason);
  uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  const std::set<std::string> stages = {"parse", "classify", "schedule", "rewrite"};
  for (uint32_t i = 0; i < count; i++) {
    if (stages.count(info[i].stage) == 0) continue;
    EXPECT_TRUE(seen.count(info[i].code)) << info[i].name;
  }
}

TEST(packet_table, every_cut_of_a_packet_has_its_reason) {
  for (const bool tagged : {false, true}) {
    packet_gen::FrameSpec spec = from_client();
    spec.tagged = tagged;
    Bytes frame;
    build_frame(spec, frame);
    const size_t l2_bytes = tagged ? 18 : 14;
    for (size_t size = 1; size < frame.size(); size++) {
      SCOPED_TRACE(size);
      const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
      expect_untouched(cut, size < l2_bytes ? layout::kReason_runt : layout::kReason_truncated);
    }
  }
}

// The table of Linux' connection tracking (nf_conntrack_proto_tcp.c), PSH, ECE and CWR left out.
TEST(packet_table, only_the_flags_that_tcp_sends_pass) {
  constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16, kUrg = 32;
  const std::set<uint8_t> sent = {kSyn,        kSyn | kUrg,        kRst, kRst | kAck,
                                  kFin | kAck, kFin | kAck | kUrg, kAck, kAck | kUrg};
  packet_gen::FrameSpec spec = from_client();
  Bytes frame;
  for (uint32_t flags = 0; flags < 256; flags++) {
    spec.tcp_flags = static_cast<uint8_t>(flags);
    build_frame(spec, frame);
    const uint8_t control = flags & (kFin | kSyn | kRst | kAck | kUrg);
    EXPECT_EQ(send(frame).out.reason, sent.count(control) == 1 ? 0 : layout::kReason_bad_tcp_flags)
        << flags;
  }
}

TEST(packet_table, clients_and_backends_are_believed_only_by_their_own_ports) {
  packet_gen::FrameSpec client = from_client();
  packet_gen::FrameSpec backend = from_client();
  backend.source = kBackend;
  backend.destination = kClient;
  Bytes frame;
  for (const uint8_t protocol : {kTcp, kUdp}) {
    client.protocol = backend.protocol = protocol;
    for (const uint16_t port : {kDnatPort, kFarPort}) {
      client.destination_port = port;
      backend.source_port = static_cast<uint16_t>(8000 + port);
      const uint8_t own = port == kFarPort;
      const uint8_t other = 1 - own;
      build_frame(client, frame);
      EXPECT_EQ(send(frame, 0, own).out.direction, path::kDirectionIn);
      EXPECT_EQ(send(frame, 0, other).out.reason, layout::kReason_wrong_port);
      build_frame(backend, frame);
      EXPECT_EQ(send(frame, 0, own).out.direction, path::kDirectionOut);
      EXPECT_EQ(send(frame, 0, other).out.reason, layout::kReason_wrong_port);
    }
  }
}

Result send_to(const Tables& tables, const packet_gen::FrameSpec& spec) {
  Bytes frame;
  build_frame(spec, frame);
  Result result;
  result.out = run_path(tables, packet_in(frame, 0, 0));
  return result;
}

TEST(packet_table, no_host_is_in_the_reserved_ranges_of_addresses) {
  packet_gen::FrameSpec client = from_client();
  packet_gen::FrameSpec backend = from_client();
  backend.source = kBackend;
  backend.source_port = kBackendPort;
  for (uint32_t first = 0; first < 256; first++) {
    const bool reserved = first == 0 || first == 127 || first >= 224;
    const uint8_t reason = reserved ? layout::kReason_martian : layout::kReasonNone;
    for (const uint32_t rest : {0x000001u, 0x0200fdu, 0xffffffu}) {
      client.source = first << 24 | rest;
      backend.destination = first << 24 | rest;
      EXPECT_EQ(send_to(small_world(), client).out.reason, reason) << first << " " << rest;
      EXPECT_EQ(send_to(small_world(), backend).out.reason, reason) << first << " " << rest;
    }
  }
}

TEST(packet_table, martians_are_let_through_where_the_configuration_says_so) {
  const auto tables = make_small_world();
  tables->config[0].drop_martians = 0;
  uint32_t martians = 0;
  for (const Row& row : refused_rows()) {
    if (row.reason != layout::kReason_martian) continue;
    packet_gen::FrameSpec spec = from_client();
    row.in(spec);
    EXPECT_NE(send_to(*tables, spec).out.reason, layout::kReason_martian) << row.description;
    martians++;
  }
  EXPECT_GT(martians, 10u);
}

TEST(packet_table, the_other_bank_has_its_own_services) {
  Bytes frame;
  build_frame(from_client(), frame);
  EXPECT_EQ(send(frame, 0).out.verdict, path::kVerdictForward);
  EXPECT_EQ(send(frame, 1).out.reason, layout::kReason_no_service);
}

TEST(packet_table, dnat_is_right_for_every_header_length_tag_protocol_and_size) {
  for (uint32_t words = 5; words <= 15; words++) {
    for (uint32_t payload = 0; payload < 80; payload++) {
      for (const int kind : {0, 1, 2, 3}) {
        packet_gen::FrameSpec spec = from_client();
        spec.header_words = words;
        spec.payload_bytes = payload;
        spec.payload_seed = payload;
        spec.tagged = (kind & 1) != 0;
        spec.protocol = (kind & 2) != 0 ? kUdp : kTcp;
        Bytes frame;
        build_frame(spec, frame);
        const Result result = send(frame);
        spec.source_mac = kCardMac;
        spec.destination_mac = kBackendMac;
        spec.ttl--;
        spec.destination = kBackend;
        spec.destination_port = kBackendPort;
        Bytes expected;
        build_frame(spec, expected);
        ASSERT_EQ(result.bytes, padded(expected)) << "IHL " << words << " payload " << payload;
      }
    }
  }
}

// The packet IPIP must make: Ethernet, an outer header written out here, the inner packet.
Bytes tunneled(packet_gen::FrameSpec spec) {
  spec.source_mac = kCardMac;
  spec.destination_mac = kBackendMac;
  spec.ttl--;
  Bytes frame;
  build_frame(spec, frame);
  const size_t l2_bytes = spec.tagged ? 18 : 14;
  const size_t inner_bytes = frame.size() - l2_bytes - spec.trailer_bytes;
  uint8_t outer[20] = {0x45, spec.tos, 0, 0, 0, 0, 0x40, 0, 64, 4};
  store16(outer + 2, static_cast<uint16_t>(inner_bytes + 20));
  store32(outer + 12, kTunnelSource);
  store32(outer + 16, kBackend);
  store16(outer + 10, static_cast<uint16_t>(~packet_gen::ones_sum(outer)));
  frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(l2_bytes), outer, outer + 20);
  return padded(frame);
}

TEST(packet_table, ipip_is_right_for_every_header_length_tag_protocol_and_size) {
  for (uint32_t words = 5; words <= 15; words++) {
    for (uint32_t payload = 0; payload < 80; payload++) {
      for (const int kind : {0, 1, 2, 3}) {
        packet_gen::FrameSpec spec = from_client();
        spec.destination_port = kIpipPort;
        spec.header_words = words;
        spec.payload_bytes = payload;
        spec.payload_seed = payload;
        spec.tos = static_cast<uint8_t>(payload * 3);
        spec.trailer_bytes = payload % 5;
        spec.tagged = (kind & 1) != 0;
        spec.protocol = (kind & 2) != 0 ? kUdp : kTcp;
        Bytes frame;
        build_frame(spec, frame);
        const Result result = send(frame);
        ASSERT_EQ(result.bytes, tunneled(spec)) << "IHL " << words << " payload " << payload;
        ASSERT_EQ(result.out.frame_bytes, result.bytes.size());
        ASSERT_EQ(result.out.service, service_of(kIpipPort, spec.protocol));
        ASSERT_EQ(result.out.backend, backend_of(kIpipPort, spec.protocol));
      }
    }
  }
}

// Over all ports, one computed checksum must come out as 0 and be sent as 0xffff.
TEST(packet_table, a_udp_checksum_computed_as_zero_is_sent_as_ones) {
  packet_gen::FrameSpec spec = from_client();
  spec.protocol = kUdp;
  uint32_t zeros = 0;
  Bytes frame;
  Bytes expected;
  for (uint32_t port = 0; port < 65536; port++) {
    spec.source_port = static_cast<uint16_t>(port);
    build_frame(spec, frame);
    const Result result = send(frame);
    const uint16_t checksum = packet_gen::load16(&result.bytes[14 + 20 + 6]);
    ASSERT_NE(checksum, 0);
    zeros += checksum == 0xffff;
  }
  EXPECT_EQ(zeros, 1u);
}

TEST(packet_table, a_wrong_tcp_checksum_stays_as_wrong_as_it_was) {
  Bytes frame;
  build_frame(from_client(), frame);
  const size_t at = 14 + 20 + 16;
  const uint16_t good_out = packet_gen::load16(&send(frame).bytes[at]);
  const uint16_t good_in = packet_gen::load16(&frame[at]);
  store16(&frame[at], static_cast<uint16_t>(good_in + 1));
  EXPECT_EQ(packet_gen::load16(&send(frame).bytes[at]), static_cast<uint16_t>(good_out + 1));
}

}  // namespace
}  // namespace sluice::path_test
