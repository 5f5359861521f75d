#include "lut_mapper.hpp"

#include <algorithm>

namespace hlsc {

LutMapper::Var LutMapper::leaf(int level) {
  Entry e;
  e.level = level;
  vars_.push_back(e);
  return static_cast<Var>(vars_.size()) - 1;
}

LutMapper::Cut LutMapper::cut_of(Var v, int k) const {
  const Entry& e = vars_[static_cast<size_t>(v)];
  if (k < e.cuts) return e.cut[static_cast<size_t>(k)];
  Cut c;
  c.leaf[0] = v;
  c.size = 1;
  c.level = e.level + 1;
  return c;
}

bool LutMapper::merge(const Cut& a, const Cut& b, Cut* out) const {
  int i = 0, j = 0, n = 0;
  while (i < a.size || j < b.size) {
    int32_t v;
    if (j >= b.size ||
        (i < a.size && a.leaf[static_cast<size_t>(i)] < b.leaf[static_cast<size_t>(j)])) {
      v = a.leaf[static_cast<size_t>(i++)];
    } else {
      v = b.leaf[static_cast<size_t>(j)];
      if (i < a.size && a.leaf[static_cast<size_t>(i)] == v) ++i;
      ++j;
    }
    if (n == kInputs) return false;
    out->leaf[static_cast<size_t>(n++)] = v;
  }
  out->size = n;
  out->level = std::max(a.level, b.level);
  return true;
}

// Keeps the best kCuts by (level, size).
void LutMapper::insert(Entry* entry, const Cut& cut) const {
  auto worse = [](const Cut& a, const Cut& b) {
    return a.level != b.level ? a.level > b.level : a.size > b.size;
  };
  for (int k = 0; k < entry->cuts; ++k) {
    const Cut& c = entry->cut[static_cast<size_t>(k)];
    if (c.size == cut.size && std::equal(c.leaf.begin(), c.leaf.begin() + c.size, cut.leaf.begin()))
      return;
  }
  int at = entry->cuts;
  if (at == kCuts) {
    if (!worse(entry->cut[kCuts - 1], cut)) return;
    --at;
  } else {
    ++entry->cuts;
  }
  while (at > 0 && worse(entry->cut[static_cast<size_t>(at - 1)], cut)) {
    entry->cut[static_cast<size_t>(at)] = entry->cut[static_cast<size_t>(at - 1)];
    --at;
  }
  entry->cut[static_cast<size_t>(at)] = cut;
}

LutMapper::Var LutMapper::finish(Entry* entry) {
  entry->level = entry->cut[0].level;
  vars_.push_back(*entry);
  return static_cast<Var>(vars_.size()) - 1;
}

// A constant operand (a sum's bit that turned out constant) leaves the other one: its value does
// not matter here, as inversions between nodes are not tracked.
LutMapper::Var LutMapper::gate(Var a, Var b) {
  if (a == b || b < 0) return a;
  if (a < 0) return b;
  Entry e;
  for (int i = 0; i < cut_count(a); ++i) {
    const Cut ca = cut_of(a, i);
    for (int j = 0; j < cut_count(b); ++j) {
      Cut c;
      if (merge(ca, cut_of(b, j), &c)) insert(&e, c);
    }
  }
  return finish(&e);
}

LutMapper::Var LutMapper::gate(Var a, Var b, Var c) {
  if (a < 0 || a == b || a == c) return gate(b, c);
  if (b < 0 || b == c) return gate(a, c);
  if (c < 0) return gate(a, b);
  Entry e;
  for (int i = 0; i < cut_count(a); ++i) {
    const Cut ca = cut_of(a, i);
    for (int j = 0; j < cut_count(b); ++j) {
      Cut ab;
      if (!merge(ca, cut_of(b, j), &ab)) continue;
      for (int k = 0; k < cut_count(c); ++k) {
        Cut abc;
        if (merge(ab, cut_of(c, k), &abc)) insert(&e, abc);
      }
    }
  }
  return finish(&e);
}

LutMapper::Var LutMapper::and2(Var a, Var b) {
  if (a == kConst0 || b == kConst0) return kConst0;
  if (a == kConst1) return b;
  if (b == kConst1) return a;
  return gate(a, b);
}

LutMapper::Var LutMapper::or2(Var a, Var b) { return inverted(and2(inverted(a), inverted(b))); }

LutMapper::Var LutMapper::xor2(Var a, Var b) {
  if (a == kConst0) return b;
  if (b == kConst0) return a;
  if (a == kConst1) return inverted(b);
  if (b == kConst1) return inverted(a);
  return gate(a, b);
}

LutMapper::Var LutMapper::mux(Var s, Var a, Var b) {
  if (s == kConst0) return b;
  if (s == kConst1) return a;
  if (a < 0 || b < 0 || a == b || a == s || b == s) {
    if (a == b) return a;
    if (a < 0 && b < 0) return s;
    return gate(s, a < 0 || a == s ? b : a);
  }
  return gate(s, a, b);
}

LutMapper::Var LutMapper::majority(Var a, Var b, Var c) {
  if (a < 0) return a == kConst0 ? and2(b, c) : or2(b, c);
  if (b < 0) return majority(b, a, c);
  if (c < 0) return majority(c, a, b);
  return gate(a, b, c);
}

LutMapper::Var LutMapper::tree(std::vector<Var> vars, bool is_xor) {
  while (vars.size() > 1) {
    std::vector<Var> next;
    for (size_t i = 0; i + 1 < vars.size(); i += 2) {
      next.push_back(is_xor ? xor2(vars[i], vars[i + 1]) : and2(vars[i], vars[i + 1]));
    }
    if (vars.size() % 2) next.push_back(vars.back());
    vars = std::move(next);
  }
  return vars[0];
}

// Brent-Kung, as in Yosys' $lcu: carry[i] is the carry out of bit i.
std::vector<LutMapper::Var> LutMapper::prefix_carries(std::vector<Var> p, std::vector<Var> g,
                                                      Var carry_in) {
  const size_t width = p.size();
  g[0] = or2(g[0], and2(p[0], carry_in));
  size_t top = 1;
  while (top < width) top *= 2;
  auto combine = [&](size_t j, size_t k) {
    g[j] = or2(g[j], and2(p[j], g[k]));
    p[j] = and2(p[j], p[k]);
  };
  for (size_t step = 2; step <= top; step *= 2) {
    for (size_t j = step - 1; j < width; j += step) combine(j, j - step / 2);
  }
  for (size_t step = top; step >= 2; step /= 2) {
    for (size_t j = step + step / 2 - 1; j < width; j += step) combine(j, j - step / 2);
  }
  return g;
}

// Area recovery in abc turns any prefix adder back into a carry chain that gains a little more than
// two bits a level. The model is such a chain, two bits a level, with a block of three that has a
// group carry of its own every 14 bits. Fitted to the table in docs/hlsc.md.
constexpr size_t kGroupPeriod = 14;
constexpr size_t kGroupStart = 12;

std::vector<LutMapper::Var> LutMapper::ripple_carries(const std::vector<Var>& p,
                                                      const std::vector<Var>& g, Var carry_in) {
  std::vector<Var> carry;  // out of each bit
  const size_t width = p.size();
  auto step = [&](size_t i, Var c) { return or2(g[i], and2(p[i], c)); };
  Var c = carry_in;
  for (size_t i = 0; i < width;) {
    const Var start = c;
    const bool group = i % kGroupPeriod == kGroupStart && i + 2 < width;
    for (size_t k = 0; k < (group ? 3u : 2u) && i < width; ++k, ++i) {
      c = step(i, c);
      carry.push_back(c);
    }
    if (!group) continue;
    const size_t k = i - 3;
    if (g[k] == kConst0 && g[k + 1] == kConst0) continue;  // an increment is a plain chain
    const Var generate = or2(g[k + 1], and2(p[k + 1], g[k]));
    c = step(k + 2, or2(generate, and2(and2(p[k], p[k + 1]), start)));
    carry.back() = c;
  }
  return carry;
}

std::vector<LutMapper::Var> LutMapper::expand_add(const std::vector<Var>& a,
                                                  const std::vector<Var>& b, bool subtract) {
  std::vector<Var> p, g, y;
  for (size_t i = 0; i < a.size(); ++i) {
    const Var bi = subtract ? inverted(b[i]) : b[i];
    p.push_back(xor2(a[i], bi));
    g.push_back(and2(a[i], bi));
  }
  const Var carry_in = subtract ? kConst1 : kConst0;
  const std::vector<Var> carry = ripple_carries(p, g, carry_in);
  for (size_t i = 0; i < a.size(); ++i) {
    y.push_back(xor2(p[i], i ? carry[i - 1] : carry_in));
    // A carry that leaves the adder right behind a group takes a level more.
    const bool carry_out = p[i] == kConst0 && g[i] == kConst0;
    const bool behind_group =
        i > kGroupPeriod && i % kGroupPeriod == (kGroupStart + 4) % kGroupPeriod;
    if (carry_out && behind_group) y.back() = leaf(level(y.back()) + 1);
  }
  return y;
}

// The last LUT of a deep chain is full in what abc makes of it: nothing that follows fits in.
LutMapper::Var LutMapper::sealed(Var v) {
  constexpr int kDeepChain = 3;
  return level(v) >= kDeepChain ? leaf(level(v)) : v;
}

LutMapper::Var LutMapper::expand_less(const std::vector<Var>& a, const std::vector<Var>& b) {
  std::vector<Var> p, g;
  for (size_t i = 0; i < a.size(); ++i) {
    p.push_back(xor2(a[i], inverted(b[i])));
    g.push_back(and2(a[i], inverted(b[i])));
  }
  return prefix_carries(p, g, kConst1).back();
}

std::vector<LutMapper::Var> LutMapper::expand_words(const Node& node,
                                                    const std::vector<std::vector<Var>>& in) {
  std::vector<Var> r;
  const size_t width = static_cast<size_t>(node.width);
  switch (node.op) {
    case Op::kAnd:
      for (size_t i = 0; i < width; ++i) r.push_back(and2(in[0][i], in[1][i]));
      return r;
    case Op::kOr:
      for (size_t i = 0; i < width; ++i) r.push_back(or2(in[0][i], in[1][i]));
      return r;
    case Op::kXor:
      for (size_t i = 0; i < width; ++i) {
        std::vector<Var> terms;
        for (const auto& v : in) terms.push_back(v[i]);
        r.push_back(tree(terms, true));
      }
      return r;
    case Op::kMajority:
      for (size_t i = 0; i < width; ++i) r.push_back(majority(in[0][i], in[1][i], in[2][i]));
      return r;
    case Op::kMux:
      for (size_t i = 0; i < width; ++i) r.push_back(mux(in[0][0], in[1][i], in[2][i]));
      return r;
    case Op::kAdd:
    case Op::kSub:
      r = expand_add(in[0], in[1], node.op == Op::kSub);
      for (Var& v : r) v = sealed(v);
      return r;
    case Op::kLess:
      return {sealed(expand_less(in[0], in[1]))};
    case Op::kEqual: {
      std::vector<Var> same;
      for (size_t i = 0; i < in[0].size(); ++i) same.push_back(xor2(in[0][i], in[1][i]));
      return {tree(same, false)};
    }
    case Op::kStateWrite:
    case Op::kRegWrite: {  // enable only with a valid packet; a register keeps its old value
      const Var enable = and2(in[1][0], leaf(0));
      r.push_back(enable);
      for (Var v : in[0]) r.push_back(node.op == Op::kRegWrite ? mux(enable, v, leaf(0)) : v);
      return r;
    }
    default:
      return r;
  }
}

}  // namespace hlsc
