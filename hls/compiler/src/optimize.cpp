#include "optimize.hpp"

#include <algorithm>

#include "rebuilder.hpp"

namespace hlsc {

namespace {

using Var = LutMapper::Var;

}  // namespace

void Rebuilder::run() {
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

void Rebuilder::count_uses() {
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
void Rebuilder::find_loops() {
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

Bit Rebuilder::rename(const Bit& b) const {
  if (b.is_constant()) return b;
  const Bit r = renamed_[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)];
  return b.inverted ? ~r : r;
}

Bits Rebuilder::rename(const Bits& v) const {
  Bits r;
  for (const Bit& b : v) r.push_back(rename(b));
  return r;
}

// Arrival times of all new nodes; a pipelined node's result is a stage's start.
void Rebuilder::map_new_nodes() {
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

int Rebuilder::mapped_level(const Bits& v) const {
  int level = 0;
  for (const Bit& b : v) {
    if (!b.is_constant()) level = std::max(level, mapper_.level(var(b)));
  }
  return level;
}

void Rebuilder::rebuild(int n) {
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

void Rebuilder::keep_node(int n, std::vector<Bits> in) {
  const Node& node = old_.node(n);
  const int fresh = d_.graph.add_node(node.op, node.width, std::move(in));
  d_.graph.node(fresh).latency = node.latency;
  d_.graph.node(fresh).resource = node.resource;
  set(n, d_.graph.outputs(fresh));
}

void Rebuilder::rebuild_bitwise(int n) {
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
void Rebuilder::collect_chain(Op op, const Bits& v, std::vector<Bits>* leaves) const {
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

Bits Rebuilder::build_xor(std::vector<Bits> v) {
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

void Rebuilder::rename_design() {
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
