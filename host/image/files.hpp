// Whole files, and two of them at once.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sluice::image {

// Something else of that name, such as a pipe, which might never end: bad_image. Nothing there:
// good.
base::Result<void> check_regular(const std::string& path);

// not_found, io, or exhausted if it is longer than `max_bytes`.
base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

struct NewFile {
  std::string path;
  const std::string& bytes;
};

// Both files or, on an error, neither: an old file of either name then stands as it was. Readers
// see each of them whole. Only a crash between the two renames can leave a new first and an old
// second.
base::Result<void> write_both(const NewFile& first, const NewFile& second);
base::Result<void> write_one(const NewFile& file);

}  // namespace sluice::image
