#include "base/address.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(Ipv4, IsParsedAndPrintedAlike) {
  for (const char* text : {"0.0.0.0", "10.0.0.1", "192.0.2.100", "255.255.255.255"}) {
    const auto address = Ipv4::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  EXPECT_EQ(Ipv4::parse("10.0.0.1")->value, 0x0a000001u);
}

TEST(Ipv4, TakesNothingButFourDecimalNumbers) {
  for (const char* text :
       {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.+4", " 1.2.3.4", "1.2.3.4 ",
        "1..3.4", "1.2.3.", "0x1.2.3.4", "1.2.3.-1", "99999999999.1.1.1"}) {
    EXPECT_FALSE(Ipv4::parse(text)) << text;
  }
}

TEST(Mac, IsParsedPrintedAndTakenFromBytesAlike) {
  const auto mac = Mac::parse("00:11:22:aA:bB:ff");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->value, 0x001122aabbffu);
  EXPECT_EQ(mac->to_string(), "00:11:22:aa:bb:ff");
  std::uint8_t bytes[6];
  mac->to_bytes(bytes);
  EXPECT_EQ(bytes[0], 0x00);
  EXPECT_EQ(bytes[5], 0xff);
  EXPECT_EQ(Mac::from_bytes(bytes), *mac);
}

TEST(Mac, TakesNothingButSixPairsOfDigits) {
  for (const char* text : {"", "00:11:22:33:44", "00:11:22:33:44:5", "00:11:22:33:44:5g",
                           "00:11:22:33:44:55:66", "001122334455", "00:11:22:33:44.55"}) {
    EXPECT_FALSE(Mac::parse(text)) << text;
  }
}

TEST(Mac, KnowsGroups) {
  EXPECT_TRUE(Mac::parse("01:00:5e:00:00:01")->is_group());
  EXPECT_TRUE(Mac::parse("ff:ff:ff:ff:ff:ff")->is_group());
  EXPECT_FALSE(Mac::parse("02:00:00:00:00:01")->is_group());
}

TEST(Ipv4Prefix, KeepsTheHostAndKnowsItsNetwork) {
  const auto prefix = Ipv4Prefix::parse("192.0.2.77/26");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->to_string(), "192.0.2.77/26");
  EXPECT_EQ(prefix->network().to_string(), "192.0.2.64");
  EXPECT_EQ(prefix->broadcast().to_string(), "192.0.2.127");
  EXPECT_TRUE(prefix->contains(*Ipv4::parse("192.0.2.127")));
  EXPECT_FALSE(prefix->contains(*Ipv4::parse("192.0.2.128")));
  EXPECT_TRUE(Ipv4Prefix::parse("10.0.0.1/0")->contains(*Ipv4::parse("255.0.0.1")));
  EXPECT_FALSE(Ipv4Prefix::parse("10.0.0.1/32")->contains(*Ipv4::parse("10.0.0.2")));
}

TEST(Ipv4Prefix, TakesNothingButAddressAndLength) {
  for (const char* text : {"", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/08",
                           "10.0.0.1/8/8", "10.0.0/8", "/8"}) {
    EXPECT_FALSE(Ipv4Prefix::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::base
