// Brings the top function into the form that lower.hpp takes: everything inlined, no loops, no
// local memory, only integers, an acyclic control-flow graph.
#pragma once

#include "design.hpp"
#include "llvm/IR/Module.h"
#include "options.hpp"

namespace hlsc {

void prepare_ir(llvm::Module* module, llvm::Function* top, const Design& design,
                const Options& options);

// The steps, in files of their own.
void run_passes(llvm::Module* module, const char* passes);
void unroll_loops(llvm::Function* f, int max_iterations);
void expand_memory_intrinsics(llvm::Function* f);
void widen_allocas(llvm::Function* f);

}  // namespace hlsc
