// Sums, adders and comparators of the optimized graph.
#include <algorithm>

#include "rebuilder.hpp"

namespace hlsc {

namespace {

constexpr int kFastBlock = 4;  // bits a block of a fast adder

}  // namespace

// LUT levels of an adder, subtractor or comparator whose operands are registers; the highest bit
// may be only the carry of the others.
int Rebuilder::depth_alone(Op op, int width, bool carry_out) {
  const auto [it, fresh] = alone_.try_emplace({op, carry_out ? -width : width}, 0);
  if (!fresh) return it->second;
  LutMapper m;
  Node node{op, op == Op::kLess ? 1 : width, {}, 0, -1, {}};
  node.in.resize(2);
  for (Bits& v : node.in) {
    for (int i = 0; i < width; ++i) v.push_back({i, 0, false});
    if (carry_out) v.back() = kZero;
  }
  for (LutMapper::Var v : m.expand(node, [&](const Bit&) { return m.leaf(0); })) {
    it->second = std::max(it->second, m.level(v));
  }
  return it->second;
}

// a + b + carry, in pieces that fit a stage.
Bits Rebuilder::build_add(const Bits& a, const Bits& b, Bit carry) {
  const int width = static_cast<int>(a.size());
  if (fast_ && width > kFastBlock) return build_fast_add(a, b, carry);
  const bool carry_out = a.back() == kZero && b.back() == kZero;
  const int chain = width + (carry.is_constant() ? 0 : 1);
  if (width > 2 && depth_alone(Op::kAdd, chain, carry_out) > target_) {
    const int low = (width + 1) / 2;
    const Bits first =
        build_add(resize(slice(a, 0, low), low + 1), resize(slice(b, 0, low), low + 1), carry);
    const Bits second = build_add(slice(a, low, width - low), slice(b, low, width - low),
                                  first[static_cast<size_t>(low)]);
    return concat(slice(first, 0, low), second);
  }
  if (carry == kZero) return d_.graph.add(a, b);
  if (carry == kOne) return d_.graph.sub(a, invert(b));  // a - ~b == a + b + 1
  return slice(d_.graph.add(concat({kOne}, a), concat({carry}, b)), 1, width);
}

// The carry into each block is a comparison of all bits below it (a tree that abc keeps), and
// selects between the block's sums with and without it.
Bits Rebuilder::build_fast_add(const Bits& a, const Bits& b, Bit carry) {
  Graph& g = d_.graph;
  const int width = static_cast<int>(a.size());
  Bits r;
  for (int low = 0; low < width; low += kFastBlock) {
    const int count = std::min(kFastBlock, width - low);
    const Bits x = slice(a, low, count), y = slice(b, low, count);
    const Bits below_a = concat({kOne}, slice(a, 0, low)),
               below_b = concat({carry}, slice(b, 0, low));
    const Bit in = low == 0 ? carry : g.less(invert(below_b), below_a);
    r = concat(r, g.mux(in, g.sub(x, invert(y)), g.add(x, y)));
  }
  return r;
}

Bits Rebuilder::build_sub(const Bits& a, const Bits& b) {
  const int width = static_cast<int>(a.size());
  const bool deep = width > 1 && depth_alone(Op::kSub, width, false) > target_;
  if (deep || (fast_ && width > kFastBlock)) return build_add(a, invert(b), kOne);
  return d_.graph.sub(a, b);
}

Bit Rebuilder::build_less(const Bits& a, const Bits& b) {
  const int width = static_cast<int>(a.size());
  if (width > 1 && depth_alone(Op::kLess, width, false) > target_) {
    const int low = width / 2, rest = width - low;
    const Bits ah = slice(a, low, rest), bh = slice(b, low, rest);
    const Bit lower = build_less(slice(a, 0, low), slice(b, 0, low));
    return d_.graph.or1(build_less(ah, bh), d_.graph.and1(d_.graph.equal(ah, bh), lower));
  }
  return d_.graph.less(a, b);
}

// Replaces `count` (3 to 6) operands by their carry-save form. The free lowest bit of a shifted
// carry takes one from the constant, if it has one.
void Rebuilder::compress(std::vector<Bits>* operands, size_t count, llvm::APInt* constant) {
  Graph& g = d_.graph;
  const int width = static_cast<int>((*operands)[0].size());
  auto shifted = [&](const Bits& v) {
    Bits r = slice(concat({kZero}, v), 0, width);
    if (constant && !constant->isZero()) {
      r[0] = kOne;
      *constant -= 1;
    }
    return r;
  };
  std::vector<Bits> v(operands->begin(), operands->begin() + static_cast<long>(count));
  operands->erase(operands->begin(), operands->begin() + static_cast<long>(count));
  const Bits s1 = g.xor_many({v[0], v[1], v[2]}), c1 = g.majority(v[0], v[1], v[2]);
  if (count == 3) {
    operands->push_back(s1);
    operands->push_back(shifted(c1));
    return;
  }
  v.resize(6, constant_bits(width, 0));
  const Bits s2 = g.xor_many({v[3], v[4], v[5]}), c2 = g.majority(v[3], v[4], v[5]);
  const Bits carry = g.bit_and(s1, s2);
  operands->push_back(g.xor_many({s1, s2}));
  operands->push_back(shifted(g.xor_many({c1, c2, carry})));
  operands->push_back(slice(concat({kZero, kZero}, g.majority(c1, c2, carry)), 0, width));
}

Bits Rebuilder::build_sum(std::vector<Bits> operands) {
  const int width = static_cast<int>(operands[0].size());
  llvm::APInt constant(static_cast<unsigned>(width), 0);
  std::vector<Bits> rest;
  for (const Bits& v : operands) {
    if (!all_constant(v)) {
      rest.push_back(v);
      continue;
    }
    llvm::APInt value(static_cast<unsigned>(width), 0);
    for (int i = 0; i < width; ++i) {
      if (v[static_cast<size_t>(i)] == kOne) value.setBit(static_cast<unsigned>(i));
    }
    constant += value;
  }
  // A small constant rides in the carries; any other one is an operand.
  const bool rides = !constant.isZero() && constant.ule(rest.size() >= 3 ? rest.size() / 3 : 0);
  llvm::APInt* riding = rides ? &constant : nullptr;
  if (!rides && !constant.isZero() && !(rest.size() == 2 && constant.isOne())) {
    rest.push_back(constant_bits(constant));
    constant = 0;
  }
  if (rest.empty()) return constant_bits(constant);
  auto earlier = [&](const Bits& a, const Bits& b) { return arrival(a) < arrival(b); };
  while (rest.size() > 2) {
    std::stable_sort(rest.begin(), rest.end(), earlier);
    compress(&rest, rest.size() >= 5 ? std::min<size_t>(6, rest.size()) : 3, riding);
  }
  if (rest.size() == 1) {
    return constant.isZero() ? rest[0] : build_add(rest[0], constant_bits(constant), kZero);
  }
  if (constant.isZero()) return build_add(rest[0], rest[1], kZero);
  if (constant.isOne()) return build_add(rest[0], rest[1], kOne);
  rest.push_back(constant_bits(constant));
  compress(&rest, 3, nullptr);
  return build_add(rest[0], rest[1], kZero);
}

}  // namespace hlsc
