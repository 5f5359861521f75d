// The data-flow graph: what one packet computes, bit by bit.
//
// A value is a vector of Bits. A Bit names one output bit of a node, possibly inverted, or is a
// constant; shifts, slices, byte swaps and concatenations are therefore only wiring. Constructors
// simplify as they build (constants, equal and opposite operands, structural hashing per bit), so
// a node exists only if it does something. Nodes are in topological order.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "llvm/ADT/APInt.h"

namespace hlsc {

struct Bit {
  int node = -1;  // -1: the constant `inverted`
  int index = 0;
  bool inverted = false;

  bool is_constant() const { return node < 0; }
  Bit operator~() const { return {node, index, !inverted}; }
  bool operator==(const Bit& o) const {
    return node == o.node && index == o.index && inverted == o.inverted;
  }
  bool operator!=(const Bit& o) const { return !(*this == o); }
  bool operator<(const Bit& o) const { return key() < o.key(); }
  bool same_wire(const Bit& o) const { return node == o.node && index == o.index; }
  uint64_t key() const {
    return (static_cast<uint64_t>(static_cast<uint32_t>(node + 1)) << 32) |
           (static_cast<uint64_t>(index) << 1) | static_cast<uint64_t>(inverted);
  }
};

constexpr Bit kZero{-1, 0, false};
constexpr Bit kOne{-1, 0, true};
using Bits = std::vector<Bit>;

enum class Op {
  kInput,       // a port of the module
  kAnd,         // a & b, bitwise; at most one operand inverted
  kOr,          // a | b, bitwise; no operand inverted
  kXor,         // a ^ b ^ ..., bitwise, no operand inverted
  kMajority,    // carry of a full adder, bitwise
  kMux,         // in[0][0] ? in[1] : in[2], bitwise; select not inverted
  kSum,         // sum of all operands, modulo 2^width; expanded into the following two
  kAdd,         // a + b
  kSub,         // a - b
  kEqual,       // a == b, one bit
  kLess,        // a < b unsigned, one bit
  kMultiply,    // a * b, pipelined primitive
  kTableRead,   // in[0]: address
  kStateRead,   // in[0]: address; value includes forwarded writes
  kRegister,    // a static variable's value as the packet finds it
  kStateWrite,  // in[0]: new value, in[1]: enable, in[2]: a bit of the read it follows; root
  kRegWrite,    // the same
};

const char* op_name(Op op);
bool is_bitwise(Op op);

// Where in the source a node comes from.
struct Origin {
  int scope = 0;      // index into Design::scopes: the C++ function called by the top
  unsigned line = 0;  // of the innermost location
  unsigned column = 0;
  int file = 0;   // index into Design::files
  int name = -1;  // index into Design::names: a C++ variable that holds this value
};

struct Node {
  Op op;
  int width;
  std::vector<Bits> in;
  int latency = 0;    // stages from operands to result
  int resource = -1;  // input, table port, state or register: index in the Design's list
  Origin origin;
};

class Graph {
 public:
  const Node& node(int n) const { return nodes_[static_cast<size_t>(n)]; }
  Node& node(int n) { return nodes_[static_cast<size_t>(n)]; }
  int size() const { return static_cast<int>(nodes_.size()); }

  // Given to every node created from now on.
  void set_origin(const Origin& origin) { origin_ = origin; }
  const Origin& origin() const { return origin_; }

  // Creates a node as it is, without simplification or sharing.
  int add_node(Op op, int width, std::vector<Bits> in);
  Bits outputs(int node) const;

  Bits bit_and(const Bits& a, const Bits& b);
  Bits bit_or(const Bits& a, const Bits& b);
  Bits bit_xor(const Bits& a, const Bits& b);
  Bits mux(Bit select, const Bits& when_true, const Bits& when_false);
  Bits xor_many(const std::vector<Bits>& operands);  // one node, not flattened
  Bits majority(const Bits& a, const Bits& b, const Bits& c);
  Bit and1(Bit a, Bit b) { return bit_and({a}, {b})[0]; }
  Bit or1(Bit a, Bit b) { return bit_or({a}, {b})[0]; }

  Bits sum(std::vector<Bits> operands, int width);  // operands narrower are zero-extended
  Bits add(const Bits& a, const Bits& b);
  Bits sub(const Bits& a, const Bits& b);
  Bits multiply(const Bits& a, const Bits& b, int latency);
  Bit equal(const Bits& a, const Bits& b);
  Bit less(Bits a, Bits b);  // unsigned

 private:
  Bits and_or(Op op, const Bits& a, const Bits& b);
  Bit simple_and(Bit a, Bit b, bool* done) const;
  void flatten_xor(Bit b, std::vector<Bit>* terms, bool* inverted) const;
  Bits sum_segments(const std::vector<Bits>& operands);
  Bits sum_node(const std::vector<Bits>& operands, int low, int width);
  int shared_node(Op op, int width, std::vector<Bits> in, int latency = 0);

  std::vector<Node> nodes_;
  Origin origin_;
  std::unordered_map<std::string, Bit> bit_cache_;   // bitwise operations, per bit
  std::unordered_map<std::string, int> node_cache_;  // other operations, per node
};

// Helpers on vectors of bits.
Bits constant_bits(const llvm::APInt& value);
Bits constant_bits(int width, uint64_t value);
Bits invert(Bits a);
Bits resize(Bits a, int width, Bit fill = kZero);
Bits slice(const Bits& a, int low, int width);  // zeros beyond the end
Bits concat(Bits low, const Bits& high);
int significant_bits(const Bits& a);  // index of highest non-zero bit + 1
bool all_constant(const Bits& a);

// Calls `use(bit)` for every operand bit that the live output bits of node n need.
template <typename Use>
void for_each_use(const Graph& g, int n, const std::vector<char>& live, Use use) {
  const Node& node = g.node(n);
  int top = -1;
  for (int i = 0; i < node.width; ++i) {
    if (live[static_cast<size_t>(i)]) top = i;
  }
  if (top < 0) return;
  const bool add = node.op == Op::kAdd || node.op == Op::kSub || node.op == Op::kSum;
  for (size_t k = 0; k < node.in.size(); ++k) {
    const Bits& operand = node.in[k];
    for (size_t i = 0; i < operand.size(); ++i) {
      const bool per_bit = is_bitwise(node.op) && !(node.op == Op::kMux && k == 0);
      if (per_bit && !live[i]) continue;
      if (add && static_cast<int>(i) > top) continue;
      use(operand[i]);
    }
  }
}

}  // namespace hlsc
