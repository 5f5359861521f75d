// What a command says and how it ends.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sluice::cli {

void print(const std::string& text);

// False once something of what was printed could not be written.
bool output_written();
bool output_is_terminal();

// On stderr; the status of a command that was refused or failed.
int fail(const std::string& text);

// The reason on stderr; if `output` is "json" also the API's form of an error on stdout.
int fail(const std::string& output, const base::Error& error);

// Nobody can say whether a change was done: says so, and is that status.
inline constexpr int kUnknown = 4;
int not_known();

}  // namespace sluice::cli
