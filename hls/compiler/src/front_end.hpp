// Runs clang on the source and loads the bitcode it makes.
#pragma once

#include <memory>

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "options.hpp"

namespace hlsc {

// Null if clang reported errors (it printed them itself).
std::unique_ptr<llvm::Module> run_front_end(const Options& options, const std::string& dep_target,
                                            llvm::LLVMContext* context);

}  // namespace hlsc
