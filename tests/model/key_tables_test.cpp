#include "key_tables.hpp"

#include <set>

#include "support.hpp"

namespace sluice::model {
namespace {

TEST(KeyTables, PlaceEveryKeyInOneOfItsBucketsAlone) {
  std::mt19937_64 rng(test_seed());
  int placed = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<KeyBuckets> keys;
    for (int i = 0; i < 1024; ++i) {
      keys.push_back(
          {{static_cast<std::uint32_t>(rng() % 2048), static_cast<std::uint32_t>(rng() % 2048)}});
    }
    const auto places = place_keys(keys, 2048);
    if (!places) continue;  // rare; the model takes other hash keys then
    std::set<std::pair<unsigned, std::uint32_t>> taken;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ((*places)[i].bucket, keys[i].bucket[(*places)[i].way]);
      EXPECT_TRUE(taken.emplace((*places)[i].way, (*places)[i].bucket).second);
    }
    ++placed;
  }
  EXPECT_GE(placed, 45);  // a quarter full: two ways nearly always suffice
}

TEST(KeyTables, MoveKeysAsideForOneThatFitsNowhereElse) {
  // The third key finds both of its buckets taken; two others have to move.
  const std::vector<KeyBuckets> keys = {{{1, 2}}, {{3, 4}}, {{1, 4}}, {{3, 2}}};
  EXPECT_TRUE(place_keys(keys, 8));
}

TEST(KeyTables, SayWhenKeysCannotBePlaced) {
  const std::vector<KeyBuckets> keys = {{{1, 2}}, {{1, 2}}, {{1, 2}}};
  EXPECT_FALSE(place_keys(keys, 8));
}

TEST(KeyTables, TakeOtherWayKeysButTheSameFlowKeysAtEveryAttempt) {
  layout::Config first{};
  layout::Config second{};
  set_hash_keys(first, 7, 0);
  set_hash_keys(second, 7, 1);
  EXPECT_EQ(first.flow_key0, second.flow_key0);
  EXPECT_EQ(first.flow_key4, second.flow_key4);
  EXPECT_NE(first.way0_key0, second.way0_key0);
  EXPECT_NE(first.way1_key2, second.way1_key2);
  set_hash_keys(second, 8, 0);
  EXPECT_NE(first.flow_key0, second.flow_key0);
}

}  // namespace
}  // namespace sluice::model
