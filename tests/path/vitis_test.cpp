#include <gtest/gtest.h>

#include <cstring>

#include "packet_gen/packet_generator.hpp"
#include "packet_gen/run_path.hpp"
#include "packet_path.hpp"

namespace sluice::path_test {
namespace {

TEST(vitis_wrapper, answers_as_the_packet_path_does) {
  const auto tables = packet_gen::make_tables(1);
  const packet_gen::Tables& t = tables->images;
  packet_gen::PacketGenerator generator(1, *tables);
  packet_gen::Packet packet;
  hls::stream<path::PacketIn> in;
  hls::stream<path::PacketOut> out;
  for (int i = 0; i < 5000; i++) {
    generator.next(packet);
    const path::PacketIn sent = packet_gen::packet_in(packet.bytes, packet.port, packet.epoch);
    in.write(sent);
    packet_path(in, t.config, t.service_keys0, t.service_keys1, t.return_keys0, t.return_keys1,
                t.services, t.vips0, t.vips1, t.ring, t.backends, out);
    const path::PacketOut expected = packet_gen::run_path(t, sent);
    const path::PacketOut answer = out.read();
    ASSERT_EQ(std::memcmp(&answer, &expected, sizeof(answer)), 0) << "packet " << i;
  }
  EXPECT_TRUE(in.empty());
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace sluice::path_test
