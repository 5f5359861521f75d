#include "image/image.hpp"

#include <gmock/gmock.h>

#include "support.hpp"

namespace sluice::image {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string message(const base::Result<void>& result) {
  return result ? "accepted" : result.error().message();
}

std::string message(const base::Result<Image>& result) {
  return result ? "accepted" : result.error().message();
}

class Images : public ImageTest {
 protected:
  void write(const PackRequest& request, const std::string& name) const {
    write(request, name, manifest_for(request));
  }

  void write(const PackRequest& request, const std::string& name, const Manifest& manifest) const {
    const auto xclbin = make_xclbin(request);
    ASSERT_TRUE(xclbin) << xclbin.error().message();
    const auto written = write_image(path(name), *xclbin, manifest);
    ASSERT_TRUE(written) << written.error().message();
  }

  Image read(const std::string& name) const {
    auto image = read_image(path(name));
    EXPECT_TRUE(image) << message(image);
    return image ? *image : Image{};
  }

  // Changes one text of the manifest.
  void edit_manifest(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = slurp(path(name) + ".json");
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    spill(path(name) + ".json", text.replace(at, from.size(), to));
  }
};

TEST_F(Images, ComeBackAsTheyWereWrittenUnderEitherName) {
  write(for_u55c(), "card.xclbin");
  for (const char* name : {"card.xclbin", "card.xclbin.json"}) {
    const Image image = read(name);
    EXPECT_EQ(image.path, path("card.xclbin"));
    EXPECT_EQ(image.manifest.build_id, 0x46ebb671u);
    EXPECT_EQ(image.manifest.image_uuid, image.xclbin.uuid);
    EXPECT_EQ(image.xclbin.bitstream, for_u55c().bitstream);
    EXPECT_TRUE(image.has_file());
  }
  EXPECT_THAT(names(), ElementsAre("card.xclbin", "card.xclbin.json"));
}

TEST_F(Images, AnyChangedByteIsRefused) {
  write(emulated(), "card.xclbin");
  const std::string whole = slurp(path("card.xclbin"));
  const std::size_t headers = axlf::kSections + 4 * axlf::kSectionHeaderBytes;
  for (std::size_t at = 0; at < headers; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    spill(path("card.xclbin"), bytes);
    const auto image = read_image(path("card.xclbin"));
    ASSERT_FALSE(image) << "byte " << at;
    ASSERT_EQ(image.error().code, base::Errc::bad_image) << "byte " << at;
  }
  std::string bytes = whole;
  bytes.back() ^= 1;
  spill(path("card.xclbin"), bytes);
  EXPECT_THAT(message(read_image(path("card.xclbin"))), HasSubstr("SHA-256"));
}

TEST_F(Images, WhatIsMissingIsNamed) {
  EXPECT_THAT(message(read_image(path("none.xclbin"))), HasSubstr("no such image file"));
  write(emulated(), "card.xclbin");
  std::filesystem::remove(path("card.xclbin.json"));
  const auto image = read_image(path("card.xclbin"));
  EXPECT_EQ(image.error().code, base::Errc::not_found);
  EXPECT_THAT(message(image), AllOf(HasSubstr("card.xclbin.json"), HasSubstr("--xclbin")));
  spill(path("kernel.xo"), "PK\x03\x04");
  EXPECT_THAT(message(read_image(path("kernel.xo"))), HasSubstr("zip archive"));
  EXPECT_EQ(read_image(folder_).error().code, base::Errc::bad_image);
}

TEST_F(Images, AndManifestMustBeAPair) {
  write(emulated(), "card.xclbin");
  const std::string good = slurp(path("card.xclbin.json"));
  const Image image = read("card.xclbin");
  const std::tuple<std::string, std::string, const char*> edits[] = {
      {image.manifest.sha256, std::string(64, '0'), "SHA-256"},
      {image.manifest.image_uuid.to_string(), kInterface.to_string(), "UUID"},
      {"xilinx_u250_sluice_emu_1", "xilinx_u250_sluice_emu_2", "platform"},
      {"\"sluice_card\"", "\"other_card\"", "no kernel other_card"},
  };
  for (const auto& [from, to, what] : edits) {
    edit_manifest("card.xclbin", from, to);
    EXPECT_THAT(message(read_image(path("card.xclbin"))), HasSubstr(what));
    spill(path("card.xclbin.json"), good);
  }
  EXPECT_EQ(message(read_image(path("card.xclbin"))), "accepted");
}

TEST_F(Images, WritingRefusesWhatReadingWould) {
  const auto refused = [this](const Xclbin& xclbin, const Manifest& manifest) {
    const auto written = write_image(path("card.xclbin"), xclbin, manifest);
    EXPECT_THAT(names(), ElementsAre());
    return message(written);
  };
  const Manifest manifest = manifest_for(for_u55c());
  const Xclbin good = *make_xclbin(for_u55c());
  Xclbin xclbin = good;
  xclbin.mode = Mode::hw_emu;
  EXPECT_THAT(refused(xclbin, manifest), HasSubstr("mode hw_emu"));
  xclbin = good;
  xclbin.interface_uuid = {};
  EXPECT_THAT(refused(xclbin, manifest), HasSubstr("does not name the interface UUID"));
  xclbin = good;
  xclbin.bitstream = bit_file("xcu280-fsvh2892-2L-e");
  EXPECT_THAT(refused(xclbin, manifest), HasSubstr("part xcu280-fsvh2892-2L-e"));
  xclbin = good;
  xclbin.kernel_xml = "<project><kernel name=\"other\"/></project>";
  EXPECT_THAT(refused(xclbin, manifest), HasSubstr("describes no kernel sluice_card"));
  xclbin.kernel_xml =
      "<project><kernel name=\"sluice_card\"><port mode=\"slave\" range=\"0x1000\"/></kernel>"
      "</project>";
  EXPECT_THAT(refused(xclbin, manifest), HasSubstr("a range of 0x1000 bytes"));
  xclbin = good;
  xclbin.ips[0].base_address = ~0ull;
  EXPECT_THAT(refused(xclbin, manifest), HasSubstr("has no address"));
  Manifest wrong = manifest;
  wrong.clock_khz = 0;
  EXPECT_THAT(refused(good, wrong), HasSubstr("key clock_khz"));
}

TEST_F(Images, OfTheVendorsLinkerKeepTheirBytes) {
  HandMade file;
  file.mode = axlf::kFlat;
  file.platform = for_u55c().platform;
  file.parts.push_back({axlf::kBitstream, bit_file("xcu55c-fsvh2892-2L-e")});
  file.parts.push_back({axlf::kPartitionMetadata, device_tree(kInterface)});
  const Manifest manifest = manifest_for(for_u55c());
  const auto written = write_image_bytes(path("card.xclbin"), file.bytes(), manifest);
  EXPECT_EQ(message(written), "accepted");
  EXPECT_EQ(slurp(path("card.xclbin")), file.bytes());
  EXPECT_EQ(read("card.xclbin").manifest.interface_uuid, kInterface);
}

TEST_F(Images, NameTheInterfacesOfTheirPartitionElseOfTheirHeader) {
  Xclbin xclbin;
  EXPECT_THAT(interfaces_of(xclbin), ElementsAre());
  xclbin.interface_uuid.bytes[0] = 1;
  EXPECT_THAT(interfaces_of(xclbin), ElementsAre(xclbin.interface_uuid));
  xclbin.partition_metadata = "no digits " + std::string(34, 'a') + " " + std::string(31, 'b');
  EXPECT_THAT(interfaces_of(xclbin), ElementsAre(xclbin.interface_uuid));
  xclbin.partition_metadata = device_tree(kInterface);
  EXPECT_THAT(interfaces_of(xclbin), ElementsAre(kInterface));
  xclbin.partition_metadata += device_tree(xclbin.interface_uuid);
  EXPECT_THAT(interfaces_of(xclbin), ElementsAre(kInterface, xclbin.interface_uuid));
  xclbin.partition_metadata = "0" + kInterface.to_hex();
  EXPECT_THAT(interfaces_of(xclbin), ElementsAre(kInterface));
}

TEST_F(Images, AreReplacedBothOrNotAtAll) {
  write(emulated(), "card.xclbin");
  const std::string before = slurp(path("card.xclbin"));
  std::filesystem::remove(path("card.xclbin.json"));
  std::filesystem::create_directory(path("card.xclbin.json"));
  PackRequest other = emulated();
  other.macs = 1;
  const auto written = write_image(path("card.xclbin"), *make_xclbin(other), manifest_for(other));
  EXPECT_EQ(written.error().code, base::Errc::io);
  EXPECT_EQ(slurp(path("card.xclbin")), before);
  EXPECT_THAT(names(), ElementsAre("card.xclbin", "card.xclbin.json"));
  std::filesystem::remove(path("card.xclbin"));
  EXPECT_FALSE(write_image(path("card.xclbin"), *make_xclbin(other), manifest_for(other)));
  EXPECT_THAT(names(), ElementsAre("card.xclbin.json"));
  std::filesystem::remove(path("card.xclbin.json"));
  write(other, "card.xclbin");
  EXPECT_EQ(read("card.xclbin").xclbin.ips.size(), 2u);
  EXPECT_FALSE(write_image(path("none/card.xclbin"), *make_xclbin(other), manifest_for(other)));
}

TEST_F(Images, OfF2AreTheirManifest) {
  const Manifest manifest = f2_manifest();
  ASSERT_TRUE(write_image(path("f2"), {}, manifest));
  EXPECT_THAT(names(), ElementsAre("f2.json"));
  EXPECT_EQ(read("f2").manifest, manifest);
  EXPECT_FALSE(read("f2.json").has_file());
  spill(path("f2"), "a design checkpoint");
  EXPECT_THAT(message(read_image(path("f2"))), HasSubstr("no sha256 for this file"));
  ASSERT_TRUE(write_image(path("f2"), {}, manifest));
  EXPECT_TRUE(read("f2").has_file());
  spill(path("f2"), "another design checkpoint");
  EXPECT_THAT(message(read_image(path("f2"))), HasSubstr("SHA-256"));
  std::filesystem::remove(path("f2"));
  EXPECT_EQ(read_image(path("f2")).error().code, base::Errc::not_found);
}

TEST_F(Images, OfOpennicAndCorundumAreTheFileOfVivadoAndItsManifest) {
  for (const Board board : {Board::opennic, Board::corundum}) {
    const Manifest manifest = bitstream_manifest(board);
    const auto none = write_image(path("gone.bit"), {}, manifest);
    EXPECT_EQ(none.error().code, base::Errc::not_found);
    EXPECT_THAT(message(none), HasSubstr("that Vivado wrote"));
    spill(path("page.bit"), "<html>");
    EXPECT_THAT(message(write_image(path("page.bit"), {}, manifest)),
                HasSubstr("neither a .bit nor an .mcs"));
    for (const std::string& bits : {bit_file("xcu280-fsvh2892-2L-e"), std::string(":0200")}) {
      spill(path("card.bit"), bits);
      ASSERT_TRUE(write_image(path("card.bit"), {}, manifest));
      const Image image = read("card.bit.json");
      EXPECT_EQ(image.manifest.board, board);
      EXPECT_EQ(image.manifest.sha256.size(), 64u);
      EXPECT_EQ(slurp(path("card.bit")), bits);
      spill(path("card.bit"), bits + "?");
      EXPECT_THAT(message(read_image(path("card.bit"))), HasSubstr("SHA-256"));
      std::filesystem::remove(path("card.bit"));
      EXPECT_EQ(read_image(path("card.bit")).error().code, base::Errc::not_found);
    }
  }
}

// XRT must never see a bitstream that is no xclbin.
TEST_F(Images, OfOpennicAndCorundumFitNoCardOfXrtOrAws) {
  for (const Board board : {Board::opennic, Board::corundum}) {
    Image image;
    image.manifest = bitstream_manifest(board);
    Card card;
    card.interface_uuid = kInterface;
    EXPECT_THAT(message(check_for_card(image, card)), HasSubstr("take an xclbin"));
    card = {};
    card.board = Board::f2;
    EXPECT_THAT(message(check_for_card(image, card)), HasSubstr("the card is f2"));
    card.board = board;
    EXPECT_EQ(message(check_for_card(image, card)), "accepted");
    PackRequest request = for_u55c();
    request.board = board;
    EXPECT_THAT(make_xclbin(request).error().message(), HasSubstr("no xclbin"));
  }
}

TEST_F(Images, FitTheCardTheyWereBuiltFor) {
  write(for_u55c(), "card.xclbin");
  const Image image = read("card.xclbin");
  EXPECT_EQ(message(check_for_card(image, {})), "accepted");
  Card card;
  card.board = Board::u280;
  EXPECT_THAT(message(check_for_card(image, card)), HasSubstr("is for u55c, the card is u280"));
  card.board = Board::u55c;
  card.platform = "xilinx_u55c_gen3x16_xdma_base_3";
  EXPECT_EQ(message(check_for_card(image, card)), "accepted");
  card.platform = "xilinx_u55c_gen3x16_xdma_base_2";
  EXPECT_THAT(message(check_for_card(image, card)), HasSubstr("the card has xilinx_u55c_gen3x16"));
  card.interface_uuid = kInterface;
  EXPECT_EQ(message(check_for_card(image, card)), "accepted");
  card.interface_uuid.bytes[0] ^= 1;
  EXPECT_THAT(message(check_for_card(image, card)), HasSubstr("built for another platform"));
  EXPECT_EQ(check_for_card(image, card).error().code, base::Errc::bad_image);
}

// Whatever it says of itself: its interface is none, and its platform any name.
TEST_F(Images, ForEmulationFitNoCard) {
  Image image;
  image.path = "emu.xclbin";
  image.manifest = manifest_for(emulated());
  const auto says = [&](const Card& card) { return message(check_for_card(image, card)); };
  const auto refused = AllOf(HasSubstr("emu.xclbin: "), HasSubstr("for hardware emulation (emu)"));
  Card card;
  card.interface_uuid = kInterface;
  EXPECT_THAT(says(card), refused);
  card = {};
  card.platform = image.manifest.platform;
  EXPECT_THAT(says(card), refused);
  for (const Board board :
       {Board::u55c, Board::u280, Board::u250, Board::f2, Board::opennic, Board::corundum}) {
    card.board = board;
    EXPECT_THAT(says(card), refused);
  }
  card.board = Board::emu;
  EXPECT_EQ(says(card), "accepted");
  card.interface_uuid = kInterface;
  EXPECT_THAT(says(card), HasSubstr("for interface 00000000")) << "what it leaves open is not met";
  card = {};
  EXPECT_EQ(says(card), "accepted") << "nothing is demanded";
  image.manifest = manifest_for(for_u55c());
  card.board = Board::emu;
  EXPECT_THAT(says(card), HasSubstr("the card is emu"));
}

TEST_F(Images, RunOnTheShellOfTheirPlatformAndNoOther) {
  const auto fits = [](const std::string& platform, const std::string& shell) {
    Image image;
    image.manifest = manifest_for(for_u55c());
    image.manifest.platform = platform;
    Card card;
    card.platform = shell;
    return check_for_card(image, card).ok();
  };
  EXPECT_TRUE(fits("xilinx_u250_gen3x16_xdma_4_1_202210_1", "xilinx_u250_gen3x16_xdma_shell_4_1"));
  EXPECT_TRUE(fits("xilinx_u280_gen3x16_xdma_1_202211_1", "xilinx_u280_gen3x16_xdma_base_1"));
  EXPECT_TRUE(fits("xilinx_u280_xdma_201920_3", "xilinx_u280_xdma_201920_3"));
  EXPECT_FALSE(fits("xilinx_u280_xdma_201920_3", "xilinx_u280_xdma_201920_2"));
  EXPECT_FALSE(fits("xilinx_u250_gen3x16_xdma_4_1_202210_1", "xilinx_u250_gen3x16_base_4"));
  EXPECT_FALSE(fits("xilinx_u250_gen3x16_xdma_4_1_202210_1", "golden"));
}

TEST_F(Images, OfAnotherVersionOrWithoutTimingAreRefused) {
  Image image;
  image.manifest = manifest_for(for_u55c());
  image.path = "card.xclbin";
  image.manifest.layout_hash ^= 1;
  EXPECT_THAT(message(check_for_card(image, {})),
              AllOf(HasSubstr("card.xclbin: "), HasSubstr("table layouts")));
  image.manifest = manifest_for(for_u55c());
  image.manifest.abi_version += 0x10000;
  EXPECT_THAT(message(check_for_card(image, {})), HasSubstr("register ABI"));
  image.manifest.abi_version = layout::kAbiVersion + 1;
  EXPECT_EQ(message(check_for_card(image, {})), "accepted");
  image.manifest.timing_met = false;
  EXPECT_THAT(message(check_for_card(image, {})), HasSubstr("did not meet timing"));
  Card card;
  card.accept_missed_timing = true;
  EXPECT_EQ(message(check_for_card(image, card)), "accepted");
}

TEST_F(Images, OfF2FitTheirShellVersion) {
  Image image;
  image.manifest = f2_manifest();
  Card card;
  card.platform = "0x10212415";
  EXPECT_EQ(message(check_for_card(image, card)), "accepted");
  card.platform = "0x10212416";
  EXPECT_THAT(message(check_for_card(image, card)), HasSubstr("for shell 0x10212415"));
}

}  // namespace
}  // namespace sluice::image
