// The order of turns: nginx's, and the nearest to it when a period is too long.
#include "model/turns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "support.hpp"

namespace sluice::model {
namespace {

constexpr unsigned kLimit = layout::kMaxTurns;

std::string letters(const std::vector<unsigned>& weights, unsigned limit = kLimit) {
  std::string text;
  for (const std::uint16_t turn : smooth_turns(weights, limit)) {
    text += static_cast<char>('a' + turn);
  }
  return text;
}

TEST(Turns, OfFiveOneOneAreInNginxsPublishedOrder) { EXPECT_EQ(letters({5, 1, 1}), "aabacaa"); }

TEST(Turns, OfEqualWeightsGoRoundOnce) {
  EXPECT_EQ(letters({1, 1, 1}), "abc");
  EXPECT_EQ(letters({16, 16, 16, 16}), "abcd");
  EXPECT_EQ(letters({7}), "a");
  EXPECT_EQ(letters({}), "");
}

TEST(Turns, HaveTheShortestPeriodThatTellsWeightsApart) {
  EXPECT_EQ(letters({1000, 500, 500}), "abca");
  EXPECT_EQ(smooth_turns(std::vector<unsigned>{1000, 999}, kLimit).size(), 1999u);
}

TEST(Turns, AreScaledWithTheLeastErrorWhenThePeriodIsTooLong) {
  const std::vector<unsigned> weights = {15999, 8000, 4001, 1};
  const std::vector<unsigned> turns = turn_weights(weights, kLimit);
  EXPECT_EQ(std::accumulate(turns.begin(), turns.end(), 0u), kLimit);
  EXPECT_EQ(turns[3], 1u) << "the least keeps a turn";
  const double sum = 15999 + 8000 + 4001;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(turns[i], (kLimit - 1) * weights[i] / sum, 0.51) << i;
  }
}

TEST(Turns, GiveEveryMemberOneWhenTheyAreAsManyAsTurns) {
  std::vector<unsigned> weights(64, 1);
  weights[5] = 1000;
  const std::vector<unsigned> turns = turn_weights(weights, 64);
  EXPECT_EQ(turns, std::vector<unsigned>(64, 1));
}

// The textbook: the weight of each within a period, and never far from its part on the way.
TEST(Turns, OfRandomWeightsAreSmooth) {
  std::mt19937_64 rng(test_seed());
  for (int round = 0; round < 50; ++round) {
    std::vector<unsigned> weights(1 + rng() % 12);
    for (unsigned& weight : weights) weight = static_cast<unsigned>(1 + rng() % 60);
    const std::vector<unsigned> parts = turn_weights(weights, kLimit);
    const auto order = smooth_turns(weights, kLimit);
    std::vector<unsigned> count(weights.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      ++count[order[i]];
      for (std::size_t k = 0; k < parts.size(); ++k) {
        const double due =
            static_cast<double>(i + 1) * parts[k] / static_cast<double>(order.size());
        EXPECT_LT(std::abs(count[k] - due), static_cast<double>(parts.size())) << round;
      }
    }
    EXPECT_EQ(count, parts);
  }
}

}  // namespace
}  // namespace sluice::model
