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

enum class Board { u55c, u280, u250, f2, opennic, corundum, emu };

const char* name(Board board);
std::optional<Board> parse_board(std::string_view name);
inline constexpr const char* kBoardNames = "u55c, u280, u250, f2, opennic, corundum or emu";

// Whether images for it are xclbins. f2: AWS keeps the bits. opennic, corundum: the file that
// Vivado wrote, loaded by its tools.
bool has_xclbin(Board board);

struct Manifest {
  Board board = Board::emu;
  std::string platform;           // VBNV; f2: shell version, as 0x10212415; else the shell's board
  Uuid interface_uuid;            // Alveo cards; else zero
  Uuid image_uuid;                // of the xclbin; else zero
  std::string agfi;               // f2 only, as agfi-0123456789abcdef0
  std::uint32_t build_id = 0;     // what register build_id of the card shows
  std::uint32_t abi_version = 0;  // register abi_version
  std::uint32_t layout_hash = 0;  // register layout_hash
  std::string kernel;             // name of the kernel in the xclbin; else empty
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
