#include "optimize.hpp"

#include <algorithm>

#include "lut_mapper.hpp"

namespace hlsc {

namespace {

using Var = LutMapper::Var;

constexpr int kFastBlock = 4;  // bits a block of a fast adder

class Rebuilder {
 public:
  Rebuilder(Design* design, int target) : d_(*design), target_(target), live_(live_bits(*design)) {
    std::swap(old_, d_.graph);
  }

  void run() {
    count_uses();
    find_loops();
    renamed_.resize(static_cast<size_t>(old_.size()));
    for (int n = 0; n < old_.size(); ++n) {
      const std::vector<char>& live = live_[static_cast<size_t>(n)];
      const bool any = std::find(live.begin(), live.end(), 1) != live.end();
      renamed_[static_cast<size_t>(n)].assign(live.size(), kZero);
      if (!any && old_.node(n).op != Op::kInput) continue;
      d_.graph.set_origin(old_.node(n).origin);
      rebuild(n);
      map_new_nodes();
    }
    rename_design();
  }

 private:
  const Node& old_node(int n) const { return old_.node(n); }

  void count_uses() {
    uses_.resize(static_cast<size_t>(old_.size()));
    for (int n = 0; n < old_.size(); ++n) {
      uses_[static_cast<size_t>(n)].assign(static_cast<size_t>(old_.node(n).width), 0);
    }
    auto count = [&](const Bit& b) {
      if (!b.is_constant()) ++uses_[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)];
    };
    for (int n = 0; n < old_.size(); ++n) {
      for_each_use(old_, n, live_[static_cast<size_t>(n)], count);
    }
    for (const Bits& out : d_.output) std::for_each(out.begin(), out.end(), count);
    std::for_each(d_.result.begin(), d_.result.end(), count);
  }

  // Nodes on the way from a state's read to its write must fit one stage: fast adders there.
  void find_loops() {
    in_loop_.assign(static_cast<size_t>(old_.size()), false);
    auto loop = [&](int read, int write) {
      if (write < 0) return;
      std::vector<bool> after(static_cast<size_t>(old_.size()), false), before = after;
      after[static_cast<size_t>(read)] = before[static_cast<size_t>(write)] = true;
      auto forward = [&](size_t from, size_t to) { after[to] = after[to] || after[from]; };
      auto backward = [&](size_t from, size_t to) { before[from] = before[from] || before[to]; };
      for_each_edge(forward, false);
      for_each_edge(backward, true);
      for (size_t n = 0; n < in_loop_.size(); ++n) {
        if (after[n] && before[n]) in_loop_[n] = true;
      }
    };
    for (const StateAccess& s : d_.states) loop(s.read, s.write);
    for (const StaticRegister& r : d_.registers) loop(r.read, r.write);
  }
  template <typename Edge>
  void for_each_edge(Edge edge, bool backwards) {
    for (int k = 0; k < old_.size(); ++k) {
      const int n = backwards ? old_.size() - 1 - k : k;
      for_each_use(old_, n, live_[static_cast<size_t>(n)], [&](const Bit& b) {
        if (!b.is_constant()) edge(static_cast<size_t>(b.node), static_cast<size_t>(n));
      });
    }
  }

  Bit rename(const Bit& b) const {
    if (b.is_constant()) return b;
    const Bit r = renamed_[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)];
    return b.inverted ? ~r : r;
  }
  Bits rename(const Bits& v) const {
    Bits r;
    for (const Bit& b : v) r.push_back(rename(b));
    return r;
  }

  // Arrival times of all new nodes; a pipelined node's result is a stage's start.
  void map_new_nodes() {
    for (int n = static_cast<int>(vars_.size()); n < d_.graph.size(); ++n) {
      const Node& node = d_.graph.node(n);
      std::vector<Var> v;
      if (node.op == Op::kInput || node.op == Op::kRegister) {
        v.assign(static_cast<size_t>(node.width), mapper_.leaf(0));
        for (Var& x : v) x = mapper_.leaf(0);
      } else if (node.latency > 0) {
        int level = 0;
        for (const Bits& operand : node.in) level = std::max(level, mapped_level(operand));
        const int stage = (level + target_ - 1) / target_ + node.latency;
        for (int i = 0; i < node.width; ++i) v.push_back(mapper_.leaf(stage * target_));
      } else {
        v = mapper_.expand(node, [&](const Bit& b) { return var(b); });
        v.resize(static_cast<size_t>(node.width), LutMapper::kConst0);
      }
      vars_.push_back(std::move(v));
    }
  }
  Var var(const Bit& b) const {
    return vars_[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)];
  }
  int arrival(const Bits& v) {
    map_new_nodes();
    return mapped_level(v);
  }
  int mapped_level(const Bits& v) const {
    int level = 0;
    for (const Bit& b : v) {
      if (!b.is_constant()) level = std::max(level, mapper_.level(var(b)));
    }
    return level;
  }

  void set(int n, const Bits& value) { renamed_[static_cast<size_t>(n)] = value; }

  void rebuild(int n) {
    const Node& node = old_.node(n);
    if (is_bitwise(node.op)) {
      rebuild_bitwise(n);
      return;
    }
    std::vector<Bits> in;
    for (const Bits& v : node.in) in.push_back(rename(v));
    const std::vector<char>& live = live_[static_cast<size_t>(n)];
    int top = 0;
    for (int i = 0; i < node.width; ++i) {
      if (live[static_cast<size_t>(i)]) top = i + 1;
    }
    Bits r;
    fast_ = in_loop_[static_cast<size_t>(n)];
    switch (node.op) {
      case Op::kSum:
        for (Bits& v : in) v.resize(static_cast<size_t>(top));
        r = build_sum(std::move(in));
        break;
      case Op::kAdd:
        r = build_add(slice(in[0], 0, top), slice(in[1], 0, top), kZero);
        break;
      case Op::kSub:
        r = build_sub(slice(in[0], 0, top), slice(in[1], 0, top));
        break;
      case Op::kLess:
        r = {build_less(in[0], in[1])};
        break;
      case Op::kEqual:
        r = {d_.graph.equal(in[0], in[1])};
        break;
      case Op::kMultiply:
        r = d_.graph.multiply(resize(in[0], node.width), resize(in[1], node.width), node.latency);
        break;
      default:
        keep_node(n, std::move(in));
        return;
    }
    set(n, resize(r, node.width));
  }

  void keep_node(int n, std::vector<Bits> in) {
    const Node& node = old_.node(n);
    const int fresh = d_.graph.add_node(node.op, node.width, std::move(in));
    d_.graph.node(fresh).latency = node.latency;
    d_.graph.node(fresh).resource = node.resource;
    set(n, d_.graph.outputs(fresh));
  }

  void rebuild_bitwise(int n) {
    const Node& node = old_.node(n);
    std::vector<size_t> keep;
    for (int i = 0; i < node.width; ++i) {
      if (live_[static_cast<size_t>(n)][static_cast<size_t>(i)])
        keep.push_back(static_cast<size_t>(i));
    }
    auto kept = [&](const Bits& v) {
      Bits r;
      for (size_t i : keep) r.push_back(v[i]);
      return r;
    };
    Bits r;
    if (node.op == Op::kAnd || node.op == Op::kOr) {
      std::vector<Bits> leaves;
      collect_chain(node.op, kept(node.in[0]), &leaves);
      collect_chain(node.op, kept(node.in[1]), &leaves);
      for (Bits& v : leaves) v = rename(v);
      r = build_tree(std::move(leaves), [&](const Bits& a, const Bits& b) {
        return node.op == Op::kAnd ? d_.graph.bit_and(a, b) : d_.graph.bit_or(a, b);
      });
    } else if (node.op == Op::kMux) {
      r = d_.graph.mux(rename(node.in[0])[0], rename(kept(node.in[1])), rename(kept(node.in[2])));
    } else if (node.op == Op::kMajority) {
      r = d_.graph.majority(rename(kept(node.in[0])), rename(kept(node.in[1])),
                            rename(kept(node.in[2])));
    } else {
      std::vector<Bits> in;
      for (const Bits& v : node.in) in.push_back(rename(kept(v)));
      r = build_xor(std::move(in));
    }
    Bits& result = renamed_[static_cast<size_t>(n)];
    for (size_t k = 0; k < keep.size(); ++k) result[keep[k]] = r[k];
  }

  // Operands of a chain of one operation whose inner results are used nowhere else.
  void collect_chain(Op op, const Bits& v, std::vector<Bits>* leaves) const {
    bool inner = !v[0].is_constant();
    const bool inverted = v[0].inverted;
    const Op want = inverted ? (op == Op::kAnd ? Op::kOr : Op::kAnd) : op;
    for (const Bit& b : v) {
      inner = inner && b.node == v[0].node && b.inverted == inverted;
      inner = inner && uses_[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)] == 1;
    }
    if (!inner || old_.node(v[0].node).op != want) {
      leaves->push_back(v);
      return;
    }
    for (const Bits& operand : old_.node(v[0].node).in) {
      Bits part;
      for (const Bit& b : v) {
        const Bit o = operand[static_cast<size_t>(b.index)];
        part.push_back(inverted ? ~o : o);
      }
      collect_chain(op, part, leaves);
    }
  }

  // Combines the two earliest operands until one is left.
  template <typename Combine>
  Bits build_tree(std::vector<Bits> v, Combine combine) {
    std::vector<std::pair<std::pair<int, int>, Bits>> work;
    for (Bits& b : v) {
      const int level = arrival(b);
      work.push_back({{level, 1}, std::move(b)});
    }
    auto earlier = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(work.begin(), work.end(), earlier);
    while (work.size() > 1) {
      Bits r = combine(work[0].second, work[1].second);
      const int size = work[0].first.second + work[1].first.second;
      work.erase(work.begin(), work.begin() + 2);
      const std::pair<std::pair<int, int>, Bits> item{{arrival(r), size}, std::move(r)};
      work.insert(std::upper_bound(work.begin(), work.end(), item, earlier), item);
    }
    return work[0].second;
  }

  Bits build_xor(std::vector<Bits> v) {
    while (v.size() > 6) {
      auto earlier = [](const std::pair<int, Bits>& a, const std::pair<int, Bits>& b) {
        return a.first < b.first;
      };
      std::vector<std::pair<int, Bits>> work;
      for (Bits& b : v) {
        const int level = arrival(b);
        work.push_back({level, std::move(b)});
      }
      std::stable_sort(work.begin(), work.end(), earlier);
      // The first group takes what later groups of six leave over.
      const size_t left = (work.size() - 1) % 5;
      const size_t count = left == 0 ? 6 : left + 1;
      std::vector<Bits> group;
      for (size_t k = 0; k < count; ++k) group.push_back(work[k].second);
      v = {d_.graph.xor_many(group)};
      for (size_t k = count; k < work.size(); ++k) v.push_back(std::move(work[k].second));
    }
    return d_.graph.xor_many(v);
  }

  Bits build_sum(std::vector<Bits> operands);
  void compress(std::vector<Bits>* operands, size_t count, llvm::APInt* constant);
  Bits build_add(const Bits& a, const Bits& b, Bit carry);
  Bits build_sub(const Bits& a, const Bits& b);
  Bits build_fast_add(const Bits& a, const Bits& b, Bit carry);
  Bit build_less(const Bits& a, const Bits& b);
  int depth_alone(Op op, int width);

  void rename_design() {
    for (Bits& out : d_.output) out = rename(out);
    d_.result = rename(d_.result);
    auto rename_node = [&](int n) {
      if (n < 0) return -1;
      for (const Bit& b : renamed_[static_cast<size_t>(n)]) {
        if (!b.is_constant()) return b.node;
      }
      return -1;
    };
    for (int& n : d_.input_node) n = rename_node(n);
    for (TablePort& p : d_.ports) p.node = rename_node(p.node);
    for (StateAccess& s : d_.states) s = {s.parameter, rename_node(s.read), rename_node(s.write)};
    for (StaticRegister& r : d_.registers) {
      r.read = rename_node(r.read);
      r.write = rename_node(r.write);
    }
  }

  Design& d_;
  int target_;
  Graph old_;
  std::vector<std::vector<char>> live_;
  std::vector<std::vector<int>> uses_;
  std::vector<bool> in_loop_;
  bool fast_ = false;  // the node being rebuilt is in an update loop
  std::vector<Bits> renamed_;
  LutMapper mapper_;
  std::vector<std::vector<Var>> vars_;
  std::map<std::pair<Op, int>, int> alone_;
};

// LUT levels of an adder, subtractor or comparator whose operands are registers.
int Rebuilder::depth_alone(Op op, int width) {
  const auto [it, fresh] = alone_.try_emplace({op, width}, 0);
  if (!fresh) return it->second;
  LutMapper m;
  Node node{op, op == Op::kLess ? 1 : width, {}, 0, -1, {}};
  node.in.resize(2);
  for (Bits& v : node.in) {
    for (int i = 0; i < width; ++i) v.push_back({i, 0, false});
  }
  for (Var v : m.expand(node, [&](const Bit&) { return m.leaf(0); })) {
    it->second = std::max(it->second, m.level(v));
  }
  return it->second;
}

// a + b + carry, in pieces that fit a stage.
Bits Rebuilder::build_add(const Bits& a, const Bits& b, Bit carry) {
  const int width = static_cast<int>(a.size());
  if (fast_ && width > kFastBlock) return build_fast_add(a, b, carry);
  if (width > 1 && depth_alone(Op::kAdd, width) > target_) {
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
  const bool deep = width > 1 && depth_alone(Op::kSub, width) > target_;
  if (deep || (fast_ && width > kFastBlock)) return build_add(a, invert(b), kOne);
  return d_.graph.sub(a, b);
}

Bit Rebuilder::build_less(const Bits& a, const Bits& b) {
  const int width = static_cast<int>(a.size());
  if (width > 1 && depth_alone(Op::kLess, width) > target_) {
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

}  // namespace

std::vector<std::vector<char>> live_bits(const Design& design) {
  const Graph& g = design.graph;
  std::vector<std::vector<char>> live(static_cast<size_t>(g.size()));
  for (int n = 0; n < g.size(); ++n) {
    live[static_cast<size_t>(n)].assign(static_cast<size_t>(g.node(n).width), 0);
  }
  auto mark = [&](const Bit& b) {
    if (!b.is_constant()) live[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)] = 1;
  };
  for (const Bits& out : design.output) std::for_each(out.begin(), out.end(), mark);
  std::for_each(design.result.begin(), design.result.end(), mark);
  for (int n = g.size() - 1; n >= 0; --n) {
    const Op op = g.node(n).op;
    if (op == Op::kStateWrite || op == Op::kRegWrite) live[static_cast<size_t>(n)][0] = 1;
    for_each_use(g, n, live[static_cast<size_t>(n)], mark);
  }
  return live;
}

void optimize(Design* design, int target_levels) { Rebuilder(design, target_levels).run(); }

}  // namespace hlsc
