// A card that takes every plan, as the driver would bring it there.
#pragma once

#include <utility>

#include "support.hpp"

namespace sluice::model {

inline base::Ipv4 ip(const char* text) { return base::Ipv4::parse(text).value(); }

struct Card {
  layout::TableImages live;
  Assignment assignment;
  Plan last;

  Plan apply(const Config& config, const Inputs& inputs) {
    auto plan = make_plan(config, inputs, live, assignment);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().message());
    if (!plan) return {};
    expect_live_stays(plan->images);
    live = plan->images;
    assignment = plan->assignment;
    last = *plan;
    return std::move(plan).value();
  }

  // What `inputs` becomes when all connections of what is leaving have ended.
  Inputs without_connections(Inputs inputs) const {
    for (const std::uint16_t place : last.leaving_services) inputs.service_connections[place] = 0;
    for (const std::uint16_t place : last.leaving_backends) inputs.backend_connections[place] = 0;
    return inputs;
  }

  // Rings and turns in use must stay as they are until a commit.
  void expect_live_stays(const layout::TableImages& images) const {
    for (const layout::Service& service : live.services) {
      if (service.valid == 0 || service.ring_slots == 0) continue;
      for (std::uint32_t i = 0; i < service.ring_slots; ++i) {
        EXPECT_EQ(images.ring[service.ring_base + i].slot, live.ring[service.ring_base + i].slot);
      }
      if (service.scheduler != layout::kScheduler_turns) continue;
      for (std::uint32_t i = 0; i <= service.turns_last; ++i) {
        EXPECT_EQ(images.turns[service.turns_base + i].backend,
                  live.turns[service.turns_base + i].backend);
      }
    }
  }
};

}  // namespace sluice::model
