// The last image that a card was flashed with and that passed every check, kept with a copy of its
// file: the way back if the next one fails.
//
// FOLDER/CARD/state.json is written whole and atomically, after the copy of the image is there.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "image/image.hpp"

namespace sluice::flash {

inline constexpr const char* kStateFolder = "/var/lib/sluice/flash";

struct LastGood {
  std::string image_id;  // image UUID or AGFI
  std::string path;      // the copy
  std::string source;    // where the image was when it was flashed
  std::uint32_t build_id = 0;
  std::int64_t flashed_unix_s = 0;
};

// not_found: this card was not flashed from here; bad_image: the file is not of this form.
base::Result<LastGood> load_last_good(const std::string& folder, const std::string& card);

// Copies `image`, makes it the last good one, removes the copy of the one before.
base::Result<void> save_last_good(const std::string& folder, const std::string& card,
                                  const image::Image& image);

// What XRT and AWS call the image.
std::string image_id_of(const image::Manifest& manifest);

}  // namespace sluice::flash
