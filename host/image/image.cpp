#include "image/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "board_facts.hpp"
#include "files.hpp"
#include "foreign.hpp"
#include "sha256.hpp"
#include "xml.hpp"

namespace sluice::image {
namespace {

constexpr std::string_view kManifestSuffix = ".json";
constexpr std::uint64_t kNoAddress = ~std::uint64_t{0};  // an IP without registers

base::Error bad(std::string what, const std::string& where) {
  return {base::Errc::bad_image, std::move(what), where};
}

std::string version_text(std::uint32_t abi) {
  return fmt::format("{}.{}", abi >> 16, abi & 0xffff);
}

// The kernel element of the metadata, whose registers XRT lets a program touch up to its range.
base::Result<void> check_metadata(const Xclbin& xclbin, const Ip& ip, const std::string& kernel,
                                  const std::string& where) {
  const auto xml = parse_xml(xclbin.kernel_xml);
  if (!xml) return bad("EMBEDDED_METADATA: " + xml.error().message(), where);
  const XmlElement* element = nullptr;
  for (const XmlElement* found : xml->find_all("kernel")) {
    if (found->attribute("name") == kernel) element = found;
  }
  if (element == nullptr) {
    return bad(fmt::format("EMBEDDED_METADATA describes no kernel {}; package it with the name "
                           "that the manifest gives",
                           kernel),
               where);
  }
  std::uint64_t range = 0;
  for (const XmlElement* port : element->find_all("port")) {
    if (port->attribute("mode") != "slave") continue;
    range =
        std::max<std::uint64_t>(range, std::strtoull(port->attribute("range").c_str(), nullptr, 0));
  }
  if (range < layout::kApertureBytes) {
    return bad(fmt::format("kernel {} has registers in a range of {:#x} bytes, and the card needs "
                           "{:#x}; package it with the right range",
                           kernel, range, layout::kApertureBytes),
               where);
  }
  if (ip.base_address == kNoAddress) {
    return bad(fmt::format("IP {} has no address: its AXI-Lite port is not connected; link it with "
                           "s_axi_control",
                           ip.name),
               where);
  }
  return {};
}

base::Result<void> check_board(const Manifest& manifest, const Xclbin& xclbin,
                               const std::string& where) {
  const char* board = name(manifest.board);
  const Mode mode = manifest.board == Board::emu ? Mode::hw_emu : Mode::hw;
  if (xclbin.mode != mode) {
    return bad(fmt::format("the xclbin is for mode {}, its manifest says board {}, which needs {}; "
                           "link it for the right target",
                           name(xclbin.mode), board, name(mode)),
               where);
  }
  const std::string part = part_of_bit_file(xclbin.bitstream);
  const char* expected = facts_of(manifest.board).part;
  if (!part.empty() && expected != nullptr && !part.starts_with(expected)) {
    return bad(fmt::format("its bitstream is for part {}, and {} has {}; take the image that was "
                           "built for this board",
                           part, board, expected),
               where);
  }
  return {};
}

// What both files say must be the same.
base::Result<void> check_agreement(const Manifest& manifest, const Xclbin& xclbin,
                                   const std::string& where) {
  constexpr const char* kPair = "image and manifest are not a pair: take both from one build";
  if (xclbin.uuid != manifest.image_uuid) {
    return bad(fmt::format("the xclbin has UUID {}, its manifest says {}; {}",
                           xclbin.uuid.to_string(), manifest.image_uuid.to_string(), kPair),
               where);
  }
  if (xclbin.platform != manifest.platform) {
    return bad(fmt::format("the xclbin is for platform {}, its manifest says {}; {}",
                           xclbin.platform, manifest.platform, kPair),
               where);
  }
  if (auto board = check_board(manifest, xclbin, where); !board) return board;
  const auto interfaces = interfaces_of(xclbin);
  const bool named =
      std::find(interfaces.begin(), interfaces.end(), manifest.interface_uuid) != interfaces.end();
  if (manifest.board != Board::emu && !named) {
    return bad(fmt::format("the xclbin does not name the interface UUID {} of its manifest; {}",
                           manifest.interface_uuid.to_string(), kPair),
               where);
  }
  const Ip* ip = xclbin.find_kernel(manifest.kernel);
  if (ip == nullptr) {
    return bad(
        fmt::format("IP_LAYOUT has no kernel {}; is it an image of Sluice?", manifest.kernel),
        where);
  }
  return check_metadata(xclbin, *ip, manifest.kernel, where);
}

base::Result<void> check_digest(const std::string& bytes, const Manifest& manifest,
                                const std::string& where) {
  const std::string digest = sha256_hex(bytes);
  if (digest == manifest.sha256) return {};
  return bad(fmt::format("its SHA-256 is {}, its manifest says {}: the file is corrupt, or the "
                         "manifest is of another build; copy both again",
                         digest, manifest.sha256),
             where);
}

base::Result<Manifest> read_manifest(const std::string& path) {
  const std::string file = manifest_path(path);
  const auto text = read_file(file, kMaxManifestBytes);
  if (text) return parse_manifest(*text, file);
  if (text.error().code == base::Errc::not_found) {
    return base::Error{
        base::Errc::not_found,
        "no manifest there; copy the one that was made with the image, or write one: "
        "`sluice image pack --xclbin`",
        file};
  }
  return text.error();
}

// What Vivado writes for OpenNIC and Corundum: a .bit, or Intel HEX for the flash memory.
base::Result<void> check_kind(const std::string& bytes, const Manifest& manifest,
                              const std::string& where) {
  if (manifest.board == Board::f2 || bytes.starts_with(kBitHeader) || bytes.starts_with(':')) {
    return {};
  }
  return bad(fmt::format("neither a .bit nor an .mcs file of Vivado, as an image for {} is: {}",
                         name(manifest.board), describe_foreign(bytes)),
             where);
}

// An image that is no xclbin: the file as it is. Of f2 the bits are at AWS, a local file is a
// courtesy.
base::Result<Image> read_plain_image(Image image) {
  const auto bytes = read_file(image.path, kMaxXclbinBytes);
  const bool missing = !bytes && bytes.error().code == base::Errc::not_found;
  if (!bytes && !(missing && !image.has_file())) return bytes.error();
  if (missing) return image;
  if (!image.has_file()) {
    return bad("its manifest has no sha256 for this file; remove the file, or add the key",
               image.path);
  }
  if (auto digest = check_digest(*bytes, image.manifest, image.path); !digest) {
    return digest.error();
  }
  if (auto kind = check_kind(*bytes, image.manifest, image.path); !kind) return kind.error();
  return image;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '_') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// A development platform is named after the shell with a release behind it, and a shell may have
// "base" or "shell" in its name: xilinx_u55c_gen3x16_xdma_3_202210_1 runs on
// xilinx_u55c_gen3x16_xdma_base_3.
struct PlatformName {
  std::vector<std::string> family;
  bool released = false;

  explicit PlatformName(const std::string& name) {
    for (std::string& part : split(name)) {
      if (part != "base" && part != "shell") family.push_back(std::move(part));
    }
    if (family.size() < 3) return;
    const std::string& release = family[family.size() - 2];
    released = release.size() == 6 && release.find_first_not_of("0123456789") == std::string::npos;
    if (released) family.resize(family.size() - 2);
  }
};

bool runs_on(const std::string& image_platform, const std::string& card_platform) {
  if (image_platform == card_platform) return true;
  const PlatformName image(image_platform);
  const PlatformName card(card_platform);
  return image.released != card.released && image.family == card.family;
}

base::Result<void> check_place(const Image& image, const Card& card) {
  const Manifest& manifest = image.manifest;
  // Its manifest has no interface, and a platform of any name: neither says that it fits a card.
  const bool is_card = card.board ? *card.board != Board::emu
                                  : !card.platform.empty() || !card.interface_uuid.is_zero();
  if (manifest.board == Board::emu && is_card) {
    return bad(
        "the image is for hardware emulation (emu) and runs on no card; take an image that "
        "was built for the card",
        image.path);
  }
  if (card.board && *card.board != manifest.board) {
    return bad(fmt::format("the image is for {}, the card is {}; take the image for {}",
                           name(manifest.board), name(*card.board), name(*card.board)),
               image.path);
  }
  if (!card.interface_uuid.is_zero() && !has_xclbin(manifest.board)) {
    return bad(fmt::format("the image is for {}, the card has XRT's shell; take an xclbin",
                           name(manifest.board)),
               image.path);
  }
  if (!card.interface_uuid.is_zero() && card.interface_uuid != manifest.interface_uuid) {
    return bad(fmt::format("the image is for interface {}, the card's shell has {}: built for "
                           "another platform or release; build it for {}",
                           manifest.interface_uuid.to_string(), card.interface_uuid.to_string(),
                           card.platform.empty() ? "the card's" : card.platform),
               image.path);
  }
  // The interface UUID, where the card has one, is the exact answer.
  if (card.platform.empty() || !card.interface_uuid.is_zero()) return {};
  if (runs_on(manifest.platform, card.platform)) return {};
  return bad(fmt::format("the image is for {} {}, the card has {}; build it for that one, or {}",
                         manifest.board == Board::f2 ? "shell" : "platform", manifest.platform,
                         card.platform,
                         manifest.board == Board::f2 ? "take an instance with the image's shell"
                                                     : "flash the card's shell to the image's"),
             image.path);
}

// The text of a manifest that the reader takes.
base::Result<std::string> manifest_text(const std::string& path, const Manifest& manifest) {
  std::string text = to_json(manifest);
  const auto reread = parse_manifest(text, manifest_path(path));
  if (reread) return text;
  return base::Error{base::Errc::invalid, reread.error().what, reread.error().where};
}

base::Result<void> write_plain_manifest(const std::string& path, Manifest manifest) {
  const auto bytes = read_file(image_path(path), kMaxXclbinBytes);
  const bool missing = !bytes && bytes.error().code == base::Errc::not_found;
  if (missing && manifest.board != Board::f2) {
    return base::Error{base::Errc::not_found,
                       "no such file; name the .bit or .mcs that Vivado wrote: the manifest is "
                       "written beside it",
                       image_path(path)};
  }
  if (!bytes && !missing) return bytes.error();
  if (bytes) {
    if (auto kind = check_kind(*bytes, manifest, image_path(path)); !kind) return kind;
  }
  manifest.sha256 = bytes ? sha256_hex(*bytes) : "";
  const auto text = manifest_text(path, manifest);
  if (!text) return text.error();
  return write_one({manifest_path(path), *text});
}

}  // namespace

std::string image_path(const std::string& path) {
  return path.ends_with(kManifestSuffix) ? path.substr(0, path.size() - kManifestSuffix.size())
                                         : path;
}

std::string manifest_path(const std::string& path) {
  return image_path(path) + std::string(kManifestSuffix);
}

base::Result<std::string> read_checked_bytes(const Image& image) {
  auto bytes = read_file(image.path, kMaxXclbinBytes);
  if (!bytes) return bytes;
  if (auto digest = check_digest(*bytes, image.manifest, image.path); !digest) {
    return digest.error();
  }
  return bytes;
}

base::Result<Image> read_image(const std::string& path) {
  Image image;
  image.path = image_path(path);
  auto manifest = read_manifest(path);
  const bool no_manifest = !manifest && manifest.error().code == base::Errc::not_found;
  if (!manifest && !no_manifest) return manifest.error();
  if (manifest && !has_xclbin(manifest->board)) {
    image.manifest = std::move(*manifest);
    return read_plain_image(std::move(image));
  }
  const auto bytes = read_file(image.path, kMaxXclbinBytes);
  if (!bytes) {
    if (bytes.error().code != base::Errc::not_found) return bytes.error();
    return base::Error{base::Errc::not_found, "no such image file; name an .xclbin", image.path};
  }
  // A file that is no xclbin at all is told so, also if it has no manifest.
  auto xclbin = parse_xclbin(*bytes, image.path);
  if (!xclbin) return xclbin.error();
  if (no_manifest) return manifest.error();
  if (auto digest = check_digest(*bytes, *manifest, image.path); !digest) return digest.error();
  if (auto same = check_agreement(*manifest, *xclbin, image.path); !same) return same.error();
  image.manifest = std::move(*manifest);
  image.xclbin = std::move(*xclbin);
  return image;
}

base::Result<void> check_for_card(const Image& image, const Card& card) {
  const Manifest& manifest = image.manifest;
  if (auto place = check_place(image, card); !place) return place;
  // A card of a newer minor version has more registers, not other ones.
  if (manifest.abi_version >> 16 != card.abi_version >> 16 ||
      manifest.abi_version < card.abi_version) {
    return bad(fmt::format("the image speaks register ABI {}, this program {}; take image and "
                           "program of one version",
                           version_text(manifest.abi_version), version_text(card.abi_version)),
               image.path);
  }
  if (manifest.layout_hash != card.layout_hash) {
    return bad(fmt::format("the image has table layouts {:08x}, this program {:08x}; take image "
                           "and program of one version",
                           manifest.layout_hash, card.layout_hash),
               image.path);
  }
  if (!manifest.timing_met && !card.accept_missed_timing) {
    return bad(
        "the image did not meet timing, so the card may forward packets wrongly; build it "
        "with a slower clock, or accept it with --accept-missed-timing",
        image.path);
  }
  return {};
}

base::Result<void> check_files(const std::string& path) {
  if (auto done = check_regular(image_path(path)); !done) return done;
  return check_regular(manifest_path(path));
}

base::Result<void> write_image(const std::string& path, const Xclbin& xclbin,
                               const Manifest& manifest) {
  if (!has_xclbin(manifest.board)) return write_plain_manifest(path, manifest);
  const auto bytes = to_bytes(xclbin);
  if (!bytes) return bytes.error();
  return write_image_bytes(path, *bytes, manifest);
}

base::Result<void> write_image_bytes(const std::string& path, const std::string& bytes,
                                     const Manifest& manifest) {
  if (!has_xclbin(manifest.board)) return write_plain_manifest(path, manifest);
  const auto xclbin = parse_xclbin(bytes, image_path(path));
  if (!xclbin) return xclbin.error();
  Manifest complete = manifest;
  complete.image_uuid = xclbin->uuid;
  complete.sha256 = sha256_hex(bytes);
  const auto text = manifest_text(path, complete);
  if (!text) return text.error();
  if (auto same = check_agreement(complete, *xclbin, image_path(path)); !same) return same;
  return write_both({image_path(path), bytes}, {manifest_path(path), *text});
}

}  // namespace sluice::image
