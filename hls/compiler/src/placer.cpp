#include "placer.hpp"

#include <algorithm>

#include "optimize.hpp"

namespace hlsc {

namespace {

using Var = LutMapper::Var;
constexpr Var kNoVar = -3;

}  // namespace

Placer::Placer(const Design& design, int target, Schedule* schedule)
    : d_(design), g_(design.graph), target_(target), s_(*schedule) {
  s_.live = live_bits(design);
  find_stable();
}

void Placer::find_stable() {
  s_.stable.assign(static_cast<size_t>(g_.size()), 0);
  for (int n = 0; n < g_.size(); ++n) {
    const Node& node = g_.node(n);
    char& stable = s_.stable[static_cast<size_t>(n)];
    if (node.op == Op::kInput) {
      stable = static_cast<char>(d_.parameters[static_cast<size_t>(node.resource)].stable);
      continue;
    }
    if (node.latency > 0 || node.op == Op::kRegister || node.op == Op::kStateWrite ||
        node.op == Op::kRegWrite) {
      continue;
    }
    stable = 1;
    for (const Bits& v : node.in) {
      for (const Bit& b : v) {
        if (!b.is_constant() && !s_.stable[static_cast<size_t>(b.node)]) stable = 0;
      }
    }
  }
}

void Placer::reset() {
  mapper_ = LutMapper();
  vars_.assign(static_cast<size_t>(g_.size()), {});
  leaves_.assign(static_cast<size_t>(g_.size()), {});
}

Var Placer::register_leaf(const Bit& b) {
  std::vector<Var>& leaves = leaves_[static_cast<size_t>(b.node)];
  if (leaves.empty()) leaves.assign(static_cast<size_t>(g_.node(b.node).width), kNoVar);
  Var& v = leaves[static_cast<size_t>(b.index)];
  if (v == kNoVar) v = mapper_.leaf(0);
  return v;
}

// Every value computed from stable inputs alone has a register of its own and is read from there.
Var Placer::operand(const Bit& b, int stage) {
  const size_t n = static_cast<size_t>(b.node);
  const bool same = !s_.stable[n] && s_.available(g_.node(b.node), b.node) == stage;
  if (!same || vars_[n].empty()) return register_leaf(b);
  return vars_[n][static_cast<size_t>(b.index)];
}

// Stage in which all operands of the node can be read.
int Placer::earliest(int n) const {
  int stage = 0;
  for_each_use(g_, n, s_.live[static_cast<size_t>(n)], [&](const Bit& b) {
    if (b.is_constant() || s_.stable[static_cast<size_t>(b.node)]) return;
    stage = std::max(stage, s_.available(g_.node(b.node), b.node));
  });
  return stage;
}

int Placer::map_node(int n, int stage) {
  const Node& node = g_.node(n);
  std::vector<Var>& v = vars_[static_cast<size_t>(n)];
  int level = 0;
  if (node.op == Op::kInput || node.op == Op::kRegister) {
    v.clear();  // a register's output, whichever stage reads it
    return 0;
  }
  if (node.latency > 0) {
    for (const Bits& in : node.in) {
      for (const Bit& b : in) {
        if (!b.is_constant()) level = std::max(level, mapper_.level(operand(b, stage)));
      }
    }
    v.clear();
    // State data pass the multiplexer that takes newer writes.
    if (node.op == Op::kStateRead) {
      for (int i = 0; i < node.width; ++i) v.push_back(mapper_.leaf(1));
    }
    return level;
  }
  v = mapper_.expand(node, [&](const Bit& b) { return operand(b, stage); });
  const std::vector<char>& live = s_.live[static_cast<size_t>(n)];
  for (size_t i = 0; i < v.size(); ++i) {
    if (i >= live.size() || live[i]) level = std::max(level, mapper_.level(v[i]));
  }
  v.resize(live.size(), LutMapper::kConst0);
  return level;
}

int Placer::limit(int n) const {
  const Op op = g_.node(n).op;
  return op == Op::kTableRead || op == Op::kStateRead ? 0 : target_;
}

void Placer::place(int n, int minimum) {
  const size_t k = static_cast<size_t>(n);
  int stage = std::max(minimum, earliest(n));
  // Addresses of tables and states leave the module from registers.
  if (stage == 0 && limit(n) == 0) stage = 1;
  for (bool last = false;; last = true) {
    s_.stage[k] = stage;
    for_each_use(g_, n, s_.live[k], [&](const Bit& b) {
      if (!b.is_constant()) operand(b, stage);  // leaves must survive a rollback
    });
    const size_t mark = mapper_.mark();
    s_.level[k] = map_node(n, stage);
    if (s_.level[k] <= limit(n) || last) return;
    mapper_.rollback(mark);
    ++stage;
  }
}

std::vector<int> Placer::relabel() {
  reset();
  std::vector<int> deep;
  for (int n = 0; n < g_.size(); ++n) {
    const size_t k = static_cast<size_t>(n);
    if (s_.stage[k] == kDead) continue;
    s_.level[k] = map_node(n, s_.stage[k]);
    if (s_.level[k] > limit(n)) deep.push_back(n);
  }
  return deep;
}

void Placer::place_all(const std::vector<int>& minimum) {
  reset();
  s_.stage.assign(static_cast<size_t>(g_.size()), kDead);
  s_.level.assign(static_cast<size_t>(g_.size()), 0);
  for (int n = 0; n < g_.size(); ++n) {
    const std::vector<char>& live = s_.live[static_cast<size_t>(n)];
    const bool any = std::find(live.begin(), live.end(), 1) != live.end();
    if (any) place(n, s_.stable[static_cast<size_t>(n)] ? 0 : minimum[static_cast<size_t>(n)]);
  }
}

}  // namespace hlsc
