// When and where the card's addresses are announced.
#include "daemon/announcer.hpp"

#include <gtest/gtest.h>

#include "daemon/port_links.hpp"
#include "fake_card.hpp"

namespace sluice::daemon {
namespace {

using std::chrono::milliseconds;
using TimePoint = Announcer::TimePoint;
using test::kConfigText;
using test::with_change;

TimePoint at(int ms) { return TimePoint{} + milliseconds(ms); }

model::Config config_of(const std::string& text) {
  const auto read = model::read_config(text, "test.yaml");
  EXPECT_TRUE(read.config.has_value()) << model::as_error(read.problems).message();
  return *read.config;
}

class AnnouncerTest : public ::testing::Test {
 protected:
  // What is sent from `from` to `to`: "PORT ADDRESS", in order.
  std::vector<std::string> run(int from, int to) {
    std::vector<std::string> sent;
    for (int ms = from; ms <= to; ms += 10) {
      announcer_.run(at(ms), [&](unsigned port, const std::vector<std::uint8_t>& frame) {
        const std::uint32_t address =
            frame.at(38) << 24 | frame.at(39) << 16 | frame.at(40) << 8 | frame.at(41);
        sent.push_back(std::to_string(port) + " " + base::Ipv4{address}.to_string());
        return true;
      });
    }
    return sent;
  }
  // A VIP in the network of port 0, and one in no port's network.
  std::string text_ = with_change(kConfigText, "vip: 10.9.0.1", "vip: 10.1.0.100");
  Announcer announcer_;
};

TEST_F(AnnouncerTest, port_addresses_and_the_vips_in_their_networks_are_announced_four_times) {
  announcer_.configure(config_of(text_), at(0));
  const std::vector<std::string> all = {"0 10.1.0.1", "0 10.1.0.100", "1 10.2.0.1"};
  EXPECT_EQ(run(0, 900), all);
  EXPECT_EQ(run(910, 2900), all);
  EXPECT_EQ(run(2910, 9900), all);
  EXPECT_EQ(run(9910, 20000), all);
  EXPECT_FALSE(announcer_.deadline().has_value());
}

TEST_F(AnnouncerTest, a_vip_that_is_routed_is_not_announced) {
  announcer_.configure(config_of(kConfigText), at(0));
  EXPECT_EQ(run(0, 900), (std::vector<std::string>{"0 10.1.0.1", "1 10.2.0.1"}));
}

TEST_F(AnnouncerTest, an_apply_announces_what_is_new_only_and_forgets_what_is_gone) {
  announcer_.configure(config_of(text_), at(0));
  run(0, 20000);
  announcer_.configure(config_of(text_), at(20000));
  EXPECT_FALSE(announcer_.deadline().has_value());
  announcer_.configure(config_of(with_change(text_, "10.1.0.100", "10.1.0.101")), at(20000));
  EXPECT_EQ(run(20000, 20100), (std::vector<std::string>{"0 10.1.0.101"}));
  announcer_.configure(config_of(text_), at(20200));
  EXPECT_EQ(run(20200, 29000), (std::vector<std::string>(3, "0 10.1.0.100")));
}

TEST_F(AnnouncerTest, another_mac_is_announced_for_every_address) {
  announcer_.configure(config_of(text_), at(0));
  run(0, 20000);
  announcer_.configure(config_of(text_ + "mac: \"02:00:00:00:77:77\"\n"), at(20000));
  EXPECT_EQ(run(20000, 20100).size(), 3u);
}

TEST_F(AnnouncerTest, a_link_that_comes_up_hears_the_addresses_of_its_own_port) {
  announcer_.configure(config_of(text_), at(0));
  run(0, 20000);
  announcer_.begin(1, at(20000));
  EXPECT_EQ(run(20000, 20900), (std::vector<std::string>{"0 10.1.0.1", "0 10.1.0.100"}));
}

TEST_F(AnnouncerTest, a_thousand_vips_do_not_take_the_mailbox_for_themselves) {
  model::Config config = config_of(text_);
  const model::ServiceConfig service = config.services[0];
  for (std::uint32_t i = 0; i < 1000; ++i) {
    config.services.push_back(service);
    config.services.back().vip = {0x0a020100 + i};
  }
  config.ports[1].address = *base::Ipv4Prefix::parse("10.2.0.1/16");
  announcer_.configure(config, at(0));
  EXPECT_LE(run(0, 1000).size(), 210u);
  const auto rest = run(1010, 5500);
  EXPECT_EQ(std::set(rest.begin(), rest.end()).size(), rest.size()) << "nobody twice before all";
}

TEST_F(AnnouncerTest, a_frame_that_found_no_room_is_sent_later) {
  announcer_.configure(config_of(text_), at(0));
  announcer_.run(at(0), [](unsigned, const std::vector<std::uint8_t>&) { return false; });
  EXPECT_EQ(run(30, 100).size(), 3u);
}

TEST(PortLinks, a_port_that_throws_frames_away_has_no_link_until_its_queue_moves) {
  PortLinks links;
  driver::ShellStatus status;
  status.tx_lost[1] = 100;  // of an earlier time
  links.update(status);
  EXPECT_EQ(links.down(), 0u);
  status.tx_full = 2;
  links.update(status);
  EXPECT_EQ(links.down(), 0u) << "flow control";
  status.tx_lost[1] = 101;
  links.update(status);
  EXPECT_EQ(links.down(), 2u);
  links.update(status);
  EXPECT_EQ(links.down(), 2u) << "nothing was sent";
  status.tx_full = 0;
  links.update(status);
  EXPECT_EQ(links.down(), 0u);
  EXPECT_EQ(links.came_up(), 2u);
  links.update(status);
  EXPECT_EQ(links.came_up(), 0u);
}

}  // namespace
}  // namespace sluice::daemon
