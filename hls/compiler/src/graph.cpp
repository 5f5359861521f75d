#include "graph.hpp"

#include <algorithm>

namespace hlsc {

namespace {

void append_key(std::string* key, const Bit& b) {
  const uint64_t k = b.key();
  key->append(reinterpret_cast<const char*>(&k), sizeof k);
}

std::string bit_key(Op op, std::initializer_list<Bit> bits) {
  std::string key(1, static_cast<char>(op));
  for (const Bit& b : bits) append_key(&key, b);
  return key;
}

std::string terms_key(const std::vector<Bit>& terms) {
  std::string key(1, static_cast<char>(Op::kXor));
  for (const Bit& b : terms) append_key(&key, b);
  return key;
}

constexpr size_t kMaxXorTerms = 2000;

}  // namespace

const char* op_name(Op op) {
  static const char* const kNames[] = {
      "input",      "and",        "or",       "xor",         "majority",      "mux",
      "sum",        "add",        "sub",      "equal",       "less",          "multiply",
      "table read", "state read", "register", "state write", "register write"};
  return kNames[static_cast<int>(op)];
}

bool is_bitwise(Op op) {
  return op == Op::kAnd || op == Op::kOr || op == Op::kXor || op == Op::kMajority || op == Op::kMux;
}

int Graph::add_node(Op op, int width, std::vector<Bits> in) {
  Node n;
  n.op = op;
  n.width = width;
  n.in = std::move(in);
  n.origin = origin_;
  nodes_.push_back(std::move(n));
  return size() - 1;
}

Bits Graph::outputs(int node) const {
  Bits r;
  for (int i = 0; i < this->node(node).width; ++i) r.push_back({node, i, false});
  return r;
}

int Graph::shared_node(Op op, int width, std::vector<Bits> in, int latency) {
  std::string key(1, static_cast<char>(op));
  key += std::to_string(width);
  for (const Bits& v : in) {
    key += '|';
    for (const Bit& b : v) append_key(&key, b);
  }
  auto [it, fresh] = node_cache_.try_emplace(key, 0);
  if (fresh) {
    it->second = add_node(op, width, std::move(in));
    node(it->second).latency = latency;
  }
  return it->second;
}

// AND of two bits where no node is needed; *done tells.
Bit Graph::simple_and(Bit a, Bit b, bool* done) const {
  *done = true;
  if (a == kZero || b == kZero || a == ~b) return kZero;
  if (a == kOne || a == b) return b;
  if (b == kOne) return a;
  *done = false;
  return kZero;
}

Bits Graph::and_or(Op op, const Bits& a, const Bits& b) {
  const bool is_or = op == Op::kOr;
  Bits result(a.size());
  struct Pending {
    Bits x, y;
    std::vector<size_t> position;
    std::vector<bool> inverted;
    std::vector<std::string> key;
  } pending[2];  // AND, OR
  std::unordered_map<std::string, std::pair<int, int>> fresh;
  for (size_t i = 0; i < a.size(); ++i) {
    bool inverted = is_or;
    Bit p = is_or ? ~a[i] : a[i];
    Bit q = is_or ? ~b[i] : b[i];
    bool done = false;
    const Bit simple = simple_and(p, q, &done);
    if (done) {
      result[i] = inverted ? ~simple : simple;
      continue;
    }
    int kind = 0;
    if (p.inverted && q.inverted) {  // ~x & ~y == ~(x | y)
      p = ~p;
      q = ~q;
      inverted = !inverted;
      kind = 1;
    }
    if (q < p) std::swap(p, q);
    std::string key = bit_key(kind ? Op::kOr : Op::kAnd, {p, q});
    const auto cached = bit_cache_.find(key);
    if (cached != bit_cache_.end()) {
      result[i] = inverted ? ~cached->second : cached->second;
      continue;
    }
    Pending& list = pending[kind];
    const auto place = fresh.find(key);
    if (place == fresh.end()) {
      fresh[key] = {kind, static_cast<int>(list.x.size())};
      list.x.push_back(p);
      list.y.push_back(q);
      list.key.push_back(key);
    }
    const auto where = fresh[key];
    result[i] = {-2 - where.first, where.second, inverted};
  }
  int made[2] = {-1, -1};
  for (int kind = 0; kind < 2; ++kind) {
    Pending& list = pending[kind];
    if (list.x.empty()) continue;
    const int width = static_cast<int>(list.x.size());
    made[kind] = add_node(kind ? Op::kOr : Op::kAnd, width, {list.x, list.y});
    for (int i = 0; i < width; ++i) {
      bit_cache_[list.key[static_cast<size_t>(i)]] = {made[kind], i, false};
    }
  }
  for (Bit& b2 : result) {
    if (b2.node <= -2) b2.node = made[-2 - b2.node];
  }
  return result;
}

Bits Graph::bit_and(const Bits& a, const Bits& b) { return and_or(Op::kAnd, a, b); }
Bits Graph::bit_or(const Bits& a, const Bits& b) { return and_or(Op::kOr, a, b); }

void Graph::flatten_xor(Bit b, std::vector<Bit>* terms, bool* inverted) const {
  if (b.inverted) *inverted = !*inverted;
  if (b.is_constant()) return;
  const Node& n = node(b.node);
  if (n.op == Op::kXor && n.in.size() < kMaxXorTerms && n.latency == 0) {
    for (const Bits& operand : n.in) {
      const Bit& t = operand[static_cast<size_t>(b.index)];
      if (t.inverted) *inverted = !*inverted;
      terms->push_back({t.node, t.index, false});
    }
    return;
  }
  terms->push_back({b.node, b.index, false});
}

// Keeps every bit as a flat sum over GF(2): linear hashes collapse, and trees are built later.
Bits Graph::bit_xor(const Bits& a, const Bits& b) {
  Bits result(a.size());
  struct Pending {
    std::vector<Bits> in;
    std::vector<std::string> key;
  };
  std::map<size_t, Pending> pending;  // by number of terms
  std::map<size_t, std::vector<std::pair<size_t, int>>> places;
  for (size_t i = 0; i < a.size(); ++i) {
    std::vector<Bit> all, terms;
    bool inverted = false;
    flatten_xor(a[i], &all, &inverted);
    flatten_xor(b[i], &all, &inverted);
    std::sort(all.begin(), all.end());
    for (const Bit& t : all) {
      if (!terms.empty() && terms.back() == t) {
        terms.pop_back();
      } else {
        terms.push_back(t);
      }
    }
    if (terms.size() <= 1) {
      const Bit r = terms.empty() ? kZero : terms[0];
      result[i] = inverted ? ~r : r;
      continue;
    }
    const std::string key = terms_key(terms);
    const auto cached = bit_cache_.find(key);
    if (cached != bit_cache_.end()) {
      result[i] = inverted ? ~cached->second : cached->second;
      continue;
    }
    Pending& list = pending[terms.size()];
    list.in.resize(terms.size());
    size_t at =
        static_cast<size_t>(std::find(list.key.begin(), list.key.end(), key) - list.key.begin());
    if (at == list.key.size()) {
      for (size_t k = 0; k < terms.size(); ++k) list.in[k].push_back(terms[k]);
      list.key.push_back(key);
    }
    places[terms.size()].push_back({i, static_cast<int>(at)});
    result[i].inverted = inverted;
  }
  for (auto& [count, list] : pending) {
    const int n = add_node(Op::kXor, static_cast<int>(list.key.size()), list.in);
    for (size_t i = 0; i < list.key.size(); ++i) {
      bit_cache_[list.key[i]] = {n, static_cast<int>(i), false};
    }
    for (const auto& [i, at] : places[count]) result[i] = {n, at, result[i].inverted};
  }
  return result;
}

// One node for all bits that have the same number of terms left.
Bits Graph::xor_many(const std::vector<Bits>& operands) {
  const size_t width = operands[0].size();
  Bits result(width);
  std::map<size_t, std::vector<std::pair<size_t, std::vector<Bit>>>> groups;
  for (size_t i = 0; i < width; ++i) {
    std::vector<Bit> terms;
    for (const Bits& v : operands) {
      if (v[i].inverted) result[i] = ~result[i];
      if (v[i].is_constant()) continue;
      const Bit t{v[i].node, v[i].index, false};
      const auto same = std::find(terms.begin(), terms.end(), t);
      if (same != terms.end()) {
        terms.erase(same);
      } else {
        terms.push_back(t);
      }
    }
    const bool inverted = result[i].inverted;
    if (terms.size() <= 1) {
      result[i] = terms.empty() ? kZero : terms[0];
      if (inverted) result[i] = ~result[i];
    } else {
      result[i] = {0, 0, inverted};
      groups[terms.size()].push_back({i, terms});
    }
  }
  for (const auto& [count, bits] : groups) {
    std::vector<Bits> in(count);
    for (const auto& [i, terms] : bits) {
      for (size_t k = 0; k < count; ++k) in[k].push_back(terms[k]);
    }
    const int n = shared_node(Op::kXor, static_cast<int>(bits.size()), in);
    for (size_t k = 0; k < bits.size(); ++k) {
      Bit& r = result[bits[k].first];
      r = {n, static_cast<int>(k), r.inverted};
    }
  }
  return result;
}

}  // namespace hlsc
