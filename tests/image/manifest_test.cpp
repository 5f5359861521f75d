#include "image/manifest.hpp"

#include <gmock/gmock.h>

#include <array>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace sluice::image {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::ordered_json;

Manifest complete(Board board) {
  if (board == Board::f2) return f2_manifest();
  if (!has_xclbin(board)) {
    Manifest manifest = bitstream_manifest(board);
    manifest.sha256 = std::string(64, 'a');
    return manifest;
  }
  Manifest manifest = manifest_for(board == Board::emu ? emulated() : for_u55c());
  manifest.board = board;
  if (board == Board::u280) manifest.platform = "xilinx_u280_gen3x16_xdma_1_202211_1";
  if (board == Board::u250) manifest.platform = "xilinx_u250_gen3x16_xdma_4_1_202210_1";
  manifest.image_uuid = kInterface;
  manifest.sha256 = std::string(64, 'a');
  return manifest;
}

std::string refusal(const std::string& text) {
  const auto read = parse_manifest(text, "card.xclbin.json");
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, base::Errc::bad_image);
  EXPECT_EQ(read.error().where, "card.xclbin.json");
  return read.error().what;
}

std::string with(Board board, const char* key, const Json& value) {
  Json json = Json::parse(to_json(complete(board)));
  json[key] = value;
  return refusal(json.dump(2));
}

std::string without(Board board, const char* key) {
  Json json = Json::parse(to_json(complete(board)));
  json.erase(key);
  return refusal(json.dump(2));
}

constexpr std::array kAll{Board::u55c,    Board::u280,     Board::u250, Board::f2,
                          Board::opennic, Board::corundum, Board::emu};

TEST(Manifest, ComesBackAsItWasWrittenForEveryBoard) {
  for (const Board board : kAll) {
    const Manifest written = complete(board);
    const auto read = parse_manifest(to_json(written), "");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, written) << to_json(written);
    EXPECT_EQ(parse_board(name(board)), board);
  }
  EXPECT_EQ(parse_board("u200"), std::nullopt);
}

TEST(Manifest, EveryKeyIsNeededButTheDigestOfAnF2Image) {
  for (const Board board : kAll) {
    const Json json = Json::parse(to_json(complete(board)));
    for (const auto& [key, value] : json.items()) {
      EXPECT_THAT(without(board, key.c_str()), HasSubstr("key " + key + " is missing")) << value;
    }
  }
  EXPECT_EQ(with(Board::f2, "sha256", std::string(64, '0')), "accepted");
}

TEST(Manifest, UnknownRepeatedAndMisplacedKeysAreRefused) {
  EXPECT_THAT(with(Board::u55c, "colour", "red"), HasSubstr("unknown key colour; remove it"));
  EXPECT_THAT(with(Board::u55c, "agfi", "agfi-0123456789abcdef0"),
              HasSubstr("key agfi has no place in an image for u55c"));
  EXPECT_THAT(with(Board::emu, "interface_uuid", kInterface.to_string()), HasSubstr("no place"));
  EXPECT_THAT(with(Board::f2, "kernel", "sluice_card"), HasSubstr("no place"));
  for (const Board board : {Board::opennic, Board::corundum}) {
    EXPECT_THAT(with(board, "kernel", "sluice_card"), HasSubstr("no place"));
    EXPECT_THAT(with(board, "image_uuid", kInterface.to_string()), HasSubstr("no place"));
    EXPECT_THAT(with(board, "agfi", "agfi-0123456789abcdef0"), HasSubstr("no place"));
    EXPECT_THAT(with(board, "platform", "two words"), HasSubstr("board's name in the shell"));
  }
  std::string twice = to_json(complete(Board::emu));
  twice.insert(1, "\"clock_khz\": 1,");
  EXPECT_THAT(refusal(twice), HasSubstr("key clock_khz is there twice"));
}

TEST(Manifest, TextThatIsNoManifestIsRefusedWithItsLine) {
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\n\"format\": 1,\n\"board\" \"emu\"}"), HasSubstr("line 3"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("key format is missing or not 1"));
  EXPECT_THAT(refusal("{\"format\": 1}"), HasSubstr("key board is missing"));
  EXPECT_THAT(refusal(std::string(kMaxManifestBytes + 1, ' ')), HasSubstr("at most 65536"));
  EXPECT_THAT(refusal(std::string(kMaxManifestBytes, '[')), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"format\": 1, \"board\": \"\xff\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("xclbin2"), StartsWith("manifest: "));
}

TEST(Manifest, EveryTruncationIsRefused) {
  const std::string text = to_json(complete(Board::u55c));
  const std::size_t end = text.rfind('}');
  for (std::size_t size = 0; size <= end; ++size) {
    ASSERT_THAT(refusal(text.substr(0, size)), HasSubstr("not JSON")) << size;
  }
}

TEST(Manifest, ValuesAreOfOneTypeAndRangeAndTheMessageSaysWhatToWrite) {
  struct Row {
    const char* key;
    Json wrong;
    const char* instead;
  };
  const Row rows[] = {
      {"format", 2, "key format is missing or not 1"},
      {"format", "1", "key format is missing or not 1"},
      {"board", "u200", "write one of u55c, u280, u250, f2, opennic, corundum or emu"},
      {"board", 55, "key board is 55"},
      {"platform", "xilinx_u280_gen3x16_xdma_1_202211_1", "a platform of the u55c"},
      {"platform", "xilinx u55c", "a platform of the u55c"},
      {"platform", "xilinx_u55c_" + std::string(60, 'x'), "a platform of the u55c"},
      {"platform", Json::array(), "a platform of the u55c"},
      {"interface_uuid", "862c7020", "a UUID"},
      {"image_uuid", "00000000-0000-0000-0000-000000000000", "not all zeros"},
      {"image_uuid", nullptr, "a UUID"},
      {"build_id", "46EBB671", "8 lower-case hexadecimal digits"},
      {"build_id", 1189852785, "8 lower-case hexadecimal digits"},
      {"abi_version", 1.0, "major and minor"},
      {"abi_version", "1", "major and minor"},
      {"abi_version", "1.65536", "major and minor"},
      {"abi_version", "01.0", "major and minor"},
      {"abi_version", "1.0.0", "major and minor"},
      {"layout_hash", "0x46ebb6", "8 lower-case hexadecimal digits"},
      {"kernel", "", "the kernel's name"},
      {"kernel", "sluice card", "the kernel's name"},
      {"clock_khz", 0, "a whole number of kHz, 1 to 2000000"},
      {"clock_khz", -1, "a whole number of kHz"},
      {"clock_khz", 2'000'001, "a whole number of kHz"},
      {"clock_khz", 300.5, "a whole number of kHz"},
      {"clock_khz", "300000", "a whole number of kHz"},
      {"sha256", std::string(63, 'a'), "64 lower-case hexadecimal digits"},
      {"sha256", std::string(64, 'A'), "64 lower-case hexadecimal digits"},
      {"timing_met", "yes", "true or false"},
      {"timing_met", 1, "true or false"},
      {"timing_met", Json{{"deep", Json::array({1, 2})}}, "true or false"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(with(Board::u55c, row.key, row.wrong),
                AllOf(HasSubstr(std::string("key ") + row.key), HasSubstr(row.instead)))
        << row.key << " " << row.wrong;
  }
}

TEST(Manifest, AnF2ImageIsNamedByItsGlobalIdAndShell) {
  EXPECT_THAT(with(Board::f2, "agfi", "afi-0123456789abcdef0"), HasSubstr("not the afi-"));
  EXPECT_THAT(with(Board::f2, "agfi", "agfi-0123"), HasSubstr("agfi-0123456789abcdef0"));
  EXPECT_THAT(with(Board::f2, "agfi", "agfi-0123456789abcdefg"), HasSubstr("global id"));
  EXPECT_THAT(with(Board::f2, "platform", "xilinx_f2_1"), HasSubstr("fpga-describe-local-image"));
}

TEST(Manifest, ALongWrongValueIsQuotedInPart) {
  const std::string what = with(Board::u55c, "kernel", std::string(60000, 'k'));
  EXPECT_LT(what.size(), 300u);
}

TEST(UuidText, IsReadWithAndWithoutDashes) {
  EXPECT_EQ(Uuid::parse("862C7020a250293e32036f19956669e5"), kInterface);
  EXPECT_EQ(kInterface.to_string(), "862c7020-a250-293e-3203-6f19956669e5");
  EXPECT_EQ(kInterface.to_hex(), "862c7020a250293e32036f19956669e5");
  for (const char* wrong :
       {"", "862c7020", "862c7020-a250-293e-3203-6f19956669e",
        "862c7020-a250-293e-32036-f19956669e5", "862c7020a250293e32036f19956669eg",
        "862c7020-a250293e32036f19956669e5"}) {
    EXPECT_EQ(Uuid::parse(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace sluice::image
