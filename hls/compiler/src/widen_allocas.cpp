// Local memory that is indexed dynamically becomes one wide integer each: a load is a shift and a
// truncation, a store a masked insert. Then it is promoted to values.
#include "diagnostics.hpp"
#include "ir_passes.hpp"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

namespace hlsc {

namespace {

using llvm::dyn_cast;

constexpr uint64_t kMaxLocalBits = 65536;

class Widener {
 public:
  Widener(llvm::AllocaInst* local, const llvm::DataLayout& layout) : layout_(layout) {
    bits_ = layout.getTypeAllocSizeInBits(local->getAllocatedType()).getFixedValue();
    if (bits_ > kMaxLocalBits) {
      reject(*local, "local array of " + std::to_string(bits_) + " bits",
             "at most 65536; make it a table parameter");
    }
    llvm::IRBuilder<> b(local);
    type_ = b.getIntNTy(static_cast<unsigned>(bits_));
    wide_ = b.CreateAlloca(type_, nullptr, local->getName());
    work_.push_back({local, b.getInt64(0)});
  }

  llvm::AllocaInst* run() {
    while (!work_.empty()) {
      const Pointer p = work_.back();
      work_.pop_back();
      const std::vector<llvm::User*> users(p.value->user_begin(), p.value->user_end());
      for (llvm::User* u : users) rewrite(llvm::cast<llvm::Instruction>(u), p);
    }
    for (auto it = dead_.rbegin(); it != dead_.rend(); ++it) {
      if (!(*it)->use_empty()) (*it)->replaceAllUsesWith(llvm::PoisonValue::get((*it)->getType()));
      (*it)->eraseFromParent();
    }
    return wide_;
  }

 private:
  struct Pointer {
    llvm::Value* value;
    llvm::Value* offset;  // bytes, i64
  };

  void rewrite(llvm::Instruction* i, const Pointer& p) {
    if (auto* gep = dyn_cast<llvm::GetElementPtrInst>(i)) return rewrite_address(gep, p);
    if (auto* load = dyn_cast<llvm::LoadInst>(i)) return rewrite_load(load, p);
    if (auto* store = dyn_cast<llvm::StoreInst>(i)) {
      if (store->getPointerOperand() == p.value && store->getValueOperand() != p.value) {
        return rewrite_store(store, p);
      }
    }
    auto* intrinsic = dyn_cast<llvm::IntrinsicInst>(i);
    if (intrinsic && intrinsic->isLifetimeStartOrEnd()) {
      dead_.push_back(i);
      return;
    }
    reject(*i, "the address of a local variable is stored, compared or chosen at run time",
           "use an index into one array");
  }

  void rewrite_address(llvm::GetElementPtrInst* gep, const Pointer& p) {
    llvm::IRBuilder<> b(gep);
    llvm::MapVector<llvm::Value*, llvm::APInt> variable;
    llvm::APInt constant(64, 0);
    if (!llvm::cast<llvm::GEPOperator>(gep)->collectOffset(layout_, 64, variable, constant)) {
      reject(*gep, "address of a local array that hlsc does not understand", "index it directly");
    }
    llvm::Value* offset = b.CreateAdd(p.offset, b.getInt(constant));
    for (const auto& [index, scale] : variable) {
      llvm::Value* wide = b.CreateSExtOrTrunc(index, b.getInt64Ty());
      offset = b.CreateAdd(offset, b.CreateMul(wide, b.getInt(scale)));
    }
    work_.push_back({gep, offset});
    dead_.push_back(gep);
  }

  llvm::Value* shift_amount(llvm::IRBuilder<>* b, const Pointer& p) {
    llvm::Value* amount = b->CreateShl(p.offset, 3);
    return b->CreateZExtOrTrunc(amount, type_);
  }

  void rewrite_load(llvm::LoadInst* load, const Pointer& p) {
    llvm::IRBuilder<> b(load);
    if (!load->getType()->isIntegerTy()) {
      reject(*load, "a local array of pointers", "keep indices, not pointers");
    }
    llvm::Value* x = b.CreateLShr(b.CreateLoad(type_, wide_), shift_amount(&b, p));
    load->replaceAllUsesWith(b.CreateZExtOrTrunc(x, load->getType()));
    dead_.push_back(load);
  }

  void rewrite_store(llvm::StoreInst* store, const Pointer& p) {
    llvm::IRBuilder<> b(store);
    llvm::Value* value = store->getValueOperand();
    if (!value->getType()->isIntegerTy()) {
      reject(*store, "a pointer is stored in a local variable", "keep indices, not pointers");
    }
    const unsigned width = value->getType()->getIntegerBitWidth();
    const unsigned stored = std::min<unsigned>((width + 7) / 8 * 8, static_cast<unsigned>(bits_));
    llvm::Value* shift = shift_amount(&b, p);
    const llvm::APInt low = llvm::APInt::getLowBitsSet(static_cast<unsigned>(bits_), stored);
    llvm::Value* mask = b.CreateShl(llvm::ConstantInt::get(type_, low), shift);
    llvm::Value* kept = b.CreateAnd(b.CreateLoad(type_, wide_), b.CreateNot(mask));
    llvm::Value* put = b.CreateShl(b.CreateZExtOrTrunc(value, type_), shift);
    b.CreateStore(b.CreateOr(kept, put), wide_);
    dead_.push_back(store);
  }

  const llvm::DataLayout& layout_;
  uint64_t bits_ = 0;
  llvm::IntegerType* type_ = nullptr;
  llvm::AllocaInst* wide_ = nullptr;
  std::vector<Pointer> work_;
  std::vector<llvm::Instruction*> dead_;
};

void expand_copy(llvm::MemTransferInst* copy) {
  const auto* length = dyn_cast<llvm::ConstantInt>(copy->getLength());
  if (!length) reject(*copy, "memcpy of variable length", "copy a constant number of bytes");
  if (length->isZero()) return;
  llvm::IRBuilder<> b(copy);
  llvm::Type* type = b.getIntNTy(static_cast<unsigned>(length->getZExtValue()) * 8);
  b.CreateStore(b.CreateLoad(type, copy->getRawSource()), copy->getRawDest());
}

void expand_set(llvm::MemSetInst* set) {
  const auto* length = dyn_cast<llvm::ConstantInt>(set->getLength());
  if (!length) reject(*set, "memset of variable length", "set a constant number of bytes");
  if (length->isZero()) return;
  llvm::IRBuilder<> b(set);
  const unsigned bits = static_cast<unsigned>(length->getZExtValue()) * 8;
  llvm::Type* type = b.getIntNTy(bits);
  llvm::Value* byte = b.CreateZExt(set->getValue(), type);
  llvm::Value* all = byte;
  for (unsigned i = 8; i < bits; i += 8) all = b.CreateOr(all, b.CreateShl(byte, i));
  b.CreateStore(all, set->getRawDest());
}

}  // namespace

void expand_memory_intrinsics(llvm::Function* f) {
  for (llvm::Instruction& i : llvm::make_early_inc_range(llvm::instructions(*f))) {
    if (auto* copy = dyn_cast<llvm::MemTransferInst>(&i)) {
      expand_copy(copy);
      copy->eraseFromParent();
    } else if (auto* set = dyn_cast<llvm::MemSetInst>(&i)) {
      expand_set(set);
      set->eraseFromParent();
    }
  }
}

void widen_allocas(llvm::Function* f) {
  std::vector<llvm::AllocaInst*> locals, widened;
  for (llvm::Instruction& i : llvm::instructions(*f)) {
    if (auto* a = dyn_cast<llvm::AllocaInst>(&i)) locals.push_back(a);
  }
  const llvm::DataLayout& layout = f->getParent()->getDataLayout();
  for (llvm::AllocaInst* a : locals) widened.push_back(Widener(a, layout).run());
  llvm::DominatorTree dt(*f);
  llvm::PromoteMemToReg(widened, dt);
}

}  // namespace hlsc
