// How a source is rejected: one exception type with a place, what is wrong and what to write
// instead. It is thrown and caught in our own code only, never through LLVM's frames.
#pragma once

#include <string>
#include <vector>

namespace llvm {
class Instruction;
class DILocation;
}  // namespace llvm

namespace hlsc {

struct Place {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
};

struct Rejected {
  std::vector<Place> places;  // innermost first; the others are where it was inlined
  std::string what;
  std::string instead;
};

// `what` is wrong; `instead` says what to write.
[[noreturn]] void reject(const llvm::Instruction& at, const std::string& what,
                         const std::string& instead);
[[noreturn]] void reject(const llvm::DILocation* at, const std::string& what,
                         const std::string& instead);
[[noreturn]] void reject(const Place& at, const std::string& what, const std::string& instead);

std::vector<Place> places_of(const llvm::DILocation* at);
std::string format(const Rejected& rejected);

}  // namespace hlsc
