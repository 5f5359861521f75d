// Services that find no place beside those they replace: two steps.
#include <algorithm>

#include "card.hpp"
#include "full_tables.hpp"

namespace sluice::model {
namespace {

Inputs reachable(const std::vector<Config>& configs) {
  Inputs inputs;
  for (const Config& config : configs) {
    for (const auto& [address, mac] : all_reachable(config).neighbors) {
      inputs.neighbors[address] = mac;
    }
  }
  return inputs;
}

class MakeWay : public ::testing::Test {
 protected:
  const Config before_ = good_config(test::full_config(0));
  Card card_;
};

TEST_F(MakeWay, ReplacesEveryServiceOfFullTablesInTwoSteps) {
  const Config after = good_config(test::full_config(1));
  const Inputs inputs = reachable({before_, after});
  const Plan full = card_.apply(before_, inputs);
  ASSERT_EQ(full.services.size(), layout::kServices);
  ASSERT_EQ(full.images.services[0].turns_last + 1u, layout::kTurns / layout::kServices);
  ASSERT_FALSE(make_plan(after, inputs, card_.live, card_.assignment).ok());

  const auto step = make_way(after, inputs, card_.live, card_.assignment);
  ASSERT_TRUE(step.has_value());
  EXPECT_TRUE(step->plan.services.empty());
  EXPECT_EQ(step->plan.leaving_services.size(), layout::kServices);
  card_.apply(step->config, inputs);
  const Plan second = card_.apply(after, step->inputs);
  EXPECT_EQ(second.services.size(), layout::kServices);
  EXPECT_TRUE(second.leaving_services.empty());
  EXPECT_TRUE(second.leaving_backends.empty());
  for (const ServiceView& service : second.services) {
    ASSERT_EQ(service.ring_slots, 509u);
    ASSERT_EQ(service.turns, 64u);
    for (const BackendView& backend : service.backends) ASSERT_TRUE(backend.fresh);
  }
}

TEST_F(MakeWay, LeavesWhatStaysAsItIsInBothSteps) {
  constexpr unsigned kStay = 100;
  const Config after = good_config(test::full_config(1, kStay));
  const Inputs inputs = reachable({before_, after});
  const Plan full = card_.apply(before_, inputs);
  const auto step = make_way(after, inputs, card_.live, card_.assignment);
  ASSERT_TRUE(step.has_value());
  const Plan first = card_.apply(step->config, inputs);
  ASSERT_EQ(first.services.size(), kStay);
  const Plan second = card_.apply(after, step->inputs);
  for (unsigned i = 0; i < kStay; ++i) {
    for (const Plan* plan : {&first, &second}) {
      ASSERT_EQ(plan->services[i].id, full.services[i].id);
      const std::uint16_t index = full.services[i].index;
      ASSERT_EQ(plan->services[i].index, index);
      ASSERT_TRUE(layout::same_record(plan->images.services[index], full.images.services[index]));
      for (std::size_t k = 0; k < 4; ++k) {
        ASSERT_EQ(plan->services[i].backends[k].index, full.services[i].backends[k].index);
        ASSERT_FALSE(plan->services[i].backends[k].fresh);
      }
    }
  }
}

TEST_F(MakeWay, TakesThePlacesOfWhatIsLeavingAlready) {
  const Config two = good_config(test::full_config(1));
  Config none = before_;
  none.services.clear();
  const Inputs inputs = reachable({before_, two});
  card_.apply(before_, inputs);
  card_.apply(none, inputs);
  const auto step = make_way(two, inputs, card_.live, card_.assignment);
  ASSERT_TRUE(step.has_value());
  card_.apply(step->config, inputs);
  EXPECT_EQ(card_.apply(two, step->inputs).services.size(), layout::kServices);
}

// Connections of a service that stays to a backend that leaves are not for others to end.
TEST_F(MakeWay, DoesNotHelpWhenWhatStaysHoldsThePlaces) {
  Config after = before_;
  for (BackendConfig& backend : after.services[7].backends) backend.port = 99;
  const Inputs inputs = reachable({before_, after});
  card_.apply(before_, inputs);
  ASSERT_FALSE(make_plan(after, inputs, card_.live, card_.assignment).ok());
  EXPECT_FALSE(make_way(after, inputs, card_.live, card_.assignment).has_value());
}

TEST_F(MakeWay, KeepsPlacesThatOnlyTheirRecordTellsOf) {
  const Config after = good_config(test::full_config(1, layout::kServices - 1));
  const Inputs inputs = reachable({before_, after});
  card_.apply(before_, inputs);
  // As after a restart: the last backend of a service that stays is known by its record alone.
  const BackendId gone = id_of(before_.services[0], before_.services[0].backends[3]);
  const std::uint16_t place = card_.assignment.backends.at(gone);
  card_.assignment.backends.erase(gone);
  card_.assignment.backends.emplace(BackendId{{base::Ipv4{}, place}, gone.address, gone.port},
                                    place);
  EXPECT_FALSE(make_way(after, inputs, card_.live, card_.assignment).has_value())
      << "4,096 backends and the one that leaves have no room";
}

}  // namespace
}  // namespace sluice::model
