// Builds the optimized graph from the lowered one, node by node. Used by optimize.cpp only.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "lut_mapper.hpp"
#include "optimize.hpp"

namespace hlsc {

class Rebuilder {
  using Var = LutMapper::Var;

 public:
  Rebuilder(Design* design, int target) : d_(*design), target_(target), live_(live_bits(*design)) {
    std::swap(old_, d_.graph);
  }

  void run();

 private:
  const Node& old_node(int n) const { return old_.node(n); }

  void count_uses();

  void find_loops();
  template <typename Edge>
  void for_each_edge(Edge edge, bool backwards) {
    for (int k = 0; k < old_.size(); ++k) {
      const int n = backwards ? old_.size() - 1 - k : k;
      for_each_use(old_, n, live_[static_cast<size_t>(n)], [&](const Bit& b) {
        if (!b.is_constant()) edge(static_cast<size_t>(b.node), static_cast<size_t>(n));
      });
    }
  }

  Bit rename(const Bit& b) const;
  Bits rename(const Bits& v) const;

  void map_new_nodes();
  Var var(const Bit& b) const {
    return vars_[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)];
  }
  int arrival(const Bits& v) {
    map_new_nodes();
    return mapped_level(v);
  }
  int mapped_level(const Bits& v) const;

  void set(int n, const Bits& value) { renamed_[static_cast<size_t>(n)] = value; }

  void rebuild(int n);

  void keep_node(int n, std::vector<Bits> in);

  void rebuild_bitwise(int n);

  void collect_chain(Op op, const Bits& v, std::vector<Bits>* leaves) const;

  // Combines the two earliest operands until one is left.
  template <typename Combine>
  Bits build_tree(std::vector<Bits> v, Combine combine) {
    std::vector<std::pair<std::pair<int, int>, Bits>> work;
    for (Bits& b : v) {
      const int level = arrival(b);
      work.emplace_back(std::pair{level, 1}, std::move(b));
    }
    auto earlier = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(work.begin(), work.end(), earlier);
    while (work.size() > 1) {
      Bits r = combine(work[0].second, work[1].second);
      const int size = work[0].first.second + work[1].first.second;
      work.erase(work.begin(), work.begin() + 2);
      const std::pair<std::pair<int, int>, Bits> item{std::pair{arrival(r), size}, std::move(r)};
      work.insert(std::upper_bound(work.begin(), work.end(), item, earlier), item);
    }
    return work[0].second;
  }

  Bits build_xor(std::vector<Bits> v);

  Bits build_sum(std::vector<Bits> operands);
  void compress(std::vector<Bits>* operands, size_t count, llvm::APInt* constant);
  Bits build_add(const Bits& a, const Bits& b, Bit carry);
  Bits build_sub(const Bits& a, const Bits& b);
  Bits build_fast_add(const Bits& a, const Bits& b, Bit carry);
  Bit build_less(const Bits& a, const Bits& b);
  int depth_alone(Op op, int width, bool carry_out);

  void rename_design();

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

}  // namespace hlsc
