#include "subset_check.hpp"

#include <set>
#include <string>

#include "diagnostics.hpp"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace hlsc {

namespace {

using llvm::dyn_cast;

std::string readable(const llvm::Function& f) { return llvm::demangle(f.getName().str()); }

bool is_heap(llvm::StringRef name) {
  return name == "malloc" || name == "calloc" || name == "realloc" || name == "free" ||
         name.starts_with("_Zn") || name.starts_with("_Zd");
}

void check_callee(const llvm::CallBase& call, const llvm::Function& callee) {
  if (!callee.isDeclaration() || callee.isIntrinsic()) return;
  const llvm::StringRef name = callee.getName();
  if (is_heap(name)) {
    reject(call, "heap memory ('" + readable(callee) + "')",
           "use a local array of constant size, or a table parameter");
  }
  if (name.starts_with("__cxa_guard") || name == "__cxa_atexit") {
    reject(call, "a static variable needs code to initialize it",
           "give it a constant initializer: it is the register's reset value");
  }
  if (name == "__cxa_pure_virtual") {
    reject(call, "a virtual function", "use a template parameter or a plain function");
  }
  reject(call, "call to '" + readable(callee) + "', whose body is not in this source",
         "define it in a header the kernel includes; library functions are not available");
}

void check_call(const llvm::CallBase& call) {
  if (call.isInlineAsm()) {
    reject(call, "inline assembly", "write the operation in C++");
  }
  if (const llvm::Function* callee = call.getCalledFunction()) {
    check_callee(call, *callee);
    return;
  }
  const auto* target = dyn_cast<llvm::LoadInst>(call.getCalledOperand());
  const auto* slot =
      target ? dyn_cast<llvm::GetElementPtrInst>(target->getPointerOperand()) : nullptr;
  if (slot && slot->getName().starts_with("vfn")) {
    reject(call, "call of a virtual function",
           "which function runs must be known: use a template parameter or a switch");
  }
  reject(call, "call through a function pointer",
         "which function runs must be known: use a template parameter, a lambda or a switch");
}

void check_instruction(const llvm::Instruction& i) {
  if (i.isVolatile()) {
    reject(i, "volatile access", "remove volatile: the module has only its ports");
  }
  if (i.isAtomic()) reject(i, "atomic access", "use a plain variable: packets pass one at a time");
  bool is_float = i.getType()->getScalarType()->isFloatingPointTy();
  for (const llvm::Value* v : i.operands()) {
    is_float = is_float || v->getType()->getScalarType()->isFloatingPointTy();
  }
  if (is_float) reject(i, "floating point", "use integers, scaled by a power of two");
  if (i.getType()->isVectorTy()) reject(i, "vector type", "use ap_uint<N> or a loop");
  if (const auto* a = dyn_cast<llvm::AllocaInst>(&i); a && a->isArrayAllocation()) {
    reject(i, "array of variable length", "give it a constant length");
  }
  if (llvm::isa<llvm::InvokeInst>(i) || llvm::isa<llvm::LandingPadInst>(i)) {
    reject(i, "exception handling", "return a status");
  }
  if (llvm::isa<llvm::IndirectBrInst>(i)) reject(i, "computed goto", "use a switch");
}

struct Walk {
  std::set<const llvm::Function*> done;
  std::set<const llvm::Function*> active;

  void visit(const llvm::Function& f) {
    active.insert(&f);
    for (const llvm::Instruction& i : llvm::instructions(f)) {
      check_instruction(i);
      const auto* call = dyn_cast<llvm::CallBase>(&i);
      if (!call) continue;
      check_call(*call);
      const llvm::Function* callee = call->getCalledFunction();
      if (!callee || callee->isDeclaration()) continue;
      if (active.count(callee)) {
        reject(*call, "recursion ('" + readable(*callee) + "' calls itself)",
               "use a loop with a constant bound, or a template recursion");
      }
      if (!done.count(callee)) visit(*callee);
    }
    active.erase(&f);
    done.insert(&f);
  }
};

}  // namespace

void check_subset(llvm::Function* top) { Walk().visit(*top); }

}  // namespace hlsc
