// Rejects what cannot become hardware at all, before anything is optimized, so that the message
// points at the line the user wrote.
#pragma once

#include "llvm/IR/Module.h"

namespace hlsc {

// Looks at every function the top can reach.
void check_subset(llvm::Function* top);

}  // namespace hlsc
