// The daemon as a whole: configurations, restarts, cards that go.
#include <gtest/gtest.h>

#include "daemon_fixture.hpp"
#include "full_tables.hpp"
#include "own_network.hpp"

namespace sluice::daemon {
namespace {

TEST_F(DaemonTest, a_restart_commits_nothing_and_keeps_health_and_next_hops) {
  write_config(
      with_change(kConfigText, "  - {address: 10.2.0.12, mac: \"02:00:00:00:02:12\"}\n", ""));
  {
    Running daemon(card_, folder_);
    ASSERT_EQ(daemon.error(), "");
    test::run("ip neigh replace 10.2.0.12 lladdr 02:00:00:00:09:12 dev sluice0 nud reachable");
    ASSERT_TRUE(wait_until([&] {
      return daemon.ask([](Daemon& d) { return d.tables().services()[0].backends[1].mac.value; }) ==
             0x020000000912u;
    }));
  }
  const std::uint32_t commits = card_.commits();
  Running successor(card_, folder_);
  ASSERT_EQ(successor.error(), "");
  EXPECT_EQ(card_.commits(), commits);
  EXPECT_EQ(successor.ask([](Daemon& d) { return d.tables().services()[0].backends[1].mac.value; }),
            0x020000000912u);
}

TEST_F(DaemonTest, a_restart_goes_on_with_what_was_applied_unless_the_file_has_changed) {
  const auto port_of = [](Daemon& d) { return d.tables().config().services[0].port; };
  {
    Running daemon(card_, folder_);
    ASSERT_EQ(daemon.error(), "");
    const auto outcome = daemon.ask([](Daemon& d) {
      return d.apply(with_change(kConfigText, "port: 80", "port: 81"), "other.yaml");
    });
    ASSERT_TRUE(outcome.ok());
    EXPECT_TRUE(outcome->report.committed);
  }
  {
    Running daemon(card_, folder_);
    EXPECT_EQ(daemon.ask(port_of), 81);
  }
  write_config(with_change(kConfigText, "port: 80", "port: 82"));
  {
    Running daemon(card_, folder_);
    EXPECT_EQ(daemon.ask(port_of), 82);
  }
  write_config("nonsense: [");
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  EXPECT_EQ(daemon.ask(port_of), 82);
}

TEST_F(DaemonTest, a_first_start_with_a_bad_file_says_where_and_leaves_the_card_alone) {
  write_config(with_change(kConfigText, "mode: dnat", "mode: dsx"));
  Running daemon(card_, folder_);
  EXPECT_NE(daemon.error().find("config.yaml:14:"), std::string::npos) << daemon.error();
  EXPECT_EQ(card_.commits(), 0u);
}

TEST_F(DaemonTest, a_bad_apply_and_a_bad_reload_change_nothing) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const std::string bad = with_change(kConfigText, "mode: dnat", "mode: dsx");
  const auto outcome = daemon.ask([&](Daemon& d) { return d.apply(bad, "bad.yaml"); });
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->problems.size(), 1u);
  write_config(bad);
  daemon.ask([](Daemon& d) { d.reload(); });
  EXPECT_EQ(daemon.ask([](Daemon& d) { return d.running().text; }), kConfigText);
  EXPECT_EQ(card_.commits(), 1u);
}

TEST_F(DaemonTest, a_reload_applies_the_changed_file) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  write_config(with_change(kConfigText, "port: 80", "port: 8080"));
  daemon.ask([](Daemon& d) { d.reload(); });
  EXPECT_EQ(daemon.ask([](Daemon& d) { return d.tables().config().services[0].port; }), 8080);
  EXPECT_EQ(card_.commits(), 2u);
}

TEST_F(DaemonTest, the_hosts_stack_answers_arp_for_a_vip_out_of_the_asking_port) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  ASSERT_TRUE(punt(arp_request("10.1.0.10", "10.9.0.1")));
  const auto reply = next_sent([](const auto& frame) {
    return frame.size() >= 42 && frame[12] == 0x08 && frame[13] == 0x06 && frame[21] == 2;
  });
  ASSERT_FALSE(reply.bytes.empty()) << "no ARP reply";
  EXPECT_EQ(reply.port, 0u);
  EXPECT_EQ(base::Mac::from_bytes(&reply.bytes[0]).value, kClientMac);
  const auto mac = daemon.ask([](Daemon& d) { return d.tables().config().mac; });
  EXPECT_EQ(base::Mac::from_bytes(&reply.bytes[22]), mac);
}

TEST_F(DaemonTest, two_thousand_frames_for_the_host_all_arrive) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const auto frame = arp_request("10.1.0.10", "10.9.0.1");
  for (int sent = 0; sent < 2000;) {
    if (punt(frame)) {
      ++sent;
    } else {
      card_.with([](auto& fake) { fake.take_sent(); });  // as the wire would
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
  EXPECT_TRUE(wait_until([&] {
    const auto c = daemon.ask([](Daemon& d) { return d.pump_counters(); });
    return c.to_host == 2000 && c.to_host_lost == 0;
  }));
}

TEST_F(DaemonTest, a_full_mailbox_to_the_card_does_not_hold_up_frames_for_the_host) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const auto frame = arp_request("10.1.0.10", "10.9.0.1");  // each would be answered
  const auto start = Clock::now();
  for (int sent = 0; sent < 500;) {
    if (punt(frame)) ++sent;
  }
  // Nobody takes the answers. Were each waited for in turn, this would take ten seconds.
  ASSERT_TRUE(wait_until(
      [&] { return daemon.ask([](Daemon& d) { return d.pump_counters(); }).to_host == 500; }));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  ASSERT_TRUE(wait_until(
      [&] { return daemon.ask([](Daemon& d) { return d.pump_counters(); }).from_host_lost > 0; }));
}

TEST_F(DaemonTest, every_service_of_full_tables_is_replaced_by_one_apply) {
  write_config(test::full_config(0));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const auto applied =
      daemon.ask([](Daemon& d) { return d.apply(test::full_config(1), "x.yaml"); });
  ASSERT_TRUE(applied.ok()) << applied.error().message();
  EXPECT_TRUE(applied->problems.empty());
  EXPECT_EQ(applied->change.services_added, layout::kServices);
  EXPECT_EQ(applied->change.services_removed, layout::kServices);
  EXPECT_EQ(daemon.ask([](Daemon& d) { return d.tables().services().size(); }), layout::kServices);
  EXPECT_EQ(daemon.ask([](Daemon& d) { return d.running().text; }), test::full_config(1));
  EXPECT_EQ(daemon.ask([](Daemon& d) { return d.card_trouble(); }), "");
}

TEST_F(DaemonTest, an_unresolved_next_hop_is_asked_for_on_its_port) {
  write_config(
      with_change(kConfigText, "  - {address: 10.2.0.13, mac: \"02:00:00:00:02:13\"}\n", ""));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const auto request = next_sent([](const auto& frame) {
    return frame.size() >= 42 && frame[13] == 0x06 && frame[21] == 1 && frame[41] == 13;
  });
  ASSERT_FALSE(request.bytes.empty()) << "no ARP request for 10.2.0.13";
  EXPECT_EQ(request.port, 1u);
}

TEST_F(DaemonTest, a_card_that_went_away_is_taken_up_again) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  card_.with([](auto& fake) { fake.faults.torn_access = fake.accesses(); });
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return !d.card_trouble().empty(); }); }));
  EXPECT_FALSE(daemon.ask([](Daemon& d) { return d.apply(kConfigText, "x.yaml"); }).ok());
  const auto trouble = daemon.ask([](Daemon& d) { return d.card_trouble(); });
  EXPECT_EQ(trouble.find("no card"), std::string::npos) << "a refused apply hides the cause";
  card_.with([](auto& fake) { fake.faults.torn_access.reset(); });
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return d.card_trouble().empty(); }); }));
  EXPECT_EQ(card_.commits(), 1u);
  const auto changed = with_change(kConfigText, "port: 80", "port: 90");
  EXPECT_TRUE(daemon.ask([&](Daemon& d) { return d.apply(changed, "x.yaml"); }).ok());
}

TEST_F(DaemonTest, one_refused_access_of_the_mailbox_does_not_cut_the_host_off_for_good) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  // The next access may be another one, whose failure is no reason to let go of the card.
  ASSERT_TRUE(wait_until([&] {
    card_.with([](auto& fake) { fake.faults.fail_access = fake.accesses(); });
    std::this_thread::sleep_for(Millis(10));
    return daemon.ask([](Daemon& d) { return !d.card_trouble().empty(); });
  }));
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return d.card_trouble().empty(); }); }));
  ASSERT_TRUE(punt(arp_request("10.1.0.10", "10.9.0.1")));
  const auto reply = next_sent(
      [](const auto& frame) { return frame.size() >= 42 && frame[13] == 0x06 && frame[21] == 2; });
  EXPECT_FALSE(reply.bytes.empty()) << "no ARP reply";
}

TEST_F(DaemonTest, a_commit_whose_answer_is_lost_is_undone_or_done_but_never_forgotten) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  // The commit is done, but the write of `control` seems to fail.
  card_.with([](auto& fake) { fake.faults.lose_answer_of = layout::kReg_control; });
  const auto changed =
      with_change(kConfigText, "address: 10.2.0.13}\n", "address: 10.2.0.13, weight: 0}\n");
  const auto before = card_.live();
  EXPECT_FALSE(daemon.ask([&](Daemon& d) { return d.apply(changed, "x.yaml"); }).ok());
  EXPECT_EQ(card_.commits(), 2u);
  EXPECT_EQ(daemon.ask([](Daemon& d) { return d.running().text; }), kConfigText);
  // What runs is what the daemon says runs: the card is taken up again and brought back.
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return d.card_trouble().empty(); }); }));
  ASSERT_TRUE(wait_until([&] { return card_.commits() == 3; }));
  const auto after = card_.live();
  for (std::size_t i = 0; i < layout::kBackends; ++i) {
    ASSERT_TRUE(layout::same_record(before.backends[i], after.backends[i])) << i;
  }
}

TEST_F(DaemonTest, a_deleted_device_ends_the_daemon_with_a_reason) {
  auto started = Daemon::start(
      {[this] { return card_.board(); }, folder_ / "config.yaml", "sluice0", folder_});
  ASSERT_TRUE(started.ok()) << started.error().message();
  test::run("ip link delete sluice0");
  const auto done = (*started)->run();
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().message().find("sluice0: the network device was deleted"),
            std::string::npos);
}

TEST_F(DaemonTest, a_card_that_was_reset_gets_its_tables_again) {
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  card_.reset();
  const auto changed = with_change(kConfigText, "port: 80", "port: 90");
  EXPECT_FALSE(daemon.ask([&](Daemon& d) { return d.apply(changed, "x.yaml"); }).ok());
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return d.card_trouble().empty(); }); }));
  EXPECT_EQ(card_.commits(), 1u);
  EXPECT_TRUE(daemon.ask([&](Daemon& d) { return d.apply(changed, "x.yaml"); }).ok());
  EXPECT_EQ(card_.commits(), 2u);
}

}  // namespace
}  // namespace sluice::daemon
