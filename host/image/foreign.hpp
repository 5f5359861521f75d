// Files that are not an xclbin, told by how they begin.
#pragma once

#include <string>
#include <string_view>

namespace sluice::image {

// The header that Vivado writes before the bits of a .bit file, and the part it names.
inline constexpr std::string_view kBitHeader{"\x00\x09\x0f\xf0\x0f\xf0\x0f\xf0\x0f\xf0\x00\x00\x01",
                                             13};
// "xcu55c-fsvh2892-2L-e"; empty if the header is not well-formed.
std::string part_of_bit_file(std::string_view bytes);

// What a file with another magic is and what to do with it.
std::string describe_foreign(std::string_view bytes);

}  // namespace sluice::image
