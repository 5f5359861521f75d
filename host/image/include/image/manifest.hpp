// The manifest: a small JSON file beside every image that says what the image is, for which card
// and built from what. docs/images.md lists its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "image/uuid.hpp"

namespace sluice::image {

enum class Board { u55c, u280, u250, f2, emu };

const char* name(Board board);
std::optional<Board> parse_board(std::string_view name);
inline constexpr const char* kBoardNames = "u55c, u280, u250, f2 or emu";

struct Manifest {
  Board board = Board::emu;
  std::string platform;           // platform VBNV; f2: shell version, as 0x10212415
  Uuid interface_uuid;            // Alveo cards; else zero
  Uuid image_uuid;                // of the xclbin; f2: zero
  std::string agfi;               // f2 only, as agfi-0123456789abcdef0
  std::uint32_t build_id = 0;     // what register build_id of the card shows
  std::uint32_t abi_version = 0;  // register abi_version
  std::uint32_t layout_hash = 0;  // register layout_hash
  std::string kernel;             // name of the kernel in the xclbin; f2: empty
  std::uint32_t clock_khz = 0;
  std::string sha256;  // of the image, 64 hexadecimal digits; f2 without a file: empty
  bool timing_met = false;

  bool operator==(const Manifest&) const = default;
};

inline constexpr std::size_t kMaxManifestBytes = 64u << 10;

// bad_image, with line or key and what to write instead. `where` is the file's name in messages.
base::Result<Manifest> parse_manifest(std::string_view text, const std::string& where);

// The text of the file; keys whose value is zero or empty are left out.
std::string to_json(const Manifest& manifest);

}  // namespace sluice::image
