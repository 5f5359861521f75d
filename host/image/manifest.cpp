#include "image/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace sluice::image {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kFormat = 1;
constexpr std::uint32_t kMaxClockKhz = 2'000'000;
constexpr std::size_t kMaxNameBytes = 63;
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kAgfiDigits = 17;

constexpr std::array<std::pair<Board, const char*>, 7> kBoards{{{Board::u55c, "u55c"},
                                                                {Board::u280, "u280"},
                                                                {Board::u250, "u250"},
                                                                {Board::f2, "f2"},
                                                                {Board::opennic, "opennic"},
                                                                {Board::corundum, "corundum"},
                                                                {Board::emu, "emu"}}};

// Which boards' manifests have a key.
enum class Use { all, alveo, xclbin, f2, f2_optional };

struct Key {
  const char* name;
  Use use;
};

// In the order in which they are written.
constexpr std::array kKeys{
    Key{"format", Use::all},        Key{"board", Use::all},
    Key{"platform", Use::all},      Key{"interface_uuid", Use::alveo},
    Key{"image_uuid", Use::xclbin}, Key{"agfi", Use::f2},
    Key{"build_id", Use::all},      Key{"abi_version", Use::all},
    Key{"layout_hash", Use::all},   Key{"kernel", Use::xclbin},
    Key{"clock_khz", Use::all},     Key{"sha256", Use::f2_optional},
    Key{"timing_met", Use::all},
};

bool has(Use use, Board board) {
  switch (use) {
    case Use::alveo:
      return has_xclbin(board) && board != Board::emu;
    case Use::xclbin:
      return has_xclbin(board);
    case Use::f2:
      return board == Board::f2;
    default:
      return true;
  }
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_plain_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
  };
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), plain);
}

// 32 bits as 8 digits.
std::optional<std::uint32_t> parse_hex32(std::string_view text) {
  if (text.size() != 8 || !is_lower_hex(text)) return std::nullopt;
  return static_cast<std::uint32_t>(std::stoul(std::string(text), nullptr, 16));
}

// "1.0"
std::optional<std::uint32_t> parse_version(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return std::nullopt;
  std::uint32_t version = 0;
  for (const std::string& part : {text.substr(0, dot), text.substr(dot + 1)}) {
    const bool digits =
        std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool padded = part.size() > 1 && part.front() == '0';
    if (part.empty() || part.size() > 5 || !digits || padded) return std::nullopt;
    const unsigned long value = std::stoul(part);
    if (value > 0xffff) return std::nullopt;
    version = version << 16 | static_cast<std::uint32_t>(value);
  }
  return version;
}

bool is_f2_shell(std::string_view text) {
  return text.size() == 10 && text.starts_with("0x") && is_lower_hex(text.substr(2));
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  base::Result<Manifest> read() {
    if (parse() && check_keys() && read_identity() && read_build() && read_platform()) return out_;
    return base::Error{base::Errc::bad_image, "manifest: " + problem_, where_};
  }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool wrong(const char* key, const std::string& instead) {
    std::string value = json_.at(key).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (value.size() > 80) value = value.substr(0, 80) + "...";
    return fail(fmt::format("key {} is {}; write {}", key, value, instead));
  }

  bool parse() {
    if (text_.size() > kMaxManifestBytes) {
      return fail(fmt::format("{} bytes, at most {} are allowed; is it another file?", text_.size(),
                              kMaxManifestBytes));
    }
    std::set<std::string> seen;
    std::string twice;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::key && depth == 1 &&
          !seen.insert(parsed.get<std::string>()).second) {
        twice = parsed.get<std::string>();
      }
      return true;
    };
    try {
      json_ = Json::parse(text_.begin(), text_.end(), watch);
    } catch (const Json::parse_error& error) {
      const auto end = static_cast<std::ptrdiff_t>(std::min(error.byte, text_.size()));
      return fail(
          fmt::format("not JSON: stops making sense in line {}; write it anew with "
                      "`sluice image pack`",
                      1 + std::count(text_.begin(), text_.begin() + end, '\n')));
    }
    if (!twice.empty()) return fail("key " + twice + " is there twice; keep one");
    return json_.is_object() || fail("not a JSON object; write it anew with `sluice image pack`");
  }

  bool check_keys() {
    if (!json_.contains("format") || !json_["format"].is_number_unsigned() ||
        json_["format"] != kFormat) {
      return fail(
          fmt::format("key format is missing or not {}: of another version of sluice, or "
                      "no manifest",
                      kFormat));
    }
    const auto board =
        json_.contains("board") ? parse_board(text_of("board")) : std::optional<Board>();
    if (!board) {
      if (!json_.contains("board")) return fail("key board is missing; add it");
      return wrong("board", std::string("one of ") + kBoardNames);
    }
    out_.board = *board;
    for (const auto& [key, value] : json_.items()) {
      const auto known = std::find_if(kKeys.begin(), kKeys.end(),
                                      [&key](const Key& row) { return key == row.name; });
      if (known == kKeys.end()) return fail("unknown key " + key.substr(0, 80) + "; remove it");
      if (!has(known->use, *board)) {
        return fail(fmt::format("key {} has no place in an image for {}; remove it", key,
                                image::name(*board)));
      }
    }
    for (const Key& key : kKeys) {
      const bool optional = key.use == Use::f2_optional && *board == Board::f2;
      if (has(key.use, *board) && !optional && !json_.contains(key.name)) {
        return fail(fmt::format("key {} is missing; an image for {} needs it", key.name,
                                image::name(*board)));
      }
    }
    return true;
  }

  // Empty if it is no string: no key may be empty.
  std::string text_of(const char* key) const {
    const Json& value = json_.at(key);
    return value.is_string() ? value.get<std::string>() : "";
  }

  bool read_uuid(const char* key, Uuid& uuid) {
    if (!json_.contains(key)) return true;
    const auto parsed = Uuid::parse(text_of(key));
    if (!parsed || parsed->is_zero()) {
      return wrong(key, "a UUID as \"862c7020-a250-293e-3203-6f19956669e5\", not all zeros");
    }
    uuid = *parsed;
    return true;
  }

  bool read_identity() {
    if (!read_uuid("interface_uuid", out_.interface_uuid)) return false;
    if (!read_uuid("image_uuid", out_.image_uuid)) return false;
    if (json_.contains("agfi")) {
      out_.agfi = text_of("agfi");
      if (!is_agfi(out_.agfi)) {
        return wrong("agfi",
                     "the global id that create-fpga-image printed, as "
                     "\"agfi-0123456789abcdef0\" (not the afi-)");
      }
    }
    if (json_.contains("kernel")) {
      out_.kernel = text_of("kernel");
      if (!is_plain_name(out_.kernel)) return wrong("kernel", "the kernel's name, \"sluice_card\"");
    }
    if (json_.contains("sha256")) {
      out_.sha256 = text_of("sha256");
      if (out_.sha256.size() != kSha256Digits || !is_lower_hex(out_.sha256)) {
        return wrong("sha256", "64 lower-case hexadecimal digits, as `sha256sum IMAGE` prints");
      }
    }
    return true;
  }

  bool read_build() {
    const auto build = parse_hex32(text_of("build_id"));
    if (!build) return wrong("build_id", "8 lower-case hexadecimal digits, as \"46ebb671\"");
    out_.build_id = *build;
    const auto abi = parse_version(text_of("abi_version"));
    if (!abi) return wrong("abi_version", "major and minor as \"1.0\"");
    out_.abi_version = *abi;
    const auto hash = parse_hex32(text_of("layout_hash"));
    if (!hash) return wrong("layout_hash", "8 lower-case hexadecimal digits, as \"46ebb671\"");
    out_.layout_hash = *hash;
    const Json& clock = json_.at("clock_khz");
    if (!clock.is_number_unsigned() || clock.get<std::uint64_t>() == 0 ||
        clock.get<std::uint64_t>() > kMaxClockKhz) {
      return wrong("clock_khz", fmt::format("a whole number of kHz, 1 to {}", kMaxClockKhz));
    }
    out_.clock_khz = clock.get<std::uint32_t>();
    if (!json_.at("timing_met").is_boolean()) return wrong("timing_met", "true or false");
    out_.timing_met = json_.at("timing_met").get<bool>();
    return true;
  }

  bool read_platform() {
    out_.platform = text_of("platform");
    if (out_.board == Board::f2) {
      return is_f2_shell(out_.platform) ||
             wrong("platform",
                   "the shell version that fpga-describe-local-image prints, as \"0x10212415\"");
    }
    if (!has_xclbin(out_.board)) {
      return is_plain_name(out_.platform) ||
             wrong("platform", "the board's name in the shell, as \"au55c\" or \"AU280\"");
    }
    const std::string part = std::string("_") + image::name(out_.board) + "_";
    const bool fits = out_.board == Board::emu || out_.platform.find(part) != std::string::npos;
    if (is_plain_name(out_.platform) && fits) return true;
    return wrong("platform",
                 out_.board == Board::emu
                     ? std::string("a platform name, as \"xilinx_u250_sluice_emu_1\"")
                     : fmt::format("a platform of the {}, as \"xilinx{}gen3x16_xdma_...\"",
                                   image::name(out_.board), part));
  }

  static bool is_agfi(std::string_view text) {
    constexpr std::string_view kPrefix = "agfi-";
    return text.starts_with(kPrefix) && text.size() == kPrefix.size() + kAgfiDigits &&
           is_lower_hex(text.substr(kPrefix.size()));
  }

  std::string_view text_;
  const std::string& where_;
  Json json_;
  Manifest out_;
  std::string problem_;
};

}  // namespace

bool has_xclbin(Board board) {
  return board != Board::f2 && board != Board::opennic && board != Board::corundum;
}

const char* name(Board board) {
  for (const auto& [known, text] : kBoards) {
    if (known == board) return text;
  }
  std::abort();
}

std::optional<Board> parse_board(std::string_view name) {
  for (const auto& [board, text] : kBoards) {
    if (name == text) return board;
  }
  return std::nullopt;
}

base::Result<Manifest> parse_manifest(std::string_view text, const std::string& where) {
  return Reader(text, where).read();
}

std::string to_json(const Manifest& manifest) {
  Json json = {
      {"format", kFormat}, {"board", name(manifest.board)}, {"platform", manifest.platform}};
  if (!manifest.interface_uuid.is_zero()) {
    json["interface_uuid"] = manifest.interface_uuid.to_string();
  }
  if (!manifest.image_uuid.is_zero()) json["image_uuid"] = manifest.image_uuid.to_string();
  if (!manifest.agfi.empty()) json["agfi"] = manifest.agfi;
  json["build_id"] = fmt::format("{:08x}", manifest.build_id);
  json["abi_version"] =
      fmt::format("{}.{}", manifest.abi_version >> 16, manifest.abi_version & 0xffff);
  json["layout_hash"] = fmt::format("{:08x}", manifest.layout_hash);
  if (!manifest.kernel.empty()) json["kernel"] = manifest.kernel;
  json["clock_khz"] = manifest.clock_khz;
  if (!manifest.sha256.empty()) json["sha256"] = manifest.sha256;
  json["timing_met"] = manifest.timing_met;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::image
