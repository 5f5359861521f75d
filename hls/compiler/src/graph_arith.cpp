// The graph's constructors for selection, arithmetic and comparison, and helpers on bit vectors.
#include <algorithm>

#include "graph.hpp"

namespace hlsc {

namespace {

std::string mux_key(Op op, Bit s, Bit a, Bit b) {
  std::string key(1, static_cast<char>(op));
  for (const Bit& x : {s, a, b}) {
    const uint64_t k = x.key();
    key.append(reinterpret_cast<const char*>(&k), sizeof k);
  }
  return key;
}

}  // namespace

Bits Graph::mux(Bit select, const Bits& when_true, const Bits& when_false) {
  if (select == kOne) return when_true;
  if (select == kZero) return when_false;
  if (select.inverted) return mux(~select, when_false, when_true);
  const size_t width = when_true.size();
  Bits result(width);
  enum Kind { kAndTrue, kOrTrue, kAndNot, kOrNot, kXorSelect, kKinds };
  std::vector<size_t> by_kind[kKinds];
  Bits x, y;
  std::vector<std::string> keys;
  std::unordered_map<std::string, int> fresh;
  std::vector<std::pair<size_t, int>> places;
  for (size_t i = 0; i < width; ++i) {
    Bit a = when_true[i], b = when_false[i];
    if (a.same_wire(select)) a = a.inverted ? kZero : kOne;
    if (b.same_wire(select)) b = b.inverted ? kOne : kZero;
    if (a == b) {
      result[i] = a;
    } else if (a.is_constant() && b.is_constant()) {
      result[i] = a == kOne ? select : ~select;
    } else if (b == kZero) {
      by_kind[kAndTrue].push_back(i);
    } else if (a == kOne) {
      by_kind[kOrTrue].push_back(i);
    } else if (a == kZero) {
      by_kind[kAndNot].push_back(i);
    } else if (b == kOne) {
      by_kind[kOrNot].push_back(i);
    } else if (a == ~b) {
      by_kind[kXorSelect].push_back(i);
    } else {
      const bool inverted = a.inverted;
      if (inverted) {
        a = ~a;
        b = ~b;
      }
      const std::string key = mux_key(Op::kMux, select, a, b);
      const auto cached = bit_cache_.find(key);
      if (cached != bit_cache_.end()) {
        result[i] = inverted ? ~cached->second : cached->second;
        continue;
      }
      auto [place, added] = fresh.try_emplace(key, static_cast<int>(x.size()));
      if (added) {
        x.push_back(a);
        y.push_back(b);
        keys.push_back(key);
      }
      places.push_back({i, place->second});
      result[i].inverted = inverted;
    }
  }
  if (!x.empty()) {
    const int n = add_node(Op::kMux, static_cast<int>(x.size()), {{select}, x, y});
    for (size_t k = 0; k < keys.size(); ++k) bit_cache_[keys[k]] = {n, static_cast<int>(k), false};
    for (const auto& [i, k] : places) result[i] = {n, k, result[i].inverted};
  }
  for (int kind = 0; kind < kKinds; ++kind) {
    const std::vector<size_t>& positions = by_kind[kind];
    if (positions.empty()) continue;
    Bits s(positions.size(), kind == kAndNot || kind == kOrNot ? ~select : select), v, r;
    const bool use_true = kind == kAndTrue || kind == kOrNot;
    for (size_t i : positions) v.push_back(use_true ? when_true[i] : when_false[i]);
    if (kind == kAndTrue || kind == kAndNot) r = bit_and(s, v);
    if (kind == kOrTrue || kind == kOrNot) r = bit_or(s, v);
    if (kind == kXorSelect) r = bit_xor(s, v);  // s ? ~b : b
    for (size_t k = 0; k < positions.size(); ++k) result[positions[k]] = r[k];
  }
  return result;
}

// Carry of a full adder. Bits with a constant operand become AND or OR, grouped by operand.
Bits Graph::majority(const Bits& a, const Bits& b, const Bits& c) {
  const size_t width = a.size();
  Bits result(width);
  Bits in[3], pairs[2][2];
  std::vector<size_t> full, by_pair[2];
  for (size_t i = 0; i < width; ++i) {
    Bit t[3] = {a[i], b[i], c[i]};
    std::sort(t, t + 3);  // constants first
    if (t[0] == t[1] || t[1] == t[2]) {
      result[i] = t[1];
    } else if (t[0] == ~t[1]) {
      result[i] = t[2];
    } else if (t[1] == ~t[2]) {
      result[i] = t[0];
    } else if (t[0].is_constant()) {
      const int kind = t[0] == kOne;
      pairs[kind][0].push_back(t[1]);
      pairs[kind][1].push_back(t[2]);
      by_pair[kind].push_back(i);
    } else {
      for (int k = 0; k < 3; ++k) in[k].push_back(t[k]);
      full.push_back(i);
    }
  }
  for (int kind = 0; kind < 2; ++kind) {
    if (by_pair[kind].empty()) continue;
    const Bits r = kind ? bit_or(pairs[1][0], pairs[1][1]) : bit_and(pairs[0][0], pairs[0][1]);
    for (size_t k = 0; k < r.size(); ++k) result[by_pair[kind][k]] = r[k];
  }
  if (!full.empty()) {
    const int n = shared_node(Op::kMajority, static_cast<int>(full.size()), {in[0], in[1], in[2]});
    for (size_t k = 0; k < full.size(); ++k) result[full[k]] = {n, static_cast<int>(k), false};
  }
  return result;
}

Bits Graph::sum(std::vector<Bits> operands, int width) {
  std::vector<Bits> rest;
  llvm::APInt total(static_cast<unsigned>(width), 0);
  for (Bits& v : operands) {
    v = resize(std::move(v), width);
    if (!all_constant(v)) {
      rest.push_back(std::move(v));
      continue;
    }
    llvm::APInt value(static_cast<unsigned>(width), 0);
    for (int i = 0; i < width; ++i) {
      if (v[static_cast<size_t>(i)] == kOne) value.setBit(static_cast<unsigned>(i));
    }
    total += value;
  }
  if (!total.isZero() || rest.empty()) rest.push_back(constant_bits(total));
  if (rest.size() == 1) return rest[0];
  std::sort(rest.begin(), rest.end());
  return sum_segments(rest);
}

// Cuts the sum where no carry can cross: fields joined by additions are only wires.
Bits Graph::sum_segments(const std::vector<Bits>& operands) {
  const int width = static_cast<int>(operands[0].size());
  Bits result;
  int low = 0, carry = 0;
  bool wires = true;  // at most one operand in every column so far
  Bits lone;
  for (int i = 0; i < width; ++i) {
    int count = 0;
    Bit bit = kZero;
    for (const Bits& v : operands) {
      if (v[static_cast<size_t>(i)] == kZero) continue;
      ++count;
      bit = v[static_cast<size_t>(i)];
    }
    lone.push_back(bit);
    wires = wires && count <= 1;
    carry = (count + carry) / 2;
    if (carry > 0 && i + 1 < width) continue;
    result = concat(result, wires ? lone : sum_node(operands, low, i + 1 - low));
    low = i + 1;
    wires = true;
    lone.clear();
  }
  return result;
}

Bits Graph::sum_node(const std::vector<Bits>& operands, int low, int width) {
  std::vector<Bits> in;
  for (const Bits& v : operands) {
    Bits part = slice(v, low, width);
    if (significant_bits(part) > 0) in.push_back(std::move(part));
  }
  if (in.size() == 1) return in[0];
  if (in.size() == 2) return add(in[0], in[1]);
  return outputs(shared_node(Op::kSum, width, std::move(in)));
}

Bits Graph::add(const Bits& a, const Bits& b) {
  const int width = static_cast<int>(a.size());
  int low = 0;
  Bits r;
  while (low < width &&
         (a[static_cast<size_t>(low)] == kZero || b[static_cast<size_t>(low)] == kZero)) {
    const size_t i = static_cast<size_t>(low++);
    r.push_back(a[i] == kZero ? b[i] : a[i]);
  }
  const int high = std::min(width, std::max(significant_bits(a), significant_bits(b)) + 1);
  if (significant_bits(a) <= low) return concat(r, slice(b, low, width - low));
  if (significant_bits(b) <= low) return concat(r, slice(a, low, width - low));
  Bits x = slice(a, low, high - low), y = slice(b, low, high - low);
  if (y < x) std::swap(x, y);
  return resize(concat(r, outputs(shared_node(Op::kAdd, high - low, {x, y}))), width);
}

Bits Graph::sub(const Bits& a, const Bits& b) {
  const int width = static_cast<int>(a.size());
  int low = 0;
  while (low < width && b[static_cast<size_t>(low)] == kZero) ++low;
  if (low == width) return a;
  if (a == b) return constant_bits(width, 0);
  const Bits difference = outputs(
      shared_node(Op::kSub, width - low, {slice(a, low, width - low), slice(b, low, width - low)}));
  return concat(slice(a, 0, low), difference);
}

Bits Graph::multiply(const Bits& a, const Bits& b, int latency) {
  const int width = static_cast<int>(a.size());
  const int wa = significant_bits(a), wb = significant_bits(b);
  if (wa == 0 || wb == 0) return constant_bits(width, 0);
  const int product = std::min(width, wa + wb);
  const int n = shared_node(Op::kMultiply, product, {slice(a, 0, wa), slice(b, 0, wb)}, latency);
  return resize(outputs(n), width);
}

Bit Graph::equal(const Bits& a, const Bits& b) {
  Bits x, y;
  for (size_t i = 0; i < a.size(); ++i) {
    Bit p = a[i], q = b[i];
    if (p == q) continue;
    if (p == ~q) return kZero;
    if (p.is_constant()) std::swap(p, q);
    if (p.inverted) {
      p = ~p;
      q = ~q;
    }
    x.push_back(p);
    y.push_back(q);
  }
  if (x.empty()) return kOne;
  if (x.size() == 1) return y[0].is_constant() ? (y[0] == kOne ? x[0] : ~x[0]) : ~bit_xor(x, y)[0];
  return {shared_node(Op::kEqual, 1, {x, y}), 0, false};
}

Bit Graph::less(Bits a, Bits b) {
  int high = std::max(significant_bits(a), significant_bits(b));
  while (high > 0 && a[static_cast<size_t>(high - 1)] == b[static_cast<size_t>(high - 1)]) --high;
  a.resize(static_cast<size_t>(high));
  b.resize(static_cast<size_t>(high));
  const int top = significant_bits(b);
  if (high == 0 || top == 0) return kZero;
  if (all_constant(a) && all_constant(b)) {
    for (int i = high - 1; i >= 0; --i) {
      const size_t k = static_cast<size_t>(i);
      if (a[k] != b[k]) return b[k];
    }
    return kZero;
  }
  if (all_constant(a) && significant_bits(a) == 0) return ~equal(b, constant_bits(high, 0));
  if (all_constant(b)) {
    int low = 0;
    while (b[static_cast<size_t>(low)] == kZero) ++low;
    if (top == low + 1) {  // x < 2^low
      const Bits rest = slice(a, low, high - low);
      return equal(rest, constant_bits(high - low, 0));
    }
    a.erase(a.begin(), a.begin() + low);  // low zero bits of the bound never decide
    b.erase(b.begin(), b.begin() + low);
    if (all_constant(a)) return less(a, b);
  }
  high = static_cast<int>(a.size());
  const Bits ones(a.size(), kOne);
  if (a == ones) return kZero;
  if (b == ones) return ~equal(a, b);
  // Bits above the shorter operand only need to be zero or not.
  const int shorter = std::min(significant_bits(a), significant_bits(b));
  if (shorter < high && shorter > 0) {
    const Bits& tall = significant_bits(a) == high ? a : b;
    const Bit zero = equal(slice(tall, shorter, high - shorter), constant_bits(high - shorter, 0));
    const Bit low = less(slice(a, 0, shorter), slice(b, 0, shorter));
    return significant_bits(b) == high ? or1(~zero, low) : and1(zero, low);
  }
  return {shared_node(Op::kLess, 1, {a, b}), 0, false};
}

Bits constant_bits(const llvm::APInt& value) {
  Bits r;
  for (unsigned i = 0; i < value.getBitWidth(); ++i) r.push_back(value[i] ? kOne : kZero);
  return r;
}

Bits constant_bits(int width, uint64_t value) {
  Bits r;
  for (int i = 0; i < width; ++i) r.push_back(i < 64 && ((value >> i) & 1) ? kOne : kZero);
  return r;
}

Bits invert(Bits a) {
  for (Bit& b : a) b = ~b;
  return a;
}

Bits resize(Bits a, int width, Bit fill) {
  a.resize(static_cast<size_t>(width), fill);
  return a;
}

Bits slice(const Bits& a, int low, int width) {
  Bits r;
  for (int i = low; i < low + width; ++i) {
    r.push_back(i < static_cast<int>(a.size()) ? a[static_cast<size_t>(i)] : kZero);
  }
  return r;
}

Bits concat(Bits low, const Bits& high) {
  low.insert(low.end(), high.begin(), high.end());
  return low;
}

int significant_bits(const Bits& a) {
  size_t i = a.size();
  while (i > 0 && a[i - 1] == kZero) --i;
  return static_cast<int>(i);
}

bool all_constant(const Bits& a) {
  return std::all_of(a.begin(), a.end(), [](const Bit& b) { return b.is_constant(); });
}

}  // namespace hlsc
