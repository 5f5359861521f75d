// Lowers the prepared top function to the data-flow graph.
//
// The control-flow graph is acyclic. A block's predicate is computed relative to its immediate
// dominator; a phi selects by the predicates of its incoming edges, per bit by distinct value.
// undef and poison are resolved where they are: as an operand they are zero, and a phi or select
// never chooses them if it has another value. Every other value of the graph is one definite
// value, so freeze is the identity.
#pragma once

#include <map>
#include <set>

#include "design.hpp"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "options.hpp"

namespace hlsc {

class Lower {
 public:
  Lower(llvm::Function* f, const Options& options, Design* design);
  void run();

 private:
  enum class Shift { kLeft, kRight, kArithmetic };
  using Guarded = std::vector<std::pair<Bit, Bits>>;  // exactly one guard is true

  // Where a pointer may point: an object, an entry of it and a byte offset.
  struct Location {
    Bit guard;
    enum class Object { kParameter, kConstant, kStatic } object;
    int parameter = -1;
    llvm::GlobalVariable* global = nullptr;
    std::vector<std::pair<Bits, int64_t>> indices;  // (index, scale in bytes)
    int64_t offset = 0;
  };
  struct Memory {  // state arrays and static registers: contents as this packet changes them
    int read = -1;
    Bits address, current;
    Bit enable = kZero;
    Origin written;
  };

  // lower.cpp: control flow and phis
  void make_inputs();
  void lower_block(llvm::BasicBlock* block);
  void set_origin(const llvm::Instruction& i);
  int scope_of(const llvm::DILocation* at);
  Bit edge(llvm::BasicBlock* from, llvm::BasicBlock* to);
  Bit predicate(llvm::BasicBlock* from, llvm::BasicBlock* block);
  std::vector<std::pair<llvm::BasicBlock*, Bit>> incoming(llvm::PHINode* phi);
  Bits choose(const Guarded& values);
  Bits lower_phi(llvm::PHINode* phi);
  Bits get(llvm::Value* v);
  int width(llvm::Type* type) const;
  void finish();
  void check_outputs();
  std::vector<char> needed() const;

  // lower_ops.cpp: arithmetic
  Bits lower_instruction(llvm::Instruction* i);
  Bits lower_binary(llvm::BinaryOperator* i);
  Bits lower_select(llvm::SelectInst* i);
  Bits lower_compare(llvm::ICmpInst* i);
  Bits lower_sum(llvm::BinaryOperator* i);
  void sum_terms(llvm::Value* v, llvm::Instruction* root, bool negative, std::vector<Bits>* terms);
  Bits lower_product(Bits a, Bits b);
  Bits lower_division(llvm::BinaryOperator* i);
  Bits shift_constant(Shift kind, const Bits& a, uint64_t amount) const;
  Bits shift_variable(Shift kind, Bits a, Bits amount, int keep = 0);
  Bits shift(Shift kind, const Bits& a, llvm::Value* amount, int depth = 0);

  // lower_calls.cpp: intrinsics
  Bits lower_call(llvm::IntrinsicInst* i);
  Bits lower_minmax(llvm::IntrinsicInst* i);
  Bits lower_saturating(llvm::IntrinsicInst* i);
  Bits lower_funnel(llvm::IntrinsicInst* i);
  Bits count_ones(const Bits& a, int width);
  Bits count_zeros(Bits a, int width);

  // lower_memory.cpp: loads, stores, tables, statics
  std::vector<Location> locate(llvm::Value* pointer, const llvm::Instruction& at);
  std::vector<Location> locate_global(llvm::GlobalVariable* g, const llvm::Instruction& at);
  Bits lower_load(llvm::LoadInst* load);
  void lower_store(llvm::StoreInst* store);
  Bits load_from(const Location& l, int width, const llvm::Instruction& at);
  void store_to(const Location& l, const Bits& value, Bit enable, const llvm::Instruction& at);
  Bits read_table(int parameter, const Bits& address, const llvm::Instruction& at);
  Memory& access_state(int parameter, const Bits& address, const llvm::Instruction& at);
  Memory& access_static(llvm::GlobalVariable* g, const llvm::Instruction& at);
  static void check_inside(const Location& inner, const Parameter& p, const llvm::Instruction& at);
  Bits entry_address(const Location& l, Location* inner, const llvm::Instruction& at);
  Bits read_at(const Bits& object, const Location& l, int width);
  void write_at(Memory* memory, const Location& l, const Bits& value, Bit enable);
  Bits byte_offset(const Location& l);
  void constant_image(const llvm::Constant& c, Bits* image, const llvm::Instruction& at);

  llvm::Function& f_;
  const Options& options_;
  Design& d_;
  Graph& g_;
  const llvm::DataLayout& layout_;
  llvm::DominatorTree dt_;
  llvm::PostDominatorTree pdt_;
  std::map<llvm::Value*, Bits> values_;
  std::map<std::pair<llvm::BasicBlock*, llvm::BasicBlock*>, Bit> predicates_;
  std::map<int, int> leftover_;  // output parameter -> node: its value before the packet
  std::map<std::pair<int, Bits>, int> table_reads_;
  std::map<int, Memory> states_;  // by parameter
  std::map<llvm::GlobalVariable*, Memory> statics_;
  std::map<llvm::GlobalVariable*, int> static_index_;
  std::map<const llvm::GlobalVariable*, Bits> constants_;
  std::map<std::string, int> scope_index_, file_index_, name_index_;
  std::map<const llvm::Value*, int> variable_;  // value -> C++ variable
};

}  // namespace hlsc
