// As much of XML as the metadata of an xclbin uses: elements and attributes; text is skipped.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice::image {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string, std::less<>> attributes;
  std::vector<XmlElement> children;

  // An attribute's value; empty if there is none.
  std::string attribute(std::string_view key) const;
  // All elements of this name below this one, in order of the text.
  std::vector<const XmlElement*> find_all(std::string_view element) const;
};

inline constexpr std::size_t kMaxXmlBytes = 16u << 20;
inline constexpr unsigned kMaxXmlDepth = 32;
inline constexpr std::size_t kMaxXmlElements = 200'000;

// bad_image with the line in `where`; no document types, and entities only the five of XML itself.
base::Result<XmlElement> parse_xml(std::string_view text);

std::string escape_xml(std::string_view text);

}  // namespace sluice::image
