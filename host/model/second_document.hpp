// What is left of a YAML text behind its first document.
#pragma once

#include <optional>
#include <string>

#include "raw_config.hpp"

namespace sluice::model {

struct SecondDocument {
  Place place;
  char first;  // the character at `place`
};

// Nothing if there is one document or none. Use this and YAML::Load instead of YAML::LoadAll, which
// never ends (and takes memory all the while) on a stray bracket or comma: it takes that for a
// document without content and does not get past it. Throws YAML::Exception.
std::optional<SecondDocument> second_document(const std::string& text);

}  // namespace sluice::model
