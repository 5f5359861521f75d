// The delay model: LUT levels by mapping the logic as synthesis would.
//
// Nodes are expanded into two- and three-input gates the way Yosys' techmap expands them (adders
// and comparators as Brent-Kung prefix trees); a bounded enumeration of 6-input cuts then gives
// each gate its level: one more than the deepest leaf of its best cut. Registers are leaves of
// level 0. Only structure matters, so inversions are free.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph.hpp"

namespace hlsc {

class LutMapper {
 public:
  using Var = int;
  static constexpr Var kConst0 = -1;
  static constexpr Var kConst1 = -2;

  Var leaf(int level);
  Var gate(Var a, Var b);
  Var gate(Var a, Var b, Var c);
  Var and2(Var a, Var b);  // these know constants
  Var or2(Var a, Var b);
  Var xor2(Var a, Var b);
  Var mux(Var s, Var a, Var b);
  Var majority(Var a, Var b, Var c);
  int level(Var v) const { return v < 0 ? 0 : vars_[static_cast<size_t>(v)].level; }

  // Everything created after mark() is forgotten by rollback(mark).
  size_t mark() const { return vars_.size(); }
  void rollback(size_t mark) { vars_.resize(mark); }

  // Expands a node; operand(bit) gives the variable of an operand bit. One variable a bit.
  template <typename Operand>
  std::vector<Var> expand(const Node& node, Operand operand);

 private:
  static constexpr int kInputs = 6;
  static constexpr int kCuts = 8;
  struct Cut {
    std::array<int32_t, kInputs> leaf;
    int32_t size = 0;
    int32_t level = 0;
  };
  struct Entry {
    int level = 0;
    int cuts = 0;
    std::array<Cut, kCuts> cut;
  };

  int cut_count(Var v) const { return vars_[static_cast<size_t>(v)].cuts + 1; }
  Cut cut_of(Var v, int k) const;  // k == cuts: the variable itself
  bool merge(const Cut& a, const Cut& b, Cut* out) const;
  void insert(Entry* entry, const Cut& cut) const;
  Var finish(Entry* entry);

  std::vector<Var> prefix_carries(std::vector<Var> p, std::vector<Var> g, Var carry_in);
  std::vector<Var> ripple_carries(const std::vector<Var>& p, const std::vector<Var>& g,
                                  Var carry_in);
  std::vector<Var> expand_add(const std::vector<Var>& a, const std::vector<Var>& b, bool subtract);
  Var expand_less(const std::vector<Var>& a, const std::vector<Var>& b);
  Var sealed(Var v);
  Var tree(std::vector<Var> vars, bool is_xor);
  static Var inverted(Var v) { return v == kConst0 ? kConst1 : v == kConst1 ? kConst0 : v; }
  std::vector<Var> expand_words(const Node& node, const std::vector<std::vector<Var>>& in);

  std::vector<Entry> vars_;
};

template <typename Operand>
std::vector<LutMapper::Var> LutMapper::expand(const Node& node, Operand operand) {
  std::vector<std::vector<Var>> in;
  for (const Bits& v : node.in) {
    in.emplace_back();
    for (const Bit& b : v) {
      in.back().push_back(b.is_constant() ? (b.inverted ? kConst1 : kConst0) : operand(b));
    }
  }
  return expand_words(node, in);
}

}  // namespace hlsc
