// Lowering of LLVM's integer intrinsics.
#include <algorithm>

#include "llvm/IR/Constants.h"
#include "lower.hpp"

namespace hlsc {

namespace {

using llvm::Intrinsic::ID;
namespace Intrinsic = llvm::Intrinsic;

}  // namespace

Bits Lower::lower_call(llvm::IntrinsicInst* i) {
  const int w = i->getType()->isIntegerTy() ? width(i->getType()) : 0;
  switch (i->getIntrinsicID()) {
    case Intrinsic::bswap: {
      const Bits a = get(i->getOperand(0));
      Bits r;
      for (int byte = w / 8 - 1; byte >= 0; --byte) r = concat(r, slice(a, byte * 8, 8));
      return r;
    }
    case Intrinsic::bitreverse: {
      Bits a = get(i->getOperand(0));
      std::reverse(a.begin(), a.end());
      return a;
    }
    case Intrinsic::fshl:
    case Intrinsic::fshr:
      return lower_funnel(i);
    case Intrinsic::umin:
    case Intrinsic::umax:
    case Intrinsic::smin:
    case Intrinsic::smax:
    case Intrinsic::abs:
      return lower_minmax(i);
    case Intrinsic::usub_sat:
    case Intrinsic::uadd_sat:
    case Intrinsic::ssub_sat:
    case Intrinsic::sadd_sat:
      return lower_saturating(i);
    case Intrinsic::ctpop:
      return count_ones(get(i->getOperand(0)), w);
    case Intrinsic::cttz:
      return count_zeros(get(i->getOperand(0)), w);
    case Intrinsic::ctlz: {
      Bits a = get(i->getOperand(0));
      std::reverse(a.begin(), a.end());
      return count_zeros(a, w);
    }
    case Intrinsic::ucmp:
    case Intrinsic::scmp: {
      Bits a = get(i->getOperand(0)), b = get(i->getOperand(1));
      if (i->getIntrinsicID() == Intrinsic::scmp) {
        a.back() = ~a.back();
        b.back() = ~b.back();
      }
      const Bit less = g_.less(a, b);
      return resize({g_.or1(less, g_.less(b, a))}, w, less);
    }
    case Intrinsic::assume:
    case Intrinsic::lifetime_start:
    case Intrinsic::lifetime_end:
    case Intrinsic::experimental_noalias_scope_decl:
      return {};
    case Intrinsic::trap:
    case Intrinsic::ubsantrap:
      reject(*i, "a trap", "return a status: hardware cannot stop the program");
    default:
      reject(*i, "call to '" + i->getCalledFunction()->getName().str() + "' has no hardware form",
             "write it with integer operations");
  }
}

Bits Lower::lower_minmax(llvm::IntrinsicInst* i) {
  const ID id = i->getIntrinsicID();
  const Bits a = get(i->getOperand(0));
  const int w = static_cast<int>(a.size());
  if (id == Intrinsic::abs) return g_.mux(a.back(), g_.sub(constant_bits(w, 0), a), a);
  const Bits b = get(i->getOperand(1));
  Bits x = a, y = b;
  if (id == Intrinsic::smin || id == Intrinsic::smax) {
    x.back() = ~x.back();
    y.back() = ~y.back();
  }
  const Bit less = g_.less(x, y);
  const bool minimum = id == Intrinsic::umin || id == Intrinsic::smin;
  return minimum ? g_.mux(less, a, b) : g_.mux(less, b, a);
}

Bits Lower::lower_saturating(llvm::IntrinsicInst* i) {
  const ID id = i->getIntrinsicID();
  const Bits a = get(i->getOperand(0)), b = get(i->getOperand(1));
  const int w = static_cast<int>(a.size());
  if (id == Intrinsic::usub_sat) {
    return g_.mux(g_.less(a, b), constant_bits(w, 0), g_.sub(a, b));
  }
  if (id == Intrinsic::uadd_sat) {
    const Bits wide = g_.sum({resize(a, w + 1), resize(b, w + 1)}, w + 1);
    return g_.mux(wide.back(), Bits(a.size(), kOne), slice(wide, 0, w));
  }
  // Signed: one more bit; if the top two differ, the result is the bound of the true sign.
  const Bits x = resize(a, w + 1, a.back()), y = resize(b, w + 1, b.back());
  const Bits wide = id == Intrinsic::sadd_sat ? g_.sum({x, y}, w + 1) : g_.sub(x, y);
  const Bit sign = wide.back(), top = wide[static_cast<size_t>(w) - 1];
  Bits bound(a.size(), ~sign);
  bound.back() = sign;
  return g_.mux(g_.bit_xor({sign}, {top})[0], bound, slice(wide, 0, w));
}

Bits Lower::lower_funnel(llvm::IntrinsicInst* i) {
  const bool left = i->getIntrinsicID() == Intrinsic::fshl;
  const int w = width(i->getType());
  const Bits both = concat(get(i->getOperand(1)), get(i->getOperand(0)));
  if (const auto* c = llvm::dyn_cast<llvm::ConstantInt>(i->getOperand(2))) {
    const int s = static_cast<int>(c->getValue().urem(static_cast<uint64_t>(w)));
    return left ? slice(both, w - s, w) : slice(both, s, w);
  }
  int levels = 0;
  while ((1 << levels) < w) ++levels;
  if ((1 << levels) != w) {
    reject(*i, "rotation of a value of " + std::to_string(w) + " bits by a variable",
           "rotate values of 8, 16, 32, 64 ... bits");
  }
  const Bits amount = slice(get(i->getOperand(2)), 0, levels);
  return left ? slice(shift_variable(Shift::kLeft, both, amount), w, w)
              : slice(shift_variable(Shift::kRight, both, amount), 0, w);
}

Bits Lower::count_ones(const Bits& a, int width) {
  std::vector<Bits> terms;
  for (const Bit& b : a) terms.push_back({b});
  return g_.sum(std::move(terms), width);
}

// Number of zeros below the lowest one (all: the width), by halving.
Bits Lower::count_zeros(Bits a, int width) {
  int levels = 0;
  while ((size_t{1} << levels) < a.size()) ++levels;
  // Filled with ones beyond the top: if all of `a` is zero the count is then its width.
  a.resize(size_t{1} << levels, kOne);
  struct Part {
    Bits count;
    Bit none;
  };
  std::vector<Part> parts;
  for (const Bit& b : a) parts.push_back({{}, ~b});
  while (parts.size() > 1) {
    std::vector<Part> next;
    for (size_t k = 0; k < parts.size(); k += 2) {
      const Part &low = parts[k], &high = parts[k + 1];
      Bits count = g_.mux(low.none, high.count, low.count);
      count.push_back(low.none);
      next.push_back({count, g_.and1(low.none, high.none)});
    }
    parts = std::move(next);
  }
  Bits r = parts[0].count;
  // A full power of two with no one at all: the count is the width itself.
  r = g_.mux(parts[0].none, constant_bits(levels + 1, uint64_t{1} << levels),
             resize(r, levels + 1));
  return resize(r, width);
}

}  // namespace hlsc
