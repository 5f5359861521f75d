#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "layout/reasons.hpp"
#include "packet_gen/check.hpp"
#include "packet_gen/packet_generator.hpp"
#include "packet_gen/run_path.hpp"

namespace sluice::path_test {
namespace {

using packet_gen::GeneratorOptions;
using packet_gen::Packet;
using packet_gen::PacketGenerator;
using packet_gen::TableOptions;

#ifndef SLUICE_TEST_PACKETS
#define SLUICE_TEST_PACKETS 400'000
#endif
constexpr int kPackets = SLUICE_TEST_PACKETS;

uint64_t announced_seed() {
  const uint64_t seed = packet_gen::test_seed(1);
  std::printf("seed %llu; replay: SLUICE_SEED=%llu path_test --gtest_filter='random_packets.*'\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
  return seed;
}

TEST(random_packets, every_packet_is_answered_lawfully_and_every_reason_occurs) {
  const uint64_t seed = announced_seed();
  const auto tables = packet_gen::make_tables(seed);
  PacketGenerator generator(seed, *tables);
  Packet packet;
  std::map<uint8_t, int> reasons;
  for (int i = 0; i < kPackets; i++) {
    generator.next(packet);
    const path::PacketIn in = packet_gen::packet_in(packet.bytes, packet.port, packet.epoch);
    const path::PacketOut out = packet_gen::run_path(tables->images, in);
    reasons[out.reason]++;
    ASSERT_EQ(packet_gen::find_fault(tables->images, packet.bytes, packet.port, packet.epoch, out),
              "")
        << "packet " << i << ", made as " << packet_gen::name_of(packet.kind);
  }
  uint32_t count = 0;
  const layout::ReasonInfo* info = layout::reasons(&count);
  for (uint32_t i = 0; i < count; i++) {
    if (info[i].code == layout::kReason_untracked) continue;  // it takes a connection table
    const std::string stage = info[i].stage;
    const bool of_path =
        stage == "parse" || stage == "classify" || stage == "schedule" || stage == "rewrite";
    EXPECT_EQ(reasons.count(info[i].code) != 0, of_path) << info[i].name;
  }
  EXPECT_GT(reasons[layout::kReasonNone], kPackets / 3);
}

TEST(random_packets, packets_of_sound_services_are_all_forwarded) {
  const uint64_t seed = announced_seed();
  TableOptions table_options;
  table_options.faults = false;
  const auto tables = packet_gen::make_tables(seed, table_options);
  GeneratorOptions options;
  options.only_forwarded = true;
  PacketGenerator generator(seed, *tables, options);
  Packet packet;
  for (int i = 0; i < kPackets / 8; i++) {
    generator.next(packet);
    const path::PacketIn in = packet_gen::packet_in(packet.bytes, packet.port, packet.epoch);
    const path::PacketOut out = packet_gen::run_path(tables->images, in);
    ASSERT_EQ(out.verdict, path::kVerdictForward)
        << "packet " << i << ", reason " << int{out.reason};
    ASSERT_EQ(packet_gen::find_fault(tables->images, packet.bytes, packet.port, packet.epoch, out),
              "");
  }
}

TEST(random_packets, full_tables_are_found_to_the_last_entry) {
  const uint64_t seed = announced_seed();
  TableOptions table_options;
  table_options.services = layout::kServices;
  table_options.max_backends = 4;
  table_options.faults = false;
  const auto tables = packet_gen::make_tables(seed, table_options);
  PacketGenerator generator(seed, *tables, {.only_forwarded = true});
  Packet packet;
  std::map<uint16_t, int> services;
  for (int i = 0; i < 40'000; i++) {  // some 26 to each service of a bank
    generator.next(packet);
    const path::PacketIn in = packet_gen::packet_in(packet.bytes, packet.port, packet.epoch);
    const path::PacketOut out = packet_gen::run_path(tables->images, in);
    ASSERT_EQ(out.verdict, path::kVerdictForward)
        << "packet " << i << ", reason " << int{out.reason};
    services[out.service]++;
  }
  EXPECT_EQ(services.size(), layout::kServices);
}

}  // namespace
}  // namespace sluice::path_test
