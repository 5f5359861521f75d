#include "sink.hpp"

#include <algorithm>

namespace hlsc {

namespace {

class Sinker {
 public:
  Sinker(const Design& d, Schedule* s) : d_(d), g_(d.graph), s_(*s), original_(s->stage) {
    find_users();
    fix_update_loops();
  }

  void run() {
    for (int n = g_.size() - 1; n >= 0; --n) {
      if (movable(n)) move(n);
    }
  }

 private:
  static size_t at(int n) { return static_cast<size_t>(n); }

  void find_users() {
    users_.resize(at(g_.size()));
    for (int n = 0; n < g_.size(); ++n) users_[at(n)].resize(at(g_.node(n).width));
    for (int n = 0; n < g_.size(); ++n) {
      for_each_use(g_, n, s_.live[at(n)], [&](const Bit& b) {
        if (b.is_constant()) return;
        std::vector<int>& list = users_[at(b.node)][at(b.index)];
        if (list.empty() || list.back() != n) list.push_back(n);
      });
    }
    auto output = [&](const Bit& b) {
      if (!b.is_constant()) users_[at(b.node)][at(b.index)].push_back(kOutput);
    };
    for (const Bits& out : d_.output) std::for_each(out.begin(), out.end(), output);
    std::for_each(d_.result.begin(), d_.result.end(), output);
  }

  // Nodes that depend on a state's old value may be on the way to its new one: they stay.
  void fix_update_loops() {
    fixed_.assign(at(g_.size()), false);
    for (int n = 0; n < g_.size(); ++n) {
      const Op op = g_.node(n).op;
      bool fixed = op == Op::kInput || op == Op::kRegister || op == Op::kStateRead ||
                   op == Op::kStateWrite || op == Op::kRegWrite;
      if (!fixed) {
        for_each_use(g_, n, s_.live[at(n)], [&](const Bit& b) {
          if (b.is_constant() || !fixed_[at(b.node)]) return;
          const bool state = g_.node(b.node).op != Op::kInput;
          fixed = fixed || (state && original_[at(n)] == s_.available(g_.node(b.node), b.node));
        });
      }
      fixed_[at(n)] = fixed;
    }
  }

  bool movable(int n) const {
    return s_.stage[at(n)] != kDead && !fixed_[at(n)] && !s_.stable[at(n)];
  }

  int stage_of_user(int user) const { return user == kOutput ? s_.stages : s_.stage[at(user)]; }

  // Latest stage the node may be in. Within a stage it may only meet nodes it was with before.
  int latest(int n) const {
    const Node& node = g_.node(n);
    int latest = s_.stages - 1 - node.latency;
    for (const std::vector<int>& list : users_[at(n)]) {
      for (int user : list) {
        if (user == kOutput) continue;
        const bool together = node.latency == 0 && original_[at(user)] == original_[at(n)];
        const int before = node.latency > 0 || together ? 0 : 1;
        latest = std::min(latest, s_.stage[at(user)] - node.latency - before);
      }
    }
    return latest;
  }

  // Last stage that needs the bit, not counting node n.
  int needed_until(const Bit& b, int n) const {
    int last = s_.available(g_.node(b.node), b.node);
    for (int user : users_[at(b.node)][at(b.index)]) {
      if (user != n) last = std::max(last, stage_of_user(user));
    }
    return last;
  }

  void move(int n) {
    const int from = s_.stage[at(n)], to = latest(n);
    if (to <= from) return;
    std::vector<Bit> operands;
    for_each_use(g_, n, s_.live[at(n)], [&](const Bit& b) {
      if (!b.is_constant() && !s_.stable[at(b.node)]) operands.push_back({b.node, b.index, false});
    });
    std::sort(operands.begin(), operands.end());
    operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
    std::vector<int> until;
    for (const Bit& b : operands) until.push_back(needed_until(b, n));
    const std::vector<char>& live = s_.live[at(n)];
    const long results = std::count(live.begin(), live.end(), 1);
    long best_gain = 0;
    int best = from;
    for (int stage = from + 1; stage <= to; ++stage) {
      long gain = results * (stage - from);
      for (int last : until) gain -= std::max(0, stage - last) - std::max(0, from - last);
      if (gain > best_gain) {
        best_gain = gain;
        best = stage;
      }
    }
    s_.stage[at(n)] = best;
  }

  static constexpr int kOutput = -1;

  const Design& d_;
  const Graph& g_;
  Schedule& s_;
  const std::vector<int> original_;
  std::vector<std::vector<std::vector<int>>> users_;  // by node and bit
  std::vector<bool> fixed_;
};

}  // namespace

void sink_nodes(const Design& design, Schedule* schedule) { Sinker(design, schedule).run(); }

}  // namespace hlsc
