#include "lower.hpp"

#include <algorithm>

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

namespace hlsc {

namespace {

using llvm::BasicBlock;
using llvm::dyn_cast;
using llvm::isa;

int intern(const std::string& text, std::map<std::string, int>* index,
           std::vector<std::string>* list) {
  const auto [it, fresh] = index->try_emplace(text, static_cast<int>(list->size()));
  if (fresh) list->push_back(text);
  return it->second;
}

// Names the leaf that each bit of a value belongs to; padding keeps no name.
void name_bits(const Field& field, const std::string& name, int offset,
               std::vector<std::string>* owner) {
  for (int k = 0; k < std::max(1, field.count); ++k) {
    const int at = offset + k * field.stride;
    const std::string element = field.count ? name + "[" + std::to_string(k) + "]" : name;
    for (const Field& part : field.fields) {
      name_bits(part, element + "." + part.name, at + part.offset, owner);
    }
    if (!field.fields.empty()) continue;
    for (int i = at; i < at + field.width && i < static_cast<int>(owner->size()); ++i) {
      (*owner)[static_cast<size_t>(i)] = element;
    }
  }
}

}  // namespace

Lower::Lower(llvm::Function* f, const Options& options, Design* design)
    : f_(*f),
      options_(options),
      d_(*design),
      g_(design->graph),
      layout_(f->getParent()->getDataLayout()),
      dt_(*f),
      pdt_(*f) {}

int Lower::width(llvm::Type* type) const {
  return static_cast<int>(layout_.getTypeSizeInBits(type).getFixedValue());
}

void Lower::make_inputs() {
  d_.input_node.assign(d_.parameters.size(), -1);
  d_.output.assign(d_.parameters.size(), {});
  for (size_t i = 0; i < d_.parameters.size(); ++i) {
    const Parameter& p = d_.parameters[i];
    if (p.kind == ParameterKind::kInput || p.kind == ParameterKind::kOutput) {
      const int n = g_.add_node(Op::kInput, p.width, {});
      g_.node(n).resource = static_cast<int>(i);
      if (p.kind == ParameterKind::kOutput) {
        leftover_[static_cast<int>(i)] = n;
        std::vector<std::string> owner(static_cast<size_t>(p.width));
        name_bits(p.type, p.name, 0, &owner);
        d_.output[i] = g_.outputs(n);
        for (size_t k = 0; k < owner.size(); ++k) {
          if (owner[k].empty()) d_.output[i][k] = kZero;  // padding
        }
        continue;
      }
      d_.input_node[i] = n;
      llvm::Argument* arg = f_.getArg(static_cast<unsigned>(i));
      if (p.by_value) values_[arg] = slice(g_.outputs(n), 0, width(arg->getType()));
    }
  }
}

void Lower::run() {
  d_.scopes = {d_.top_function};
  scope_index_[d_.top_function] = 0;
  make_inputs();
  llvm::ReversePostOrderTraversal<llvm::Function*> order(&f_);
  for (BasicBlock* block : order) lower_block(block);
  finish();
}

// The first function called by the top on the way to this instruction.
int Lower::scope_of(const llvm::DILocation* at) {
  const llvm::DILocation* inner = nullptr;
  for (; at->getInlinedAt(); at = at->getInlinedAt()) inner = at;
  if (!inner) return 0;
  const llvm::DISubprogram* sub = inner->getScope()->getSubprogram();
  return intern(sub->getName().str(), &scope_index_, &d_.scopes);
}

void Lower::set_origin(const llvm::Instruction& i) {
  Origin o;
  if (const llvm::DILocation* at = i.getDebugLoc().get()) {
    const Place place = places_of(at)[0];
    o.scope = scope_of(at);
    o.line = place.line;
    o.column = place.column;
    o.file = intern(place.file, &file_index_, &d_.files);
  } else if (d_.files.empty()) {
    intern("", &file_index_, &d_.files);
  }
  llvm::SmallVector<llvm::DbgVariableIntrinsic*, 2> intrinsics;
  llvm::SmallVector<llvm::DbgVariableRecord*, 2> records;
  llvm::findDbgUsers(intrinsics, const_cast<llvm::Instruction*>(&i), &records);
  for (const llvm::DbgVariableRecord* r : records) {
    if (r->getExpression()->getNumElements() != 0) continue;
    o.name = intern(r->getVariable()->getName().str(), &name_index_, &d_.names);
    break;
  }
  g_.set_origin(o);
}

void Lower::lower_block(BasicBlock* block) {
  for (llvm::Instruction& i : *block) {
    set_origin(i);
    if (auto* ret = dyn_cast<llvm::ReturnInst>(&i)) {
      if (ret->getReturnValue()) d_.result = get(ret->getReturnValue());
    } else if (auto* store = dyn_cast<llvm::StoreInst>(&i)) {
      lower_store(store);
    } else if (i.isTerminator() || i.getType()->isPointerTy()) {
      continue;  // pointers are followed from the loads and stores that use them
    } else if (i.getType()->isIntegerTy() || i.getType()->isVoidTy()) {
      Bits r = lower_instruction(&i);
      if (!i.getType()->isVoidTy()) values_[&i] = std::move(r);
    } else if (!isa<llvm::WithOverflowInst>(&i)) {
      reject(i, "a value that is no integer", "use integers and structs of integers");
    }
  }
}

Bits Lower::get(llvm::Value* v) {
  if (const auto* c = dyn_cast<llvm::ConstantInt>(v)) return constant_bits(c->getValue());
  if (isa<llvm::UndefValue>(v)) return constant_bits(width(v->getType()), 0);
  const auto it = values_.find(v);
  if (it != values_.end()) return it->second;
  if (const auto* i = dyn_cast<llvm::Instruction>(v)) {
    reject(*i, "a value hlsc does not understand", "use integers and structs of integers");
  }
  const Origin& o = g_.origin();
  reject(Place{d_.files[static_cast<size_t>(o.file)], o.line, o.column},
         "an address is used as a number", "use indices instead of pointers");
}

Bit Lower::edge(BasicBlock* from, BasicBlock* to) {
  llvm::Instruction* t = from->getTerminator();
  if (auto* branch = dyn_cast<llvm::BranchInst>(t)) {
    if (!branch->isConditional() || branch->getSuccessor(0) == branch->getSuccessor(1)) return kOne;
    const Bit c = get(branch->getCondition())[0];
    return branch->getSuccessor(0) == to ? c : ~c;
  }
  if (auto* s = dyn_cast<llvm::SwitchInst>(t)) {
    const Bits value = get(s->getCondition());
    Bit taken = kZero, other = kZero;
    for (const auto& c : s->cases()) {
      const Bit equal = g_.equal(value, constant_bits(c.getCaseValue()->getValue()));
      Bit& into = c.getCaseSuccessor() == to ? taken : other;
      into = g_.or1(into, equal);
    }
    return s->getDefaultDest() == to ? ~other : taken;
  }
  reject(*t, "control flow hlsc does not understand", "use if, switch and for");
}

// That `block` is reached, given that `from`, which dominates it, is.
Bit Lower::predicate(BasicBlock* from, BasicBlock* block) {
  if (from == block) return kOne;
  const auto key = std::make_pair(from, block);
  const auto it = predicates_.find(key);
  if (it != predicates_.end()) return it->second;
  BasicBlock* dominator = dt_.getNode(block)->getIDom()->getBlock();
  Bit r = kZero;
  if (dominator != from) {
    r = g_.and1(predicate(from, dominator), predicate(dominator, block));
  } else if (pdt_.dominates(block, dominator)) {
    r = kOne;
  } else {
    std::set<BasicBlock*> seen;
    for (BasicBlock* p : llvm::predecessors(block)) {
      if (!seen.insert(p).second || !dt_.isReachableFromEntry(p)) continue;
      r = g_.or1(r, g_.and1(predicate(dominator, p), edge(p, block)));
    }
  }
  return predicates_[key] = r;
}

std::vector<std::pair<BasicBlock*, Bit>> Lower::incoming(llvm::PHINode* phi) {
  BasicBlock* block = phi->getParent();
  BasicBlock* dominator = dt_.getNode(block)->getIDom()->getBlock();
  std::vector<std::pair<BasicBlock*, Bit>> r;
  std::set<BasicBlock*> seen;
  for (BasicBlock* p : phi->blocks()) {
    if (!seen.insert(p).second || !dt_.isReachableFromEntry(p)) continue;
    r.push_back({p, g_.and1(predicate(dominator, p), edge(p, block))});
  }
  return r;
}

Bits Lower::lower_phi(llvm::PHINode* phi) {
  Guarded values;
  for (const auto& [block, guard] : incoming(phi)) {
    llvm::Value* v = phi->getIncomingValueForBlock(block);
    if (guard == kZero || isa<llvm::UndefValue>(v)) continue;  // any other choice refines undef
    values.push_back({guard, get(v)});
  }
  if (values.empty()) return constant_bits(width(phi->getType()), 0);
  return choose(values);
}

// Bits are grouped by which of the incoming values differ for them; two distinct values make a
// multiplexer, more an AND-OR of the guards.
Bits Lower::choose(const Guarded& values) {
  const size_t count = values[0].second.size();
  Bits result(count);
  std::map<std::vector<int>, std::vector<size_t>> groups;
  for (size_t i = 0; i < count; ++i) {
    std::vector<int> signature;
    Bits distinct;
    for (const auto& [guard, value] : values) {
      const auto at = std::find(distinct.begin(), distinct.end(), value[i]);
      int k = static_cast<int>(at - distinct.begin());
      if (at == distinct.end()) distinct.push_back(value[i]);
      if (value[i] == kZero) k = -1;  // needs no term in an AND-OR
      if (value[i] == kOne) k = -2;
      signature.push_back(k);
    }
    if (distinct.size() == 1) {
      result[i] = distinct[0];
    } else {
      groups[signature].push_back(i);
    }
  }
  for (const auto& [signature, positions] : groups) {
    std::map<int, std::pair<Bit, size_t>> alternatives;  // guard and one value of its kind
    for (size_t v = 0; v < values.size(); ++v) {
      auto [it, fresh] = alternatives.try_emplace(signature[v], values[v].first, v);
      if (!fresh) it->second.first = g_.or1(it->second.first, values[v].first);
    }
    auto bits_of = [&](size_t v) {
      Bits r;
      for (size_t i : positions) r.push_back(values[v].second[i]);
      return r;
    };
    Bits chosen;
    if (alternatives.size() == 2) {
      const auto& [g0, v0] = alternatives.begin()->second;
      chosen = g_.mux(g0, bits_of(v0), bits_of(alternatives.rbegin()->second.second));
    } else {
      chosen = constant_bits(static_cast<int>(positions.size()), 0);
      for (const auto& [kind, alternative] : alternatives) {
        if (kind == -1) continue;
        const Bits guard(positions.size(), alternative.first);
        chosen =
            g_.bit_or(chosen, kind == -2 ? guard : g_.bit_and(guard, bits_of(alternative.second)));
      }
    }
    for (size_t k = 0; k < positions.size(); ++k) result[positions[k]] = chosen[k];
  }
  return result;
}

void Lower::finish() {
  for (auto& [parameter, memory] : states_) {
    StateAccess access{parameter, memory.read, -1};
    const int index = static_cast<int>(d_.states.size());
    g_.node(memory.read).resource = index;
    if (memory.enable != kZero) {
      g_.set_origin(memory.written);
      access.write = g_.add_node(Op::kStateWrite, 1,
                                 {memory.current, {memory.enable}, {{memory.read, 0, false}}});
      g_.node(access.write).resource = index;
    }
    d_.states.push_back(access);
  }
  for (auto& [global, memory] : statics_) {
    StaticRegister& r = d_.registers[static_cast<size_t>(static_index_[global])];
    if (memory.enable == kZero) continue;
    g_.set_origin(memory.written);
    r.write =
        g_.add_node(Op::kRegWrite, 1, {memory.current, {memory.enable}, {{memory.read, 0, false}}});
    g_.node(r.write).resource = static_index_[global];
  }
  check_outputs();
}

// The nodes that outputs and writes need.
std::vector<char> Lower::needed() const {
  std::vector<char> need(static_cast<size_t>(g_.size()), 0);
  auto mark = [&](const Bit& b) {
    if (!b.is_constant()) need[static_cast<size_t>(b.node)] = 1;
  };
  for (const Bits& out : d_.output) std::for_each(out.begin(), out.end(), mark);
  std::for_each(d_.result.begin(), d_.result.end(), mark);
  for (int n = g_.size() - 1; n >= 0; --n) {
    const Node& node = g_.node(n);
    const bool root = node.op == Op::kStateWrite || node.op == Op::kRegWrite;
    if (!need[static_cast<size_t>(n)] && !root) continue;
    for (const Bits& v : node.in) std::for_each(v.begin(), v.end(), mark);
  }
  return need;
}

// No output bit may depend on what the port held before the packet.
void Lower::check_outputs() {
  for (const auto& [parameter, node] : leftover_) {
    const Parameter& p = d_.parameters[static_cast<size_t>(parameter)];
    const Bits& out = d_.output[static_cast<size_t>(parameter)];
    std::vector<std::string> owner(out.size());
    name_bits(p.type, p.name, 0, &owner);
    for (size_t i = 0; i < out.size(); ++i) {
      if (out[i].node != node) continue;
      reject(p.place, "output '" + owner[i] + "' is never written",
             "give it a value on every path, for example '" + p.name + " = {}' first");
    }
  }
  const std::vector<char> need = needed();
  for (const auto& [parameter, node] : leftover_) {
    if (!need[static_cast<size_t>(node)]) continue;
    const Parameter& p = d_.parameters[static_cast<size_t>(parameter)];
    for (int n = node + 1; n < g_.size(); ++n) {
      if (!need[static_cast<size_t>(n)]) continue;
      for (const Bits& v : g_.node(n).in) {
        for (const Bit& b : v) {
          if (b.node != node) continue;
          reject(
              d_.place_of(n).line ? d_.place_of(n) : p.place,
              "output '" + p.name + "' is read before it is written, or not written on every path",
              "write '" + p.name + " = {}' first; a packet's output holds nothing before");
        }
      }
    }
  }
}

}  // namespace hlsc
