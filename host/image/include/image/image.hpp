// An image for a card: an xclbin, a bitstream for another shell, or the name of an AWS image, with
// the manifest beside it.
//
// The manifest of IMAGE is IMAGE.json. An f2 image is its manifest: AWS keeps the bits, and a file
// of the name IMAGE need not exist.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "image/manifest.hpp"
#include "image/xclbin.hpp"
#include "layout/describe.hpp"

namespace sluice::image {

inline constexpr const char* kKernelName = "sluice_card";
inline constexpr const char* kInstanceName = "sluice_card:sluice_card_1";

struct Image {
  Manifest manifest;
  Xclbin xclbin;  // without sections where an image is no xclbin
  std::string path;

  bool has_file() const { return !manifest.sha256.empty(); }
};

// IMAGE of IMAGE or IMAGE.json, and IMAGE.json of either.
std::string image_path(const std::string& path);
std::string manifest_path(const std::string& path);

// Neither of the two is a folder, a pipe or a device.
base::Result<void> check_files(const std::string& path);

// The file and its manifest with all checks: sha256, xclbin, what both say about mode, platform,
// UUIDs and kernel. `path` is either of the two. not_found: no such file, or no manifest beside it.
base::Result<Image> read_image(const std::string& path);

// The file's bytes, and still those that read_image checked: what a card may be given. bad_image
// if the file has changed since.
base::Result<std::string> read_checked_bytes(const Image& image);

// What is known of the card that shall take an image; what is left empty is not compared. What is
// given must be met: an image that leaves it open, as one for emulation does, is for another card.
struct Card {
  std::uint32_t abi_version = layout::kAbiVersion;    // of this program
  std::uint32_t layout_hash = layout::layout_hash();  // of this program
  std::optional<Board> board;
  std::string platform;  // as the card reports it (XRT: device name; f2: shell version)
  Uuid interface_uuid;
  bool accept_missed_timing = false;  // else an image that did not meet timing is refused
};

// bad_image, with what differs and what to do about it.
base::Result<void> check_for_card(const Image& image, const Card& card);

// Writes image and manifest; both or, on an error, neither. sha256 and image_uuid of the manifest
// are filled in from the xclbin. Where an image is no xclbin, the manifest is written alone, with
// the sha256 of the file beside it, which only f2 may lack. What read_image would refuse is refused
// here.
base::Result<void> write_image(const std::string& path, const Xclbin& xclbin,
                               const Manifest& manifest);

// The same for an image that something else made: the bytes of an xclbin are kept as they are.
base::Result<void> write_image_bytes(const std::string& path, const std::string& bytes,
                                     const Manifest& manifest);

}  // namespace sluice::image
