#include "image/pack.hpp"

#include <gmock/gmock.h>

#include "layout/shell_registers.hpp"
#include "support.hpp"
#include "xml.hpp"

namespace sluice::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const PackRequest& request) {
  const auto xclbin = make_xclbin(request);
  return xclbin ? "accepted" : xclbin.error().what;
}

TEST(Pack, MetadataHasAnArgumentForEveryRegisterAndWindow) {
  const auto xml = parse_xml(kernel_xml(for_u55c()));
  ASSERT_TRUE(xml) << xml.error().message();
  const auto kernels = xml->find_all("kernel");
  ASSERT_EQ(kernels.size(), 3u);
  EXPECT_EQ(kernels[0]->attribute("name"), "sluice_card");
  EXPECT_EQ(kernels[0]->attribute("hwControlProtocol"), "user_managed");
  std::map<std::string, std::string> offsets;
  for (const XmlElement* argument : kernels[0]->find_all("arg")) {
    if (argument->attribute("addressQualifier") == "0") {
      offsets[argument->attribute("name")] = argument->attribute("offset");
    }
  }
  const auto offset = [&](const std::string& name) {
    return std::stoul(offsets[name], nullptr, 0);
  };
#define SLUICE_EXPECT_REGISTER(at, name, access, doc) EXPECT_EQ(offset(#name), at##u);
  SLUICE_REGISTERS(SLUICE_EXPECT_REGISTER)
#define SLUICE_EXPECT_WINDOW(at, bytes, name, doc) EXPECT_EQ(offset(#name "_window"), at##u);
  SLUICE_WINDOWS(SLUICE_EXPECT_WINDOW)
#undef SLUICE_EXPECT_WINDOW
  SLUICE_SHELL_REGISTERS(SLUICE_EXPECT_REGISTER)
#undef SLUICE_EXPECT_REGISTER
}

TEST(Pack, PortsHaveTheRangesThatXrtEnforces) {
  const auto ranges = [](const PackRequest& request) {
    const auto xml = parse_xml(kernel_xml(request));
    std::vector<unsigned long> found;
    for (const XmlElement* port : xml->find_all("port")) {
      if (port->attribute("mode") == "slave") {
        found.push_back(std::stoul(port->attribute("range"), nullptr, 0));
      }
    }
    return found;
  };
  EXPECT_THAT(ranges(emulated()), ElementsAre(layout::kApertureBytes));
  EXPECT_THAT(ranges(for_u55c()), ElementsAre(0x10000u, kMacBytes, kMacBytes));
  EXPECT_GE(register_bytes(Board::u280), layout::kApertureBytes + layout::kShellApertureBytes);
}

TEST(Pack, TablesComeFromTheFirstBankOrNone) {
  PackRequest request = for_u55c();
  EXPECT_EQ(make_xclbin(request)->memories[0].tag, "HBM[0]");
  EXPECT_THAT(make_xclbin(request)->connections, ElementsAre(Connection{kTablesArgument, 0, 0}));
  EXPECT_EQ(make_xclbin(emulated())->memories[0].tag, "bank0");
  request.table_memory = false;
  const auto without = make_xclbin(request);
  EXPECT_THAT(without->connections, ElementsAre());
  EXPECT_THAT(without->kernel_xml, testing::Not(HasSubstr("m_axi_tables")));
  EXPECT_TRUE(parse_xclbin(*to_bytes(*without), ""));
}

TEST(Pack, MacsAreIpsBehindTheCard) {
  const auto ips = make_xclbin(for_u55c())->ips;
  ASSERT_EQ(ips.size(), 3u);
  EXPECT_EQ(ips[0].name, "sluice_card:sluice_card_1");
  EXPECT_EQ(ips[0].base_address, 0x1800000u);
  EXPECT_EQ(ips[1].name, "cmac_0:cmac_0_1");
  EXPECT_EQ(ips[2].name, "cmac_1:cmac_1_1");
  EXPECT_EQ(ips[2].base_address, kMacBase + kMacBytes);
  EXPECT_GE(kMacBase, kKernelBase + register_bytes(Board::u55c));
  PackRequest request = for_u55c();
  request.macs = 3;
  EXPECT_THAT(refusal(request), HasSubstr("at most 2"));
}

TEST(Pack, ABitstreamMustBeForTheBoard) {
  PackRequest request = for_u55c();
  request.bitstream = "";
  EXPECT_THAT(refusal(request), HasSubstr("u55c needs --bitstream"));
  request.bitstream = bit_file("xcu250-figd2104-2L-e");
  EXPECT_THAT(refusal(request), HasSubstr("is for part 'xcu250-figd2104-2L-e', and u55c"));
  request.bitstream = request.bitstream.substr(0, 20);
  EXPECT_THAT(refusal(request), HasSubstr("is for part ''"));
  request.bitstream = "PK\x03\x04";
  EXPECT_THAT(refusal(request), HasSubstr("zip archive"));
  request = emulated();
  request.bitstream = "PK\x03\x04";
  EXPECT_EQ(refusal(request), "accepted");
  request.bitstream = bit_file("xcu250-figd2104-2L-e");
  EXPECT_THAT(refusal(request), HasSubstr("zip of its simulation"));
  request.board = Board::f2;
  EXPECT_THAT(refusal(request), HasSubstr("create-fpga-image"));
}

TEST(Xml, ReadsElementsAndAttributesAndSkipsTheRest) {
  const auto xml = parse_xml(
      "\xef\xbb\xbf<?xml version='1.0'?><!-- <a> --><a b = 'x&amp;&lt;&#65;' c=\"\"> text "
      "<![CDATA[<b>]]><d/><e><d f='1'/></e></a >\n");
  ASSERT_TRUE(xml) << xml.error().message();
  EXPECT_EQ(xml->attribute("b"), "x&<&#65;");
  EXPECT_EQ(xml->attribute("none"), "");
  ASSERT_EQ(xml->find_all("d").size(), 2u);
  EXPECT_EQ(xml->find_all("d")[1]->attribute("f"), "1");
  EXPECT_EQ(escape_xml("a<b&\"c\""), "a&lt;b&amp;&quot;c&quot;");
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  std::string deep, many = "<a>";
  for (unsigned i = 0; i <= kMaxXmlDepth; ++i) deep += "<a>";
  for (std::size_t i = 0; i < kMaxXmlElements; ++i) many += "<b/>";
  for (const std::string& text :
       {std::string(), std::string("text"), std::string("<a>"), std::string("<a></b>"),
        std::string("<a/><b/>"), std::string("<a b/>"), std::string("<a b=c/>"),
        std::string("<a b='1' b='2'/>"), std::string("<a b='<'/>"), std::string("<a b='/>"),
        std::string("<a"), std::string("<>"), std::string("<a></a"), std::string("<!-- <a/>"),
        std::string("<!DOCTYPE a><a/>"), std::string("<a><![CDATA[</a>"), deep, many,
        std::string(kMaxXmlBytes + 1, ' ')}) {
    EXPECT_FALSE(parse_xml(text)) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace sluice::image
