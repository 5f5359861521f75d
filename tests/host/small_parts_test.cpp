// The host's small pure parts: coalescing, network plan, loop, tables of the CLI.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "cli/table.hpp"
#include "cli/units.hpp"
#include "daemon/loop.hpp"
#include "daemon/network_plan.hpp"
#include "daemon/shared_board.hpp"
#include "daemon/trouble.hpp"
#include "fake_card.hpp"

namespace sluice {
namespace {

using test::kConfigText;
using test::with_change;

model::Config config_of(const std::string& text) {
  const auto read = model::read_config(text, "test.yaml");
  EXPECT_TRUE(read.config.has_value()) << model::as_error(read.problems).message();
  return *read.config;
}

TEST(NetworkPlan, has_the_ports_addresses_the_vips_and_a_default_route) {
  const auto plan = daemon::interface_plan(config_of(kConfigText));
  ASSERT_EQ(plan.addresses.size(), 3u);
  EXPECT_EQ(plan.addresses[0].to_string(), "10.1.0.1/24");
  EXPECT_EQ(plan.addresses[1].to_string(), "10.2.0.1/24");
  EXPECT_EQ(plan.addresses[2].to_string(), "10.9.0.1/32");
  ASSERT_EQ(plan.routes.size(), 1u);
  EXPECT_EQ(plan.routes[0].destination.to_string(), "0.0.0.0/0");
  EXPECT_EQ(plan.routes[0].gateway.to_string(), "10.1.0.254");
  EXPECT_EQ(plan.mtu_bytes, 1500u);
}

TEST(NetworkPlan, tells_the_filter_what_a_vips_policy_is) {
  const auto policy = [](const std::string& vips) {
    const auto view = daemon::punt_view(config_of(vips + kConfigText));
    return view.vips.at({0x0a090001});
  };
  EXPECT_EQ(policy(""), net::Unserved::drop);
  EXPECT_EQ(policy("unserved: reject\n"), net::Unserved::reject);
  EXPECT_EQ(policy("vips:\n  - {address: 10.9.0.1, unserved: host}\n"), net::Unserved::host);
}

TEST(NetworkPlan, leaves_room_for_the_mailbox_under_jumbo_ports) {
  auto text = with_change(kConfigText, "gateway: 10.1.0.254", "gateway: 10.1.0.254, mtu: 9000");
  text = with_change(text, "10.2.0.1/24", "10.2.0.1/24, mtu: 9000");
  EXPECT_EQ(daemon::interface_plan(config_of(text)).mtu_bytes, layout::kMailboxFrameBytes - 14);
}

TEST(NetworkPlan, reaches_a_backend_behind_a_gateway_over_the_gateways_port) {
  const auto config = config_of(with_change(kConfigText, "- {name: b1, address: 10.2.0.11}",
                                            "- {name: b1, address: 172.16.0.5, via: 10.2.0.13}"));
  const auto plan = daemon::interface_plan(config);
  const auto found = std::find_if(plan.routes.begin(), plan.routes.end(), [](const auto& route) {
    return route.destination.to_string() == "172.16.0.5/32";
  });
  ASSERT_NE(found, plan.routes.end());
  EXPECT_EQ(found->gateway.to_string(), "10.2.0.13");
  std::array<std::uint8_t, 60> frame{};
  frame[12] = 0x08;
  const std::uint8_t destination[] = {172, 16, 0, 5};
  std::copy(std::begin(destination), std::end(destination), frame.begin() + 30);
  EXPECT_EQ(daemon::inject_routes(config).ports_for(frame), 2u);
}

TEST(Loop, runs_posted_work_in_order_on_its_own_thread) {
  auto loop = daemon::Loop::create();
  ASSERT_TRUE(loop.ok());
  std::string order;
  loop->post([&] { order += "a"; });
  std::thread other([&] {
    loop->post([&] { order += "b"; });
    loop->post([&] { loop->stop(); });
  });
  other.join();
  loop->run();
  EXPECT_EQ(order, "ab");
}

TEST(Loop, runs_changes_before_other_work_and_readings_last) {
  auto loop = daemon::Loop::create();
  ASSERT_TRUE(loop.ok());
  using Order = daemon::Loop::Order;
  std::string ran;
  for (const char which : {'1', '2'}) {
    loop->post([&ran, which] { ran += std::string("r") + which; }, Order::reading);
    loop->post([&ran, which] { ran += std::string("n") + which; });
    loop->post([&ran, which] { ran += std::string("c") + which; }, Order::change);
  }
  loop->post([&loop] { loop->stop(); }, Order::reading);
  loop->run();
  EXPECT_EQ(ran, "c1c2n1n2r1r2");
}

TEST(Loop, runs_a_change_that_comes_during_readings_before_the_next_of_them) {
  auto loop = daemon::Loop::create();
  ASSERT_TRUE(loop.ok());
  using Order = daemon::Loop::Order;
  std::string ran;
  loop->post(
      [&] {
        ran += 'r';
        loop->post([&ran] { ran += 'c'; }, Order::change);
      },
      Order::reading);
  loop->post([&ran] { ran += 'r'; }, Order::reading);
  loop->post([&loop] { loop->stop(); }, Order::reading);
  loop->run();
  EXPECT_EQ(ran, "rcr");
}

TEST(Loop, runs_a_timer_at_its_deadline_and_not_before) {
  auto loop = daemon::Loop::create();
  ASSERT_TRUE(loop.ok());
  const auto deadline = daemon::Clock::now() + daemon::Millis(20);
  daemon::TimePoint ran;
  loop->at([&] { return std::optional(deadline); },
           [&] {
             ran = daemon::Clock::now();
             loop->stop();
           });
  loop->run();
  EXPECT_GE(ran, deadline);
}

TEST(Loop, destroys_work_that_comes_after_the_stop) {
  auto loop = daemon::Loop::create();
  ASSERT_TRUE(loop.ok());
  auto held = std::make_shared<int>(1);
  loop->post([held] {});
  loop->stop();
  loop->post([held] {});
  EXPECT_EQ(held.use_count(), 1);
}

// A board whose blocks take as long as those of a simulated card.
class SlowBoard : public driver::Board {
 public:
  base::Result<std::uint32_t> read(std::uint32_t) override { return std::uint32_t{0}; }
  base::Result<void> write(std::uint32_t, std::uint32_t) override { return {}; }
  base::Result<void> read_block(std::uint32_t, std::span<std::uint32_t>) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return {};
  }
  base::Result<void> write_block(std::uint32_t, std::span<const std::uint32_t>) override {
    return {};
  }
  std::string name() const override { return "slow"; }
};

TEST(SharedBoard, lets_another_thread_in_between_the_parts_of_a_long_block) {
  daemon::SharedBoard board(std::make_unique<SlowBoard>());
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> others{0};
  std::thread other([&] {
    while (!stop) {
      EXPECT_TRUE(board.read(layout::kReg_magic).ok());
      ++others;
    }
  });
  while (others == 0) std::this_thread::yield();
  std::vector<std::uint32_t> words(4096);
  const std::uint64_t before = others;
  EXPECT_TRUE(board.read_block(layout::kWindow_table, words).ok());
  const std::uint64_t during = others - before;
  stop = true;
  other.join();
  EXPECT_GE(during, 3u);  // eight parts, a turn between two; 1 if it were one part
}

TEST(Units, have_three_significant_digits) {
  EXPECT_EQ(cli::count_text(0), "0");
  EXPECT_EQ(cli::count_text(999), "999");
  EXPECT_EQ(cli::count_text(1000), "1.00k");
  EXPECT_EQ(cli::count_text(12345), "12.3k");
  EXPECT_EQ(cli::count_text(999499), "999k");
  EXPECT_EQ(cli::count_text(999500), "1.00M");
  EXPECT_EQ(cli::bytes_text(1536), "1.54 kB");
  EXPECT_EQ(cli::rate_text(9.41e9), "9.41 Gbit/s");
}

TEST(Units, tell_ages_in_two_places) {
  EXPECT_EQ(cli::age_text(4.9), "4 s");
  EXPECT_EQ(cli::age_text(125), "2 m 05 s");
  EXPECT_EQ(cli::age_text(11520), "3 h 12 m");
  EXPECT_EQ(cli::age_text(439200), "5 d 02 h");
}

TEST(CliTable, aligns_columns_and_ends_no_line_with_a_space) {
  cli::Table table({{"NAME"}, {"COUNT", cli::Table::Align::right}, {"NOTE"}});
  table.add({"a", "1", ""});
  table.add({"long-name", "1000", "x"});
  EXPECT_EQ(table.text(),
            "NAME       COUNT  NOTE\n"
            "a              1\n"
            "long-name   1000  x\n");
}

TEST(Trouble, is_said_once_until_it_changes_or_ends) {
  daemon::Trouble trouble;
  EXPECT_TRUE(trouble.is_new("a"));
  EXPECT_FALSE(trouble.is_new("a"));
  EXPECT_TRUE(trouble.is_new("b"));
  trouble.clear();
  EXPECT_TRUE(trouble.is_new("b"));
}

}  // namespace
}  // namespace sluice
