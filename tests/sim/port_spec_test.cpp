// What `--port` understands, and how generated frames look.
#include "port_spec.hpp"

#include <gtest/gtest.h>

namespace sluice::sim {
namespace {

TEST(PortSpec, names_the_port_the_kind_and_the_rest) {
  const auto spec = parse_port_spec("1=tap:sl0@sl-client");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->port, 1u);
  EXPECT_EQ(spec->kind, "tap");
  EXPECT_EQ(spec->rest, "sl0@sl-client");
}

TEST(PortSpec, is_refused_with_what_to_write_instead) {
  for (const char* text : {"", "tap:x", "0=", "0=tap", "2=tap:x", "x=tap:x", "-1=tap:x", "0=veth:x",
                           "0:tap=x", "00000000000000000001000=tap:x"}) {
    const auto spec = parse_port_spec(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, base::Errc::invalid);
    EXPECT_NE(spec.error().what, "") << text;
  }
}

TEST(PortSpec, refuses_a_device_name_that_the_kernel_would_cut) {
  const auto port = open_port({0, "tap", "sl-a-very-long-device-name"}, 1500);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, base::Errc::invalid);
}

TEST(PortSpec, says_which_namespace_is_missing) {
  const auto port = open_port({0, "tap", "sl0@sl-nowhere"}, 1500);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, base::Errc::not_found);
  EXPECT_NE(port.error().what.find("sl-nowhere"), std::string::npos);
}

TEST(PortSpec, refuses_captures_that_do_not_exist) {
  EXPECT_FALSE(open_port({0, "pcap", "/nowhere/in.pcap,"}, 1500));
  EXPECT_FALSE(open_port({0, "pcap", ",/nowhere/out.pcap"}, 1500));
  EXPECT_FALSE(open_port({0, "pcap", "one-name-only"}, 1500));
}

TEST(Generator, understands_every_key) {
  const auto options = parse_generator(
      "packets=7,bytes=1514,flows=3,dst-mac=02:aa:bb:cc:dd:01,src-mac=02:00:00:00:00:09,"
      "src=192.0.2.1,dst=198.51.100.1:443,protocol=udp");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->packets, 7u);
  EXPECT_EQ(options->frame_bytes, 1514u);
  EXPECT_EQ(options->flows, 3u);
  EXPECT_EQ(options->destination_mac.value, 0x02aabbccdd01u);
  EXPECT_EQ(options->source_mac.value, 0x020000000009u);
  EXPECT_EQ(options->source.value, 0xc0000201u);
  EXPECT_EQ(options->destination.value, 0xc6336401u);
  EXPECT_EQ(options->destination_port, 443u);
  EXPECT_FALSE(options->tcp);
}

TEST(Generator, is_refused_with_the_key_that_is_wrong) {
  const std::string good = "dst-mac=02:aa:bb:cc:dd:01,dst=198.51.100.1:443,";
  for (const char* bad : {"bytes=59", "bytes=9217", "flows=0", "packets=many", "protocol=icmp",
                          "src=192.0.2", "speed=9", "bytes", "dst=198.51.100.1"}) {
    const auto options = parse_generator(good + bad);
    ASSERT_FALSE(options) << bad;
    EXPECT_NE(options.error().what.find(bad), std::string::npos) << options.error().what;
  }
  EXPECT_FALSE(parse_generator("packets=1"));
}

std::uint32_t ones_sum(const std::vector<std::uint8_t>& bytes, std::size_t begin, std::size_t end,
                       std::uint32_t sum) {
  for (std::size_t i = begin; i < end; ++i) {
    sum += (i - begin) % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

TEST(Generator, makes_frames_of_the_length_with_right_checksums) {
  GeneratorOptions options;
  options.source.value = 0xc6120000;
  options.destination.value = 0xc6336401;
  options.destination_mac.value = 0x02aabbccdd01;
  for (const std::uint32_t bytes : {60u, 61u, 1514u, 9216u}) {
    options.frame_bytes = bytes;
    const Frame frame = make_generated_frame(options, 5);
    ASSERT_EQ(frame.bytes.size(), bytes);
    EXPECT_EQ(ones_sum(frame.bytes, 14, 34, 0), 0xffffu);
    EXPECT_EQ(ones_sum(frame.bytes, 26, bytes, 6 + bytes - 34), 0xffffu) << bytes;
  }
}

}  // namespace
}  // namespace sluice::sim
