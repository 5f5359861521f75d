// What values of options must be.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

namespace sluice::cli {

// A filter whose variable is not set in a script must not mean all.
inline CLI::Validator not_empty() {
  return {[](const std::string& text) {
            return text.empty() ? std::string("is empty; give it a value or leave it out")
                                : std::string();
          },
          "", "not_empty"};
}

inline CLI::Validator whole_from_one() {
  return {[](const std::string& text) {
            const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
              return c >= '0' && c <= '9';
            });
            const bool zero = text.find_first_not_of('0') == std::string::npos;
            return digits && !zero ? std::string() : "'" + text + "' is no whole number from 1 on";
          },
          "", "whole_from_one"};
}

}  // namespace sluice::cli
