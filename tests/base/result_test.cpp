#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace sluice::base {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Error{Errc::not_found, "no such service", "lb.yaml:3"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::not_found);
  EXPECT_EQ(bad.error().message(), "lb.yaml:3: no such service");
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> value = std::move(result).value();
  EXPECT_EQ(*value, 3);
}

TEST(Result, OfNothingIsGoodUnlessToldOtherwise) {
  EXPECT_TRUE(Result<void>());
  EXPECT_FALSE(Result<void>(Error{Errc::io, "disk full", ""}));
}

TEST(ResultDeathTest, AbortsWhenAskedForWhatIsNotThere) {
  const Result<int> bad = Error{Errc::io, "x", ""};
  EXPECT_DEATH(static_cast<void>(*bad), "");
  const Result<int> good = 1;
  EXPECT_DEATH(static_cast<void>(good.error()), "");
}

TEST(Errc, HasANameForEveryCode) {
  for (const Errc code : {Errc::invalid, Errc::not_found, Errc::incompatible, Errc::busy,
                          Errc::exhausted, Errc::link_down, Errc::hung, Errc::io}) {
    EXPECT_STRNE(name(code), "");
  }
  EXPECT_STREQ(name(Errc::link_down), "link_down");
}

}  // namespace
}  // namespace sluice::base
