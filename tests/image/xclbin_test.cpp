#include "image/xclbin.hpp"

#include <gmock/gmock.h>

#include "support.hpp"

namespace sluice::image {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& bytes) {
  const auto read = parse_xclbin(bytes, "card.xclbin");
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, base::Errc::bad_image);
  EXPECT_EQ(read.error().where, "card.xclbin");
  return read.error().what;
}

void expect_same(const Xclbin& read, const Xclbin& written) {
  EXPECT_EQ(read.mode, written.mode);
  EXPECT_EQ(read.created_unix_s, written.created_unix_s);
  EXPECT_EQ(read.interface_uuid, written.interface_uuid);
  EXPECT_EQ(read.platform, written.platform);
  EXPECT_EQ(read.memories, written.memories);
  EXPECT_EQ(read.ips, written.ips);
  EXPECT_EQ(read.connections, written.connections);
  EXPECT_EQ(read.kernel_xml, written.kernel_xml);
  EXPECT_EQ(read.bitstream, written.bitstream);
  EXPECT_EQ(read.partition_metadata, written.partition_metadata);
}

TEST(Xclbin, ComesBackAsItWasWritten) {
  for (PackRequest request : {emulated(), for_u55c()}) {
    request.created_unix_s = 1'700'000'000;
    auto xclbin = make_xclbin(request);
    ASSERT_TRUE(xclbin);
    if (request.board == Board::u55c) xclbin->partition_metadata = "interfaces";
    const auto read = parse_xclbin(*to_bytes(*xclbin), "card.xclbin");
    ASSERT_TRUE(read) << read.error().message();
    expect_same(*read, *xclbin);
    EXPECT_FALSE(read->uuid.is_zero());
    EXPECT_EQ(*to_bytes(*read), *to_bytes(*xclbin));
  }
}

TEST(Xclbin, HasAnIdOfItsContent) {
  const auto id = [](const PackRequest& request) {
    return parse_xclbin(bytes_of(request), "")->uuid;
  };
  PackRequest other = for_u55c();
  EXPECT_EQ(id(other), id(for_u55c()));
  other.bitstream.back() = '?';
  EXPECT_NE(id(other), id(for_u55c()));
  auto chosen = make_xclbin(emulated());
  chosen->uuid = kInterface;
  EXPECT_EQ(parse_xclbin(*to_bytes(*chosen), "")->uuid, kInterface);
}

TEST(Xclbin, MadeByHandIsReadWithSectionsThatWeDoNotKnow) {
  const auto read = parse_xclbin(HandMade().bytes(), "");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->platform, "xilinx_u250_sluice_emu_1");
  EXPECT_EQ(read->created_unix_s, 1'700'000'000u);
  EXPECT_THAT(read->memories, ElementsAre(Memory{1, true, 65536, 0, "bank0"},
                                          Memory{10, false, 16384, 0x2000000000, "HOST[0]"}));
  ASSERT_NE(read->find_kernel("sluice_card"), nullptr);
  EXPECT_EQ(read->find_kernel("sluice_card")->base_address, 0x1c00000u);
  EXPECT_EQ(read->find_kernel("sluice"), nullptr);
  EXPECT_EQ(read->find_kernel("HBM[0]"), nullptr);
  EXPECT_THAT(read->connections, ElementsAre(Connection{0, 0, 0}));
  std::vector<std::string> kinds;
  for (const Section& section : read->sections) kinds.emplace_back(section_name(section.kind));
  EXPECT_THAT(kinds, ElementsAre("MEM_TOPOLOGY", "BUILD_METADATA", "IP_LAYOUT", "CONNECTIVITY",
                                 "unknown", "EMBEDDED_METADATA"));
}

TEST(Xclbin, EveryTruncationIsRefusedAsSuch) {
  const std::string whole = bytes_of(for_u55c());
  ASSERT_EQ(refusal(whole), "accepted");
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    ASSERT_THAT(refusal(whole.substr(0, size)), HasSubstr("truncated")) << size << " bytes";
  }
}

TEST(Xclbin, AppendedBytesAreRefusedUnlessTheyAreTheSignature) {
  std::string bytes = bytes_of(emulated()) + "more";
  EXPECT_THAT(refusal(bytes), HasSubstr("appended"));
  put(bytes, axlf::kSignatureLength, 4, 4);
  EXPECT_EQ(refusal(bytes), "accepted");
  put(bytes, axlf::kSignatureLength, 4, 5);
  EXPECT_THAT(refusal(bytes), HasSubstr("truncated"));
}

// Not every change can be seen without the manifest's sha256, but none may do harm.
TEST(Xclbin, AnyByteOfTheHeadersAndSmallSectionsMayBeWrong) {
  const std::string whole = bytes_of(for_u55c());
  const auto bitstream = whole.find(for_u55c().bitstream);
  ASSERT_NE(bitstream, std::string::npos);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      const auto read = parse_xclbin(bytes, "");
      ASSERT_TRUE(read || !read.error().what.empty()) << at;
      ASSERT_TRUE(!read || at >= axlf::kMagic.size()) << at;
    }
  }
}

TEST(Xclbin, ForeignFilesAreRefusedByWhatTheyAre) {
  const std::pair<std::string, const char*> files[] = {
      {bit_file("xcu55c-fsvh2892-2L-e"), "a Vivado bitstream (.bit)"},
      {"\x7f"
       "ELF\x02\x01\x01",
       "ELF"},
      {"PK\x03\x04 kernel.xo", "a zip archive"},
      {"\x1f\x8b\x08", "a gzip archive"},
      {std::string(300, '\xff') + "\xaa\x99\x55\x66", "raw configuration data (.bin)"},
      {":020000040000FA", "flash contents (.mcs)"},
      {"xclbin1" + std::string(500, '\0'), "second format"},
      {"version https://git-lfs.github.com/spec/v1", "git lfs pull"},
      {"<!DOCTYPE html><html>", "a web page"},
      {"{\"format\": 1}", "JSON"},
      {padded("design.dcp", 257) + "ustar", "a tar archive"},
      {"hello", "not an xclbin"},
  };
  for (const auto& [bytes, what] : files) EXPECT_THAT(refusal(bytes), HasSubstr(what)) << bytes;
  PackRequest aws = for_u55c();
  auto xclbin = make_xclbin(aws);
  xclbin->bitstream = "agfi-0123456789abcdef0";
  EXPECT_THAT(refusal(*to_bytes(*xclbin)), AllOf(HasSubstr(".awsxclbin"), HasSubstr("--agfi")));
}

TEST(Xclbin, ModesAreForCardsOrHardwareEmulation) {
  HandMade file;
  for (const std::uint16_t mode : {axlf::kHwEmu, axlf::kHwEmuPr}) {
    file.mode = mode;
    EXPECT_EQ(parse_xclbin(file.bytes(), "")->mode, Mode::hw_emu);
  }
  for (const int mode : {2, 3, 5, 7, 0x104}) {
    file.mode = static_cast<std::uint16_t>(mode);
    EXPECT_THAT(refusal(file.bytes()), HasSubstr("mode " + std::to_string(mode)));
  }
  for (const std::uint16_t mode : {axlf::kFlat, axlf::kPr}) {
    file.mode = mode;
    EXPECT_THAT(refusal(file.bytes()), HasSubstr("without a BITSTREAM"));
  }
  file.parts.push_back({axlf::kBitstream, "bits"});
  EXPECT_EQ(parse_xclbin(file.bytes(), "")->mode, Mode::hw);
}

TEST(Xclbin, NamesMustEndWithinTheirField) {
  HandMade file;
  file.platform = std::string(64, 'p');
  EXPECT_THAT(refusal(file.bytes()), HasSubstr("the platform's name is not terminated"));
  file = {};
  file.platform = "tab\tbed";
  EXPECT_THAT(refusal(file.bytes()), HasSubstr("the platform's name has bytes that are no text"));
  file = {};
  file.part(axlf::kMemTopology).bytes.replace(8 + 24, 16, 16, 'b');
  EXPECT_THAT(refusal(file.bytes()), HasSubstr("the name of memory 0 is not terminated"));
  file = {};
  file.part(axlf::kIpLayout).bytes.replace(8 + 80 + 16, 64, 64, 'i');
  EXPECT_THAT(refusal(file.bytes()), HasSubstr("the name of IP 1 is not terminated"));
  std::string bytes = HandMade().bytes();
  bytes.replace(456 + 4, 16, 16, 's');
  EXPECT_THAT(refusal(bytes), HasSubstr("the name of section 0 (MEM_TOPOLOGY)"));
}

TEST(Xclbin, SectionsLieInTheFileApartAndOnce) {
  const std::string whole = HandMade().bytes();
  const std::size_t first = axlf::kSections, second = first + axlf::kSectionHeaderBytes;
  const auto changed = [&](std::size_t at, std::size_t count, std::uint64_t value) {
    std::string bytes = whole;
    put(bytes, at, count, value);
    return refusal(bytes);
  };
  EXPECT_THAT(changed(axlf::kSectionCount, 4, 0), HasSubstr("no sections"));
  EXPECT_THAT(changed(axlf::kSectionCount, 4, 0xffffffff), HasSubstr("4294967295 sections"));
  EXPECT_THAT(changed(axlf::kSectionCount, 4, 200), HasSubstr("there is room for"));
  EXPECT_THAT(changed(first + axlf::kSectionOffset, 8, 456), HasSubstr("outside of"));
  EXPECT_THAT(changed(first + axlf::kSectionOffset, 8, ~0ull), HasSubstr("outside of"));
  EXPECT_THAT(changed(first + axlf::kSectionSize, 8, ~0ull), HasSubstr("outside of"));
  EXPECT_THAT(changed(first + axlf::kSectionOffset, 8, 700), HasSubstr("no multiple of 8"));
  EXPECT_THAT(changed(second + axlf::kSectionSize, 8, 40), HasSubstr("overlap"));
  EXPECT_THAT(changed(second, 4, axlf::kMemTopology), HasSubstr("two sections MEM_TOPOLOGY"));
  EXPECT_THAT(changed(axlf::kLength, 8, 100), HasSubstr("100"));
  std::string absent = whole;  // offset and size of zero: a section that is not there
  absent.replace(second + axlf::kSectionOffset, 16, 16, '\0');
  EXPECT_EQ(refusal(absent), "accepted");
}

TEST(Xclbin, CountsMustFitTheirSections) {
  for (const std::uint32_t kind : {axlf::kMemTopology, axlf::kConnectivity, axlf::kIpLayout}) {
    for (const std::uint32_t count : {0u, 7u, 0x7fffffffu, 0xffffffffu}) {
      HandMade file;
      put(file.part(kind).bytes, 0, 4, count);
      if (kind == axlf::kConnectivity && count == 0) continue;  // one unused entry may stand there
      EXPECT_THAT(refusal(file.bytes()),
                  HasSubstr(std::string(section_name(kind)) + " says " + std::to_string(count)));
    }
    HandMade file;
    file.part(kind).bytes.resize(3);
    EXPECT_THAT(refusal(file.bytes()), HasSubstr("too short"));
  }
  for (const std::uint32_t kind : {axlf::kMemTopology, axlf::kIpLayout, axlf::kEmbeddedMetadata}) {
    HandMade file;
    file.part(kind).kind = 14;
    EXPECT_THAT(refusal(file.bytes()), HasSubstr(std::string(section_name(kind)) + " is missing"));
  }
}

TEST(Xclbin, ConnectionsNameWhatIsThere) {
  const auto with = [](std::uint32_t argument, std::uint32_t ip, std::uint32_t memory) {
    HandMade file;
    file.part(axlf::kConnectivity).bytes =
        number(1, 4) + HandMade::connection(argument, ip, memory);
    return refusal(file.bytes());
  };
  EXPECT_EQ(with(3, 1, 0), "accepted");
  EXPECT_THAT(with(0, 2, 0), HasSubstr("names IP 2, but IP_LAYOUT has 2"));
  EXPECT_THAT(with(0, 0xffffffff, 0), HasSubstr("names IP 4294967295"));
  EXPECT_THAT(with(0, 0, 2), HasSubstr("names memory 2, but MEM_TOPOLOGY has 2"));
  EXPECT_THAT(with(0, 0, 1), HasSubstr("memory 1 (HOST[0]), which is not used"));
  EXPECT_THAT(with(0xffffffff, 0, 0), HasSubstr("negative argument"));
}

TEST(Xclbin, ContentsMustMakeSense) {
  HandMade file;
  file.part(axlf::kMemTopology).bytes =
      number(1, 4) + padded("", 4) + HandMade::memory(1, 1, 1ull << 53, 1ull << 63, "bank0");
  EXPECT_THAT(refusal(file.bytes()), HasSubstr("beyond the address space"));
  file = {};
  const std::string ip = HandMade::ip(kIpKernel, 0, "sluice_card:sluice_0");
  file.part(axlf::kIpLayout).bytes = number(2, 4) + padded("", 4) + ip + ip;
  EXPECT_THAT(refusal(file.bytes()), HasSubstr("two IPs are named sluice_card:sluice_0"));
  file = {};
  file.part(axlf::kEmbeddedMetadata).bytes = "<project>\n<kernel></project>";
  EXPECT_THAT(refusal(file.bytes()),
              AllOf(HasSubstr("line 2"), HasSubstr("</kernel> is expected")));
}

TEST(Xclbin, WriterRefusesNamesWithoutRoom) {
  auto xclbin = make_xclbin(emulated());
  xclbin->platform = std::string(64, 'p');
  EXPECT_THAT(to_bytes(*xclbin).error().what, HasSubstr("platform"));
  xclbin = make_xclbin(emulated());
  xclbin->memories[0].tag = "sixteen.letters.";
  EXPECT_THAT(to_bytes(*xclbin).error().what, HasSubstr("1 to 15 characters"));
  xclbin = make_xclbin(emulated());
  xclbin->ips[0].name = "";
  EXPECT_EQ(to_bytes(*xclbin).error().code, base::Errc::invalid);
}

}  // namespace
}  // namespace sluice::image
