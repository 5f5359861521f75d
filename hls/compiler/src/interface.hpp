// Reads the kernel's interface from unoptimized IR: the marks of hlsc/annotate.hpp, the types of
// the parameters from the debug information, and what each parameter becomes.
#pragma once

#include "design.hpp"
#include "llvm/IR/Module.h"

namespace hlsc {

// Finds the one function marked HLSC_TOP, fills Design::parameters and Design::module (if empty),
// and removes the marks from the module.
llvm::Function* read_interface(llvm::Module* module, Design* design);

}  // namespace hlsc
