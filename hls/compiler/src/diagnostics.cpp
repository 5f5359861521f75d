#include "diagnostics.hpp"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instruction.h"
#include "llvm/Support/Path.h"

namespace hlsc {

namespace {

std::string path_of(const llvm::DIScope* scope) {
  const llvm::StringRef name = scope->getFilename();
  if (name.empty() || llvm::sys::path::is_absolute(name)) return name.str();
  llvm::SmallString<256> path(scope->getDirectory());
  llvm::sys::path::append(path, name);
  return std::string(path);
}

}  // namespace

std::vector<Place> places_of(const llvm::DILocation* at) {
  std::vector<Place> places;
  for (; at; at = at->getInlinedAt()) {
    places.push_back({path_of(at->getScope()), at->getLine(), at->getColumn()});
  }
  return places;
}

void reject(const llvm::DILocation* at, const std::string& what, const std::string& instead) {
  throw Rejected{places_of(at), what, instead};
}

void reject(const llvm::Instruction& at, const std::string& what, const std::string& instead) {
  // Line 0 marks code the compiler moved: the nearest located instruction before it serves.
  const llvm::Instruction* i = &at;
  while (i && (!i->getDebugLoc() || i->getDebugLoc().getLine() == 0)) i = i->getPrevNode();
  if (!i) {
    for (i = &at; i && (!i->getDebugLoc() || i->getDebugLoc().getLine() == 0);)
      i = i->getNextNode();
  }
  if (i) reject(i->getDebugLoc().get(), what, instead);
  Place place;
  if (const llvm::DISubprogram* f = at.getFunction()->getSubprogram()) {
    place = {path_of(f), f->getLine(), 1};
  }
  reject(place, what, instead);
}

void reject(const Place& at, const std::string& what, const std::string& instead) {
  throw Rejected{{at}, what, instead};
}

std::string format(const Rejected& rejected) {
  std::string text;
  bool first = true;
  for (const Place& p : rejected.places) {
    if (!p.file.empty()) {
      text += p.file + ":" + std::to_string(p.line) + ":" + std::to_string(p.column) + ": ";
    }
    text += first ? "error: " + rejected.what + "; " + rejected.instead : "note: inlined here";
    text += "\n";
    first = false;
  }
  if (rejected.places.empty()) text = "error: " + rejected.what + "; " + rejected.instead + "\n";
  return text;
}

}  // namespace hlsc
