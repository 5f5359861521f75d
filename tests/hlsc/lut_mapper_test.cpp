// The delay model against levels measured with Yosys 0.23 (`synth; abc -lut 6; ltp -noff`).
#include "lut_mapper.hpp"

#include <gtest/gtest.h>

namespace hlsc {
namespace {

int levels(Op op, int width, size_t operands = 2) {
  LutMapper m;
  const bool one_bit = op == Op::kLess || op == Op::kEqual;
  Node node{op, one_bit ? 1 : width, {}, 0, -1, {}};
  node.in.assign(operands, Bits(static_cast<size_t>(width), Bit{0, 0, false}));
  int level = 0;
  for (LutMapper::Var v : m.expand(node, [&](const Bit&) { return m.leaf(0); })) {
    level = std::max(level, m.level(v));
  }
  return level;
}

TEST(LutMapper, AddersMatchTheMeasuredLevelsWithinOne) {
  const std::pair<int, int> measured[] = {{4, 2},  {8, 3},   {12, 5}, {16, 6},
                                          {20, 8}, {24, 10}, {32, 13}};
  for (const auto& [width, level] : measured) {
    EXPECT_NEAR(levels(Op::kAdd, width), level, 1) << width;
    EXPECT_NEAR(levels(Op::kSub, width), level, 1) << width;
  }
}

TEST(LutMapper, ComparatorsMatchTheMeasuredLevels) {
  const std::pair<int, int> measured[] = {{4, 2},  {8, 3},  {12, 3}, {16, 3},
                                          {20, 4}, {32, 4}, {48, 4}, {64, 5}};
  for (const auto& [width, level] : measured) EXPECT_EQ(levels(Op::kLess, width), level) << width;
}

TEST(LutMapper, SixInputsAreOneLevelAndSevenAreTwo) {
  EXPECT_EQ(levels(Op::kXor, 1, 6), 1);
  EXPECT_EQ(levels(Op::kXor, 1, 7), 2);
  EXPECT_EQ(levels(Op::kEqual, 3), 1);
  EXPECT_EQ(levels(Op::kEqual, 4), 2);
}

TEST(LutMapper, AFourToOneMultiplexerIsOneLevel) {
  LutMapper m;
  const auto s0 = m.leaf(0), s1 = m.leaf(0);
  const auto low = m.mux(s0, m.leaf(0), m.leaf(0)), high = m.mux(s0, m.leaf(0), m.leaf(0));
  EXPECT_EQ(m.level(m.mux(s1, low, high)), 1);
}

TEST(LutMapper, ALateOperandCountsFromWhereItArrives) {
  LutMapper m;
  EXPECT_EQ(m.level(m.and2(m.leaf(3), m.leaf(0))), 4);
}

TEST(LutMapper, RollbackForgets) {
  LutMapper m;
  const auto a = m.leaf(0), b = m.leaf(0);
  const size_t mark = m.mark();
  const auto first = m.and2(a, b);
  m.rollback(mark);
  EXPECT_EQ(m.and2(a, b), first);
}

}  // namespace
}  // namespace hlsc
