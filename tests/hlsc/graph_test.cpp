// The graph's constructors simplify, and what they build computes the same function.
#include "graph.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

namespace hlsc {
namespace {

// Evaluates bits of a graph for given input values.
class Evaluator {
 public:
  Evaluator(const Graph& g, std::map<int, uint64_t> inputs) : g_(g), inputs_(std::move(inputs)) {}

  uint64_t value(const Bits& v) {
    uint64_t r = 0;
    for (size_t i = 0; i < v.size(); ++i) r |= static_cast<uint64_t>(bit(v[i])) << i;
    return r;
  }

 private:
  bool bit(const Bit& b) {
    if (b.is_constant()) return b.inverted;
    return ((node(b.node) >> b.index) & 1) != static_cast<uint64_t>(b.inverted);
  }

  uint64_t node(int n) {
    const auto known = values_.find(n);
    if (known != values_.end()) return known->second;
    const Node& x = g_.node(n);
    std::vector<uint64_t> in;
    for (const Bits& v : x.in) in.push_back(value(v));
    const uint64_t mask = x.width == 64 ? ~0ull : (1ull << x.width) - 1;
    uint64_t r = 0;
    switch (x.op) {
      case Op::kInput:
        r = inputs_.at(n);
        break;
      case Op::kAnd:
        r = in[0] & in[1];
        break;
      case Op::kOr:
        r = in[0] | in[1];
        break;
      case Op::kXor:
        for (uint64_t v : in) r ^= v;
        break;
      case Op::kMajority:
        r = (in[0] & in[1]) | (in[0] & in[2]) | (in[1] & in[2]);
        break;
      case Op::kMux:
        r = in[0] ? in[1] : in[2];
        break;
      case Op::kSum:
        for (uint64_t v : in) r += v;
        break;
      case Op::kAdd:
        r = in[0] + in[1];
        break;
      case Op::kSub:
        r = in[0] - in[1];
        break;
      case Op::kEqual:
        r = in[0] == in[1];
        break;
      case Op::kLess:
        r = in[0] < in[1];
        break;
      case Op::kMultiply:
        r = in[0] * in[1];
        break;
      default:
        ADD_FAILURE() << op_name(x.op);
    }
    return values_[n] = r & mask;
  }

  const Graph& g_;
  std::map<int, uint64_t> inputs_;
  std::map<int, uint64_t> values_;
};

struct Fixture : testing::Test {
  Bits input(int width) { return g.outputs(g.add_node(Op::kInput, width, {})); }
  Graph g;
};
using GraphTest = Fixture;

TEST_F(GraphTest, ConstantsAndEqualOperandsNeedNoNode) {
  const Bits a = input(4);
  const int before = g.size();
  EXPECT_EQ(g.bit_and(a, constant_bits(4, 0)), constant_bits(4, 0));
  EXPECT_EQ(g.bit_and(a, constant_bits(4, 15)), a);
  EXPECT_EQ(g.bit_or(a, a), a);
  EXPECT_EQ(g.bit_and(a, invert(a)), constant_bits(4, 0));
  EXPECT_EQ(g.bit_xor(a, a), constant_bits(4, 0));
  EXPECT_EQ(g.bit_xor(a, constant_bits(4, 15)), invert(a));
  EXPECT_EQ(g.add(a, constant_bits(4, 0)), a);
  EXPECT_EQ(g.sub(a, a), constant_bits(4, 0));
  EXPECT_EQ(g.mux(a[0], a, a), a);
  EXPECT_EQ(g.equal(a, a), kOne);
  EXPECT_EQ(g.less(a, constant_bits(4, 0)), kZero);
  EXPECT_EQ(g.majority(a, a, constant_bits(4, 5)), a);
  EXPECT_EQ(g.size(), before);
}

TEST_F(GraphTest, TheSameOperationIsBuiltOnceWhateverItsForm) {
  const Bits a = input(8), b = input(8);
  const Bits first = g.bit_and(a, b);
  const int before = g.size();
  EXPECT_EQ(g.bit_and(b, a), first);
  EXPECT_EQ(g.bit_or(invert(a), invert(b)), invert(first));  // De Morgan
  EXPECT_EQ(slice(g.bit_and(slice(a, 2, 3), slice(b, 2, 3)), 0, 3), slice(first, 2, 3));
  EXPECT_EQ(g.size(), before);
  EXPECT_EQ(g.add(a, b), g.add(b, a));
}

TEST_F(GraphTest, XorSumsStayFlatAndCancel) {
  const Bits a = input(1), b = input(1), c = input(1);
  const Bits all = g.bit_xor(g.bit_xor(a, b), c);
  EXPECT_EQ(g.node(all[0].node).in.size(), 3u);
  EXPECT_EQ(g.bit_xor(all, g.bit_xor(b, c)), a);
}

TEST_F(GraphTest, AMultiplexerWithConstantsBecomesAGate) {
  const Bits s = input(1), a = input(1);
  EXPECT_EQ(g.mux(s[0], {kOne}, {kZero}), s);
  EXPECT_EQ(g.mux(s[0], a, {kZero}), g.bit_and(s, a));
  EXPECT_EQ(g.mux(s[0], {kOne}, a), g.bit_or(s, a));
  EXPECT_EQ(g.mux(s[0], invert(a), a), g.bit_xor(s, a));
  EXPECT_EQ(g.mux(~s[0], a, s), g.mux(s[0], s, a));
}

TEST_F(GraphTest, AComparisonWithAPowerOfTwoLooksAtTheHighBitsOnly) {
  const Bits a = input(8);
  const Bit less = g.less(a, constant_bits(8, 16));
  EXPECT_EQ(less, g.equal(slice(a, 4, 4), constant_bits(4, 0)));
}

TEST_F(GraphTest, FieldsJoinedByAdditionAreWires) {
  const Bits a = input(8), b = input(8);
  const int before = g.size();
  const Bits high = concat(constant_bits(8, 0), b);
  const Bits r = g.sum({a, high, constant_bits(24, 0x30000)}, 24);
  EXPECT_EQ(g.size(), before);
  EXPECT_EQ(r, concat(concat(a, b), constant_bits(8, 3)));
}

TEST_F(GraphTest, RandomExpressionsKeepTheirValue) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    Graph graph;
    struct Value {
      Bits bits;
      uint64_t number;
    };
    std::vector<Value> pool;
    std::map<int, uint64_t> inputs;
    constexpr int kWidth = 16;
    const uint64_t mask = (1u << kWidth) - 1;
    for (int i = 0; i < 4; ++i) {
      const int n = graph.add_node(Op::kInput, kWidth, {});
      inputs[n] = random() & mask;
      pool.push_back({graph.outputs(n), inputs[n]});
    }
    pool.push_back({constant_bits(kWidth, 1), 1});
    pool.push_back({constant_bits(kWidth, 0xff0), 0xff0});
    auto any = [&]() -> Value& { return pool[random() % pool.size()]; };
    for (int i = 0; i < 30; ++i) {
      const Value a = any(), b = any(), c = any();
      const bool s = a.number & 1;
      Value r;
      switch (random() % 10) {
        case 0:
          r = {graph.bit_and(a.bits, b.bits), a.number & b.number};
          break;
        case 1:
          r = {graph.bit_or(a.bits, b.bits), a.number | b.number};
          break;
        case 2:
          r = {graph.bit_xor(a.bits, b.bits), a.number ^ b.number};
          break;
        case 3:
          r = {graph.mux(a.bits[0], b.bits, c.bits), s ? b.number : c.number};
          break;
        case 4:
          r = {graph.add(a.bits, b.bits), a.number + b.number};
          break;
        case 5:
          r = {graph.sub(a.bits, b.bits), a.number - b.number};
          break;
        case 6:
          r = {graph.sum({a.bits, b.bits, c.bits}, kWidth), a.number + b.number + c.number};
          break;
        case 7:
          r = {resize({graph.equal(a.bits, b.bits)}, kWidth), a.number == b.number};
          break;
        case 8:
          r = {resize({graph.less(a.bits, b.bits)}, kWidth), a.number < b.number};
          break;
        default:
          r = {invert(a.bits), ~a.number};
      }
      r.number &= mask;
      pool.push_back(r);
    }
    Evaluator evaluate(graph, inputs);
    for (const Value& v : pool) ASSERT_EQ(evaluate.value(v.bits), v.number) << "round " << round;
  }
}

}  // namespace
}  // namespace hlsc
