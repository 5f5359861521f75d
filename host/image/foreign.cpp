#include "foreign.hpp"

#include <array>
#include <cstdint>

namespace sluice::image {
namespace {

struct Foreign {
  std::string_view begin;
  const char* what;
};

// In order: a longer beginning stands before a shorter one.
constexpr std::array kForeign{
    Foreign{"xclbin0",
            "an xclbin of the first format, which no Alveo shell of today takes; link "
            "it again with a current v++"},
    Foreign{"xclbin1",
            "an xclbin of the second format, which no Alveo shell of today takes; link "
            "it again with a current v++"},
    Foreign{kBitHeader,
            "a Vivado bitstream (.bit) without a manifest, not an xclbin; wrap it: `sluice image "
            "pack --bitstream FILE`, or describe it, for opennic and corundum: `--out FILE`"},
    Foreign{std::string_view("\x7f"
                             "ELF",
                             4),
            "a program or library (ELF), not an FPGA image; name the .xclbin"},
    Foreign{std::string_view("PK\x03\x04", 4),
            "a zip archive (a kernel .xo or a platform .xsa?), not an xclbin; link it with v++ "
            "first"},
    Foreign{std::string_view("\x1f\x8b", 2), "a gzip archive, not an xclbin; unpack it first"},
    Foreign{std::string_view("\xfd"
                             "7zXZ",
                             5),
            "an xz archive, not an xclbin; unpack it first"},
    Foreign{std::string_view("\xff\xff\xff\xff", 4),
            "raw configuration data (.bin), not an xclbin; write a .bit from Vivado and wrap it: "
            "`sluice image pack --bitstream FILE`"},
    Foreign{":02000004", "flash contents (.mcs), not an xclbin; name the .xclbin"},
    Foreign{"version https://git-lfs", "a pointer of git-lfs, not the file; run `git lfs pull`"},
    Foreign{"<!DOCTYPE", "a web page, not an xclbin; the download went wrong, get it again"},
    Foreign{"<html", "a web page, not an xclbin; the download went wrong, get it again"},
    Foreign{"<?xml", "XML, not an xclbin; name the .xclbin"},
    Foreign{"{", "JSON, not an xclbin; name the image that it stands beside"},
};

// A tar archive has its magic at byte 257: AWS's tools wrap a design checkpoint that way.
constexpr std::size_t kTarMagic = 257;

}  // namespace

std::string describe_foreign(std::string_view bytes) {
  for (const Foreign& foreign : kForeign) {
    if (bytes.starts_with(foreign.begin)) return foreign.what;
  }
  if (bytes.size() > kTarMagic && bytes.substr(kTarMagic).starts_with("ustar")) {
    return "a tar archive (a design checkpoint for AWS?), not an xclbin; an f2 image is named by "
           "its AGFI: `sluice image pack --board f2 --agfi agfi-...`";
  }
  return "not an xclbin (it does not begin with 'xclbin2'); name the .xclbin that v++ or `sluice "
         "image pack` wrote";
}

// After the header: fields of a letter, a length (16 bits, most significant byte first) and a
// text; 'a' is the design, 'b' the part.
std::string part_of_bit_file(std::string_view bytes) {
  if (!bytes.starts_with(kBitHeader)) return "";
  bytes.remove_prefix(kBitHeader.size());
  for (const char field : {'a', 'b'}) {
    if (bytes.size() < 3 || bytes[0] != field) return "";
    const std::size_t size = static_cast<std::uint8_t>(bytes[1]) * std::size_t{256} +
                             static_cast<std::uint8_t>(bytes[2]);
    bytes.remove_prefix(3);
    if (bytes.size() < size) return "";
    const std::string_view text = bytes.substr(0, size);
    if (field == 'b') return std::string(text.substr(0, text.find('\0')));
    bytes.remove_prefix(size);
  }
  return "";
}

}  // namespace sluice::image
