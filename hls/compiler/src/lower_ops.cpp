// Lowering of arithmetic, shifts, comparisons and selection.
#include <algorithm>

#include "llvm/IR/Constants.h"
#include "lower.hpp"

namespace hlsc {

namespace {

using llvm::dyn_cast;
using llvm::Instruction;

// A constant factor with at most this many signed digits becomes a sum, else a multiplier.
constexpr int kMaxSumDigits = 6;
// A factor of at most this many bits becomes a sum of masked rows.
constexpr int kMaxRowBits = 4;

std::string opcode(const Instruction& i) { return i.getOpcodeName(); }

llvm::APInt to_apint(const Bits& a) {
  llvm::APInt r(static_cast<unsigned>(a.size()), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == kOne) r.setBit(static_cast<unsigned>(i));
  }
  return r;
}

Bits shifted_left(const Bits& a, int amount, int width) {
  return resize(concat(constant_bits(amount, 0), a), width);
}

}  // namespace

Bits Lower::lower_instruction(Instruction* i) {
  const int w = i->getType()->isIntegerTy() ? width(i->getType()) : 0;
  switch (i->getOpcode()) {
    case Instruction::PHI:
      return lower_phi(llvm::cast<llvm::PHINode>(i));
    case Instruction::Load:
      return lower_load(llvm::cast<llvm::LoadInst>(i));
    case Instruction::Select:
      return lower_select(llvm::cast<llvm::SelectInst>(i));
    case Instruction::ICmp:
      return lower_compare(llvm::cast<llvm::ICmpInst>(i));
    case Instruction::Trunc:
      return slice(get(i->getOperand(0)), 0, w);
    case Instruction::ZExt:
      return resize(get(i->getOperand(0)), w);
    case Instruction::SExt: {
      const Bits a = get(i->getOperand(0));
      return resize(a, w, a.back());
    }
    case Instruction::Freeze:
      return get(i->getOperand(0));
    case Instruction::ExtractValue: {
      auto* pair = dyn_cast<llvm::WithOverflowInst>(i->getOperand(0));
      if (!pair) break;
      reject(*i, "overflow detection on '" + opcode(*pair) + "'", "compare before you calculate");
    }
    case Instruction::Call:
      if (auto* call = dyn_cast<llvm::IntrinsicInst>(i)) return lower_call(call);
      reject(*i, "a call that could not be inlined", "define the function in this source");
    default:
      if (auto* binary = dyn_cast<llvm::BinaryOperator>(i)) return lower_binary(binary);
      break;
  }
  if (i->getOpcode() == Instruction::PtrToInt || i->getOpcode() == Instruction::IntToPtr) {
    reject(*i, "an address is used as a number", "use indices instead of pointers");
  }
  reject(*i, "operation '" + opcode(*i) + "' has no hardware form", "use integer arithmetic");
}

Bits Lower::lower_binary(llvm::BinaryOperator* i) {
  llvm::Value *x = i->getOperand(0), *y = i->getOperand(1);
  switch (i->getOpcode()) {
    case Instruction::And:
      return g_.bit_and(get(x), get(y));
    case Instruction::Or:
      return g_.bit_or(get(x), get(y));
    case Instruction::Xor:
      return g_.bit_xor(get(x), get(y));
    case Instruction::Add:
    case Instruction::Sub:
      return lower_sum(i);
    case Instruction::Mul:
      return lower_product(get(x), get(y));
    case Instruction::Shl:
      return shift(Shift::kLeft, get(x), y);
    case Instruction::LShr:
      return shift(Shift::kRight, get(x), y);
    case Instruction::AShr:
      return shift(Shift::kArithmetic, get(x), y);
    case Instruction::UDiv:
    case Instruction::URem:
    case Instruction::SDiv:
    case Instruction::SRem:
      return lower_division(i);
    default:
      reject(*i, "operation '" + opcode(*i) + "' has no hardware form", "use integer arithmetic");
  }
}

Bits Lower::lower_select(llvm::SelectInst* i) {
  llvm::Value *t = i->getTrueValue(), *f = i->getFalseValue();
  if (llvm::isa<llvm::UndefValue>(t)) return get(f);  // any choice refines undef
  if (llvm::isa<llvm::UndefValue>(f)) return get(t);
  return g_.mux(get(i->getCondition())[0], get(t), get(f));
}

Bits Lower::lower_compare(llvm::ICmpInst* i) {
  if (!i->getOperand(0)->getType()->isIntegerTy()) {
    reject(*i, "comparison of pointers", "compare indices");
  }
  Bits a = get(i->getOperand(0)), b = get(i->getOperand(1));
  llvm::CmpInst::Predicate p = i->getPredicate();
  if (llvm::ICmpInst::isSigned(p)) {  // biased by half the range, signed order is unsigned order
    a.back() = ~a.back();
    b.back() = ~b.back();
    p = llvm::ICmpInst::getUnsignedPredicate(p);
  }
  switch (p) {
    case llvm::CmpInst::ICMP_EQ:
      return {g_.equal(a, b)};
    case llvm::CmpInst::ICMP_NE:
      return {~g_.equal(a, b)};
    case llvm::CmpInst::ICMP_ULT:
      return {g_.less(a, b)};
    case llvm::CmpInst::ICMP_UGT:
      return {g_.less(b, a)};
    case llvm::CmpInst::ICMP_UGE:
      return {~g_.less(a, b)};
    default:
      return {~g_.less(b, a)};
  }
}

// Collects a chain of additions and subtractions whose inner results are used only here.
void Lower::sum_terms(llvm::Value* v, Instruction* root, bool negative, std::vector<Bits>* terms) {
  auto* i = dyn_cast<llvm::BinaryOperator>(v);
  const bool inner = i && (i == root || i->hasOneUse());
  if (inner && (i->getOpcode() == Instruction::Add || i->getOpcode() == Instruction::Sub)) {
    const bool subtract = i->getOpcode() == Instruction::Sub;
    sum_terms(i->getOperand(0), root, negative, terms);
    sum_terms(i->getOperand(1), root, negative != subtract, terms);
    return;
  }
  const Bits a = get(v);
  terms->push_back(negative ? invert(a) : a);
  if (negative) terms->push_back(constant_bits(static_cast<int>(a.size()), 1));  // -a == ~a + 1
}

Bits Lower::lower_sum(llvm::BinaryOperator* i) {
  auto simple = [](llvm::Value* v) {
    auto* b = dyn_cast<llvm::BinaryOperator>(v);
    return !b || !b->hasOneUse() ||
           (b->getOpcode() != Instruction::Add && b->getOpcode() != Instruction::Sub);
  };
  llvm::Value *x = i->getOperand(0), *y = i->getOperand(1);
  if (i->getOpcode() == Instruction::Sub && simple(x) && simple(y)) return g_.sub(get(x), get(y));
  std::vector<Bits> terms;
  sum_terms(i, i, false, &terms);
  return g_.sum(std::move(terms), width(i->getType()));
}

Bits Lower::lower_product(Bits a, Bits b) {
  const int w = static_cast<int>(a.size());
  if (all_constant(a)) std::swap(a, b);
  if (all_constant(b)) {
    // Canonical signed digits: runs of ones become one addition and one subtraction.
    llvm::APInt rest = to_apint(b).zext(static_cast<unsigned>(w) + 2);
    std::vector<Bits> terms;
    int digits = 0;
    for (int k = 0; !rest.isZero() && k < w; ++k, rest.lshrInPlace(1)) {
      if (!rest[0]) continue;
      const bool negative = rest[1];
      ++digits;
      const Bits row = shifted_left(a, k, w);
      terms.push_back(negative ? invert(row) : row);
      if (negative) terms.push_back(constant_bits(w, 1));
      if (negative) {
        rest += 1;
      } else {
        rest -= 1;
      }
    }
    if (digits <= kMaxSumDigits) return g_.sum(std::move(terms), w);
    return g_.multiply(a, b, options_.multiply_latency);
  }
  if (significant_bits(a) < significant_bits(b)) std::swap(a, b);
  const int rows = significant_bits(b);
  if (rows > kMaxRowBits) return g_.multiply(a, b, options_.multiply_latency);
  std::vector<Bits> terms = {constant_bits(w, 0)};
  for (int k = 0; k < rows; ++k) {
    const Bits mask(a.size(), b[static_cast<size_t>(k)]);
    terms.push_back(shifted_left(g_.bit_and(a, mask), k, w));
  }
  return g_.sum(std::move(terms), w);
}

// x / d == x * m >> (n + l), exact for every n-bit x (Granlund and Montgomery, 1994).
Bits Lower::lower_division(llvm::BinaryOperator* i) {
  const auto* divisor = dyn_cast<llvm::ConstantInt>(i->getOperand(1));
  const bool is_signed = i->getOpcode() == Instruction::SDiv || i->getOpcode() == Instruction::SRem;
  if (!divisor) {
    reject(*i, "division by a variable",
           "divide by a constant, or multiply by a reciprocal from a table");
  }
  if (divisor->isZero()) reject(*i, "division by zero", "divide by another constant");
  const bool remainder = i->getOpcode() == Instruction::URem || i->getOpcode() == Instruction::SRem;
  Bits x = get(i->getOperand(0));
  const int w = static_cast<int>(x.size());
  llvm::APInt d = divisor->getValue();
  const Bit negative_x = is_signed ? x.back() : kZero;
  const bool negative_d = is_signed && d.isNegative();
  if (negative_d) d = -d;
  auto negate_if = [&](Bit c, const Bits& v) {
    return c == kZero ? v : g_.mux(c, g_.sub(constant_bits(w, 0), v), v);
  };
  const Bits magnitude = negate_if(negative_x, x);
  const int n = std::max(1, significant_bits(magnitude));
  const unsigned wide = static_cast<unsigned>(2 * w + 2);
  const llvm::APInt dw = d.zext(wide);
  const int l = static_cast<int>(dw.ceilLogBase2());
  const llvm::APInt m =
      (llvm::APInt::getOneBitSet(wide, static_cast<unsigned>(n + l)) + dw - 1).udiv(dw);
  const int product = 2 * n + 2;
  const Bits scaled = lower_product(resize(magnitude, product),
                                    constant_bits(m.trunc(static_cast<unsigned>(product))));
  const Bits quotient = resize(slice(scaled, n + l, product), w);
  if (!remainder) {
    const Bit negative = negative_d ? ~negative_x : negative_x;
    return negate_if(is_signed ? negative : kZero, quotient);
  }
  const Bits rest = g_.sub(magnitude, lower_product(quotient, constant_bits(d)));
  return negate_if(negative_x, rest);
}

Bits Lower::shift_constant(Shift kind, const Bits& a, uint64_t amount) const {
  const int64_t w = static_cast<int64_t>(a.size());
  Bits r(a.size(), kind == Shift::kArithmetic ? a.back() : kZero);
  const int64_t s = static_cast<int64_t>(std::min<uint64_t>(amount, a.size()));
  for (int64_t i = 0; i < w; ++i) {
    const int64_t from = kind == Shift::kLeft ? i - s : i + s;
    if (from >= 0 && from < w) r[static_cast<size_t>(i)] = a[static_cast<size_t>(from)];
  }
  return r;
}

// Barrel shifter. Amounts of the width and above do not occur (undefined in C++ and LLVM). Of a
// right shift only the low `keep` bits are made, if keep is not 0.
Bits Lower::shift_variable(Shift kind, Bits a, Bits amount, int keep) {
  int levels = 0;
  while ((size_t{1} << levels) < a.size()) ++levels;
  levels = std::min(levels, static_cast<int>(amount.size()));
  amount.resize(static_cast<size_t>(levels));
  std::set<std::pair<int, int>> wires;
  int variable = 0;
  for (const Bit& b : amount) {
    if (b.is_constant()) continue;
    ++variable;
    wires.insert({b.node, b.index});
  }
  if (static_cast<int>(wires.size()) < variable) {
    // Bits of the amount depend on each other (a select of constants): split on one of them.
    const Bit c{wires.begin()->first, wires.begin()->second, false};
    Bits when_true = amount, when_false = amount;
    for (size_t i = 0; i < amount.size(); ++i) {
      if (!amount[i].same_wire(c)) continue;
      when_true[i] = amount[i].inverted ? kZero : kOne;
      when_false[i] = ~when_true[i];
    }
    return g_.mux(c, resize(shift_variable(kind, a, when_true, keep), static_cast<int>(a.size())),
                  resize(shift_variable(kind, a, when_false, keep), static_cast<int>(a.size())));
  }
  // The step that keeps most of the result narrow comes first.
  for (int k = 0; k < levels; ++k) {
    const int level = kind == Shift::kLeft ? k : levels - 1 - k;
    const Bit s = amount[static_cast<size_t>(level)];
    // The lower levels still shift by at most 2^level - 1.
    const int64_t reach = keep + (int64_t{1} << level) - 1;
    auto trim = [&](Bits v) {
      if (keep && reach < static_cast<int64_t>(v.size())) v.resize(static_cast<size_t>(reach));
      return v;
    };
    if (s == kZero) {
      a = trim(std::move(a));
      continue;
    }
    a = g_.mux(s, trim(shift_constant(kind, a, uint64_t{1} << level)), trim(a));
  }
  return a;
}

Bits Lower::shift(Shift kind, const Bits& a, llvm::Value* amount, int depth) {
  if (const auto* c = dyn_cast<llvm::ConstantInt>(amount)) {
    return shift_constant(kind, a, c->getValue().getLimitedValue(1u << 24));
  }
  // InstCombine turns 'c ? x >> 72 : x >> 48' into a shift by a select: undo that.
  auto* s = dyn_cast<llvm::SelectInst>(amount);
  if (s && depth < 4) {
    return g_.mux(get(s->getCondition())[0], shift(kind, a, s->getTrueValue(), depth + 1),
                  shift(kind, a, s->getFalseValue(), depth + 1));
  }
  return shift_variable(kind, a, get(amount));
}

}  // namespace hlsc
