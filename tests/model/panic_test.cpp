// When a service is in panic, and what the card is told then.
#include "model/panic.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace sluice::model {
namespace {

ServiceConfig with_threshold(unsigned percent) {
  ServiceConfig service;
  service.panic_threshold_pct = percent;
  return service;
}

TEST(Panic, begins_when_more_than_the_threshold_goes_down_at_once) {
  const ServiceConfig service = with_threshold(50);
  EXPECT_FALSE(in_panic({4, 2, 2, 0}, service, false)) << "half is not more than half";
  EXPECT_TRUE(in_panic({4, 3, 3, 0}, service, false));
  EXPECT_TRUE(in_panic({4, 1, 1, 2}, service, false)) << "two more are about to";
  EXPECT_FALSE(in_panic({4, 0, 0, 4}, service, false)) << "nobody is down yet";
  EXPECT_FALSE(in_panic({4, 4, 1, 0}, service, false)) << "three went down long before";
}

TEST(Panic, ends_when_the_share_that_is_down_falls_to_the_threshold) {
  const ServiceConfig service = with_threshold(50);
  EXPECT_TRUE(in_panic({4, 3, 0, 0}, service, true));
  EXPECT_TRUE(in_panic({4, 1, 0, 2}, service, true));
  EXPECT_FALSE(in_panic({4, 2, 0, 0}, service, true));
  EXPECT_FALSE(in_panic({0, 0, 0, 0}, service, true)) << "all are drained";
}

TEST(Panic, has_the_services_own_threshold_or_none) {
  EXPECT_TRUE(in_panic({10, 2, 2, 0}, with_threshold(10), false));
  EXPECT_FALSE(in_panic({10, 8, 8, 0}, with_threshold(80), false));
  ServiceConfig service;
  service.panic_threshold_pct.reset();
  EXPECT_FALSE(in_panic({4, 4, 4, 0}, service, false));
  service = {};
  service.check.type = CheckType::none;
  EXPECT_FALSE(in_panic({4, 4, 4, 0}, service, true)) << "whose checks would end it?";
}

TEST(Panic, puts_every_backend_but_the_drained_in_service) {
  const Config config = good_config(
      replaced(kGoodConfig, "      - {name: be2, address: 10.1.0.12, port: 8080, weight: 3}",
               "      - {name: be2, address: 10.1.0.12, port: 8080, weight: 3}\n"
               "      - {name: be3, address: 10.1.0.13, port: 8080, drain: true}"));
  Inputs inputs = all_reachable(config);
  for (const auto& backend : config.services[0].backends) {
    inputs.backends[id_of(config.services[0], backend)].up = false;
  }
  const layout::TableImages empty;
  const auto down = make_plan(config, inputs, empty, {});
  ASSERT_TRUE(down.ok());
  EXPECT_EQ(down->services[0].ring_slots, 0u);
  EXPECT_FALSE(down->services[0].panic);
  inputs.panics.insert(id_of(config.services[0]));
  const auto panic = make_plan(config, inputs, empty, {});
  ASSERT_TRUE(panic.ok());
  const ServiceView& view = panic->services[0];
  EXPECT_TRUE(view.panic);
  EXPECT_FALSE(panic->services[1].panic);
  EXPECT_GT(view.ring_slots, 0u);
  for (const BackendView& backend : view.backends) {
    EXPECT_TRUE(backend.check_fails);
    EXPECT_EQ(panic->images.backends[backend.index].valid, 1u)
        << "its connections go on, whatever on_backend_down says";
  }
  EXPECT_EQ(view.backends[0].status, BackendStatus::serving);
  EXPECT_EQ(view.backends[1].status, BackendStatus::serving);
  EXPECT_EQ(view.backends[2].status, BackendStatus::drained);
}

TEST(Panic, threshold_and_close_are_read_with_their_defaults) {
  const Config defaults = good_config();
  EXPECT_EQ(defaults.services[0].panic_threshold_pct, 50u);
  EXPECT_EQ(defaults.services[0].check.close, CheckClose::fin);
  const Config all = good_config(kGoodConfig + "health: {panic_threshold: off, close: reset}\n");
  EXPECT_FALSE(all.services[0].panic_threshold_pct.has_value());
  EXPECT_EQ(all.services[1].check.close, CheckClose::reset);
  const Config own =
      good_config(replaced(kGoodConfig, "mode: dnat",
                           "mode: dnat\n    panic_threshold: 75%\n    check: {close: fin}") +
                  "health: {panic_threshold: off, close: reset}\n");
  EXPECT_EQ(own.services[0].panic_threshold_pct, 75u);
  EXPECT_EQ(own.services[0].check.close, CheckClose::fin);
  EXPECT_FALSE(own.services[1].panic_threshold_pct.has_value());
}

TEST(Panic, a_threshold_that_is_none_is_refused_with_what_to_write) {
  const auto hint = [](const std::string& word, const std::string& more = "") {
    const auto read = read_config(
        replaced(kGoodConfig, "mode: dnat", "mode: dnat\n    panic_threshold: " + word + more),
        "f");
    return read.problems.size() == 1 ? read.problems[0].hint : "no problem, or several";
  };
  EXPECT_EQ(hint("50"), "write the unit too: '50%'");
  for (const char* word : {"0%", "100%", "101%", "-1%", "never", "5 %", "05%", "99999999999%"}) {
    EXPECT_EQ(hint(word), "write a share from '1%' to '99%', or 'off'") << word;
  }
  EXPECT_EQ(hint("60%", "\n    check: none"), "remove it, or add a check");
}

}  // namespace
}  // namespace sluice::model
