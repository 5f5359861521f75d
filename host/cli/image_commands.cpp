#include "image_commands.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/table.hpp"
#include "cli/units.hpp"
#include "daemon/state_file.hpp"
#include "image/image.hpp"
#include "image/pack.hpp"
#include "output.hpp"

namespace sluice::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kEmulatedPlatform = "xilinx_u250_sluice_emu_1";
constexpr unsigned kMacsOfACard = 2;

struct Options {
  std::string file;
  std::string out;
  std::string board;
  std::string mode;
  std::string platform;
  std::string interface_uuid;
  std::string bitstream;
  std::string xclbin;
  std::string agfi;
  std::string build_id;
  std::string timing_met;
  std::uint32_t clock_khz = 0;
  std::optional<unsigned> macs;
  bool no_table_memory = false;
  std::optional<std::string> card;  // board, platform or interface UUID to check for
  bool accept_missed_timing = false;
};

base::Error invalid(std::string what) { return {base::Errc::invalid, std::move(what), ""}; }

Json manifest_json(const image::Manifest& manifest) {
  return Json::parse(image::to_json(manifest));
}

// ---- pack

// Options that the board has no use for, or cannot do without.
base::Result<void> check_use(const Options& options, image::Board board) {
  const bool f2 = board == image::Board::f2;
  const bool emulated = board == image::Board::emu;
  const char* mode = emulated ? "hw_emu" : "hw";
  const auto wrong = [&](const char* option, const char* why) {
    return invalid(fmt::format("{} and --board {}: {}", option, options.board, why));
  };
  if (!options.mode.empty() && options.mode != mode) {
    return wrong("--mode", fmt::format("this board's images are for mode {}", mode).c_str());
  }
  if (f2 != !options.agfi.empty()) {
    return wrong("--agfi", f2 ? "give the agfi-... that `aws ec2 create-fpga-image` printed"
                              : "only f2 images have one; leave it out");
  }
  const bool own_bits = image::has_xclbin(board);
  if (!own_bits && (!options.bitstream.empty() || !options.xclbin.empty())) {
    return wrong("--bitstream, --xclbin",
                 f2 ? "AWS keeps the bits of an f2 image; leave them out"
                    : "--out names the file that Vivado wrote, and it stays as it is");
  }
  if (!own_bits && (options.macs || options.no_table_memory)) {
    return wrong("--macs, --no-table-memory",
                 "they describe the xclbin of an Alveo card; leave "
                 "them out");
  }
  if (!options.bitstream.empty() && !options.xclbin.empty()) {
    return invalid("--bitstream and --xclbin: an xclbin has its bitstream already; give one");
  }
  if (!options.xclbin.empty() && (options.macs || options.no_table_memory)) {
    return invalid(
        "--xclbin with --macs or --no-table-memory: an xclbin stays as it is; leave "
        "them out");
  }
  if (!options.interface_uuid.empty() && (!own_bits || emulated)) {
    return wrong("--interface-uuid", "only Alveo cards have one; leave it out");
  }
  if (options.platform.empty() && !emulated && options.xclbin.empty()) {
    return wrong("--platform", f2 ? "give the shell version, as 0x10212415"
                               : own_bits
                                   ? "give the platform's name, as `xbutil examine` prints it"
                                   : "give the board's name in the shell, as au55c");
  }
  if (options.clock_khz == 0 && !emulated) return wrong("--clock-khz", "give the kernel's clock");
  if (options.timing_met.empty() && !emulated) {
    return wrong("--timing-met", "say yes or no, as the timing report of the build says");
  }
  return {};
}

base::Result<image::Manifest> manifest_of(const Options& options, image::Board board) {
  image::Manifest manifest;
  manifest.board = board;
  manifest.platform = options.platform;
  if (manifest.platform.empty() && board == image::Board::emu) {
    manifest.platform = kEmulatedPlatform;
  }
  if (!options.interface_uuid.empty()) {
    const auto uuid = image::Uuid::parse(options.interface_uuid);
    if (!uuid) {
      return invalid("--interface-uuid: '" + options.interface_uuid +
                     "' is no UUID; `xbutil examine -r platform` prints the card's");
    }
    manifest.interface_uuid = *uuid;
  }
  manifest.agfi = options.agfi;
  manifest.build_id = static_cast<std::uint32_t>(std::stoul(options.build_id, nullptr, 16));
  manifest.abi_version = layout::kAbiVersion;
  manifest.layout_hash = layout::layout_hash();
  if (image::has_xclbin(board)) manifest.kernel = image::kKernelName;
  manifest.clock_khz = options.clock_khz == 0 ? layout::kClockKhz : options.clock_khz;
  manifest.timing_met = options.timing_met != "no";
  return manifest;
}

base::Result<void> write_packed(const Options& options, const image::Manifest& manifest) {
  image::PackRequest request;
  request.board = manifest.board;
  request.platform = manifest.platform;
  request.interface_uuid = manifest.interface_uuid;
  request.clock_khz = manifest.clock_khz;
  request.macs = options.macs.value_or(manifest.board == image::Board::emu ? 0 : kMacsOfACard);
  request.table_memory = !options.no_table_memory;
  if (manifest.board != image::Board::emu && manifest.interface_uuid.is_zero()) {
    return invalid("--interface-uuid is missing; `xbutil examine -r platform` prints the card's");
  }
  if (!options.bitstream.empty()) {
    auto bits = daemon::read_file(options.bitstream, image::kMaxXclbinBytes);
    if (!bits) return bits.error();
    request.bitstream = std::move(*bits);
  }
  const auto xclbin = image::make_xclbin(request);
  if (!xclbin) return xclbin.error();
  return image::write_image(options.out, *xclbin, manifest);
}

// An xclbin that v++ linked: its bytes stay, platform and interface are taken from it.
base::Result<void> write_linked(const Options& options, image::Manifest manifest) {
  const auto bytes = daemon::read_file(options.xclbin, image::kMaxXclbinBytes);
  if (!bytes) return bytes.error();
  const auto xclbin = image::parse_xclbin(*bytes, options.xclbin);
  if (!xclbin) return xclbin.error();
  if (options.platform.empty()) manifest.platform = xclbin->platform;
  if (manifest.board != image::Board::emu && manifest.interface_uuid.is_zero()) {
    const auto interfaces = image::interfaces_of(*xclbin);
    if (interfaces.size() != 1) {
      return invalid(
          fmt::format("the xclbin names {} interfaces; give --interface-uuid, as "
                      "`xbutil examine -r platform` prints the card's",
                      interfaces.size()));
    }
    manifest.interface_uuid = interfaces.front();
  }
  return image::write_image_bytes(options.out, *bytes, manifest);
}

int pack(const Options& options, const std::string& output) {
  const image::Board board = *image::parse_board(options.board);
  if (auto use = check_use(options, board); !use) return fail(output, use.error());
  const auto manifest = manifest_of(options, board);
  if (!manifest) return fail(output, manifest.error());
  const auto written = !image::has_xclbin(board) ? image::write_image(options.out, {}, *manifest)
                       : options.xclbin.empty()  ? write_packed(options, *manifest)
                                                 : write_linked(options, *manifest);
  if (!written) return fail(output, written.error());
  const auto image = image::read_image(options.out);
  if (!image) return fail(output, image.error());
  const std::string manifest_path = image::manifest_path(options.out);
  if (output == "json") {
    print(Json{{"ok", true},
               {"path", image->path},
               {"manifest_path", manifest_path},
               {"manifest", manifest_json(image->manifest)}}
              .dump(2) +
          "\n");
  } else if (image->has_file()) {
    print(
        fmt::format("{}: packed for {}, manifest {}\n", image->path, options.board, manifest_path));
  } else {
    print(fmt::format("{}: manifest of {} for f2\n", manifest_path, options.agfi));
  }
  return 0;
}

// ---- info

struct Parts {
  std::string path;
  std::optional<image::Manifest> manifest;
  std::optional<image::Xclbin> xclbin;
  std::uint64_t bytes = 0;
  std::string refusal;  // why read_image does not take it; empty: it does
};

bool is_missing(const base::Error& error) { return error.code == base::Errc::not_found; }

// Each part by itself, so that also an image that would be refused can be looked at.
base::Result<Parts> read_parts(const std::string& path) {
  Parts parts;
  parts.path = image::image_path(path);
  if (auto regular = image::check_files(path); !regular) return regular.error();
  const std::string manifest_path = image::manifest_path(path);
  const auto text = daemon::read_file(manifest_path, image::kMaxManifestBytes);
  if (!text && !is_missing(text.error())) return text.error();
  if (text) {
    auto manifest = image::parse_manifest(*text, manifest_path);
    if (!manifest) return manifest.error();
    parts.manifest = std::move(*manifest);
  }
  const bool is_f2 = parts.manifest && parts.manifest->board == image::Board::f2;
  const auto bytes = daemon::read_file(parts.path, image::kMaxXclbinBytes);
  if (!bytes && !(is_f2 && is_missing(bytes.error()))) {
    if (!is_missing(bytes.error())) return bytes.error();
    return base::Error{base::Errc::not_found, "no such image file; name an image or its manifest",
                       parts.path};
  }
  if (bytes) parts.bytes = bytes->size();
  if (bytes && (!parts.manifest || image::has_xclbin(parts.manifest->board))) {
    auto xclbin = image::parse_xclbin(*bytes, parts.path);
    if (!xclbin) return xclbin.error();
    parts.xclbin = std::move(*xclbin);
  }
  const auto whole = image::read_image(path);
  if (!whole) parts.refusal = whole.error().message();
  return parts;
}

Json xclbin_json(const image::Xclbin& xclbin) {
  Json sections = Json::array(), ips = Json::array(), memories = Json::array();
  for (const image::Section& section : xclbin.sections) {
    sections.push_back({{"kind", image::section_name(section.kind)},
                        {"number", section.kind},
                        {"offset", section.offset},
                        {"bytes", section.bytes}});
  }
  for (const image::Ip& ip : xclbin.ips) {
    ips.push_back({{"name", ip.name}, {"type", ip.type}, {"address", ip.base_address}});
  }
  for (const image::Memory& memory : xclbin.memories) {
    memories.push_back({{"name", memory.tag},
                        {"used", memory.used},
                        {"address", memory.base_address},
                        {"size_kb", memory.size_kb}});
  }
  return {{"mode", image::name(xclbin.mode)}, {"platform", xclbin.platform},
          {"uuid", xclbin.uuid.to_string()},  {"interface_uuid", xclbin.interface_uuid.to_string()},
          {"sections", std::move(sections)},  {"ips", std::move(ips)},
          {"memories", std::move(memories)}};
}

std::string render(const image::Xclbin& xclbin) {
  Table sections({{"SECTION"}, {"OFFSET", Table::Align::right}, {"BYTES", Table::Align::right}});
  for (const image::Section& section : xclbin.sections) {
    sections.add({fmt::format("{} ({})", image::section_name(section.kind), section.kind),
                  std::to_string(section.offset), std::to_string(section.bytes)});
  }
  Table ips({{"IP"}, {"ADDRESS", Table::Align::right}});
  for (const image::Ip& ip : xclbin.ips) ips.add({ip.name, fmt::format("{:#x}", ip.base_address)});
  Table memories({{"MEMORY"}, {"ADDRESS", Table::Align::right}, {"SIZE", Table::Align::right}});
  for (const image::Memory& memory : xclbin.memories) {
    memories.add(
        {memory.tag, fmt::format("{:#x}", memory.base_address),
         memory.used ? bytes_text(static_cast<double>(memory.size_kb) * 1024) : "not used"});
  }
  return fmt::format("xclbin: mode {}, platform {}, UUID {}\n\n{}\n{}\n{}", name(xclbin.mode),
                     xclbin.platform, xclbin.uuid.to_string(), sections.text(), ips.text(),
                     memories.empty() ? "" : memories.text() + "\n");
}

std::string render(const image::Manifest& manifest) {
  Table table({{"MANIFEST"}, {"VALUE"}});
  const Json json = manifest_json(manifest);
  for (const auto& [key, value] : json.items()) {
    table.add({key, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return table.text() + "\n";
}

int info(const Options& options, const std::string& output) {
  const auto parts = read_parts(options.file);
  if (!parts) return fail(output, parts.error());
  if (output == "json") {
    print(Json{{"ok", true},
               {"path", parts->path},
               {"bytes", parts->bytes},
               {"manifest", parts->manifest ? manifest_json(*parts->manifest) : Json()},
               {"xclbin", parts->xclbin ? xclbin_json(*parts->xclbin) : Json()},
               {"usable", parts->refusal.empty()},
               {"reason", parts->refusal}}
              .dump(2) +
          "\n");
    return 0;
  }
  std::string text;
  if (parts->manifest) text += render(*parts->manifest);
  if (parts->xclbin) text += render(*parts->xclbin);
  const bool f2 = parts->manifest && parts->manifest->board == image::Board::f2;
  const char* good =
      f2 ? "the manifest is sound; AWS keeps the bits" : "file and manifest are a pair";
  text += parts->refusal.empty() ? fmt::format("{}: {}\n", parts->path, good)
                                 : fmt::format("not usable: {}\n", parts->refusal);
  print(text);
  return 0;
}

// ---- check

// Zero stands for "not known" and would be met by every image.
base::Result<void> add_interface(const char* option, const image::Uuid& uuid, image::Card& card) {
  if (uuid.is_zero()) {
    return invalid(fmt::format("{}: no card has the interface UUID {}; `xbutil examine` shows it",
                               option, uuid.to_string()));
  }
  card.interface_uuid = uuid;
  return {};
}

// What --for names: a board, the UUID of a card's interface, or a platform. An image of the board
// that a platform belongs to has much of its name, so what has nothing of it is a mistyped word.
base::Result<void> add_target(const std::string& word, const image::Manifest& manifest,
                              image::Card& card) {
  if (const auto uuid = image::Uuid::parse(word)) return add_interface("--for", *uuid, card);
  card.board = image::parse_board(word);
  if (card.board) return {};
  const bool platform = word.find('_') != std::string::npos || word.starts_with("0x") ||
                        word == manifest.platform || !image::has_xclbin(manifest.board);
  if (!platform) {
    return invalid(
        fmt::format("--for: '{}' is no board ({}), no interface UUID and no platform "
                    "(the image's is {})",
                    word, image::kBoardNames, manifest.platform));
  }
  card.platform = word;
  return {};
}

int check(const Options& options, const std::string& output) {
  const auto image = image::read_image(options.file);
  if (!image) return fail(output, image.error());
  image::Card card;
  if (options.card) {
    const auto added = add_target(*options.card, image->manifest, card);
    if (!added) return fail(output, added.error());
  }
  card.accept_missed_timing = options.accept_missed_timing;
  if (!options.interface_uuid.empty()) {
    const auto uuid = image::Uuid::parse(options.interface_uuid);
    if (!uuid) return fail(output, invalid("--interface-uuid: not a UUID"));
    const auto added = add_interface("--interface-uuid", *uuid, card);
    if (!added) return fail(output, added.error());
  }
  const auto fits = image::check_for_card(*image, card);
  if (!fits) return fail(output, fits.error());
  const image::Manifest& manifest = image->manifest;
  if (output == "json") {
    print(Json{{"ok", true}, {"path", image->path}, {"manifest", manifest_json(manifest)}}.dump(2) +
          "\n");
  } else {
    print(fmt::format("{}: good (for {}, {}, build {:08x}, {} kHz)\n", image->path,
                      name(manifest.board), manifest.platform, manifest.build_id,
                      manifest.clock_khz));
  }
  return 0;
}

// ---- the commands

const CLI::IsMember& boards() {
  static const CLI::IsMember kBoards({"u55c", "u280", "u250", "f2", "opennic", "corundum", "emu"});
  return kBoards;
}

void add_pack_options(CLI::App& pack, Options& options) {
  pack.add_option("--board", options.board, image::kBoardNames)->required()->check(boards());
  pack.add_option("--out", options.out,
                  "the image to write; its manifest is FILE.json. opennic, corundum: the file that "
                  "Vivado wrote")
      ->required();
  pack.add_option("--build-id", options.build_id, "first 8 hexadecimal digits of the revision")
      ->required()
      ->check([](const std::string& text) {
        const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
        return hex && text.size() == 8 ? "" : "give 8 lower-case hexadecimal digits";
      });
  pack.add_option("--mode", options.mode, "hw or hw_emu; follows from the board")
      ->check(CLI::IsMember({"hw", "hw_emu"}));
  pack.add_option("--platform", options.platform,
                  "platform VBNV; f2: shell version; opennic, corundum: the shell's board");
  pack.add_option("--interface-uuid", options.interface_uuid, "of the platform; Alveo cards");
  pack.add_option("--bitstream", options.bitstream, "the .bit of Vivado, to be wrapped");
  pack.add_option("--xclbin", options.xclbin, "what v++ linked, kept as it is");
  pack.add_option("--agfi", options.agfi, "f2: global id of the image at AWS");
  pack.add_option("--clock-khz", options.clock_khz, "the kernel's clock")
      ->check(CLI::Range(1u, 2'000'000u));
  pack.add_option("--timing-met", options.timing_met, "yes or no")
      ->check(CLI::IsMember({"yes", "no"}));
  pack.add_option("--macs", options.macs, "IPs cmac_0, cmac_1 (2; emu: 0)")
      ->check(CLI::Range(0u, image::kMaxMacs));
  pack.add_flag("--no-table-memory", options.no_table_memory,
                "the card has no memory to load tables from");
}

}  // namespace

void add_image_commands(CLI::App& app, const std::string& output, std::function<int()>& action) {
  const auto options = std::make_shared<Options>();
  const auto on = [&](CLI::App* command, int (*work)(const Options&, const std::string&)) {
    command->callback([&action, &output, options, work] {
      action = [&output, options, work] { return work(*options, output); };
    });
  };
  CLI::App* image =
      app.add_subcommand("image", "images for cards; needs no daemon")->require_subcommand(1);
  CLI::App* pack_command = image->add_subcommand("pack", "write an image and its manifest");
  add_pack_options(*pack_command, *options);
  on(pack_command, pack);
  CLI::App* info_command = image->add_subcommand("info", "what is in an image and its manifest");
  info_command->add_option("FILE", options->file, "image or manifest")->required();
  on(info_command, info);
  CLI::App* check_command =
      image->add_subcommand("check", "say whether an image is whole and fits a card");
  check_command->add_option("FILE", options->file, "image or manifest")->required();
  check_command->add_option("--for", options->card,
                            "board, platform or interface UUID of the card");
  check_command->add_option("--interface-uuid", options->interface_uuid, "of the card's shell");
  check_command->add_flag("--accept-missed-timing", options->accept_missed_timing,
                          "take an image that did not meet timing");
  on(check_command, check);
}

}  // namespace sluice::cli
