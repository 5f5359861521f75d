#include "daemon/daemon.hpp"

#include <gtest/gtest.h>

#include "daemon_fixture.hpp"
#include "full_tables.hpp"
#include "layout/shell_registers.hpp"
#include "own_network.hpp"
#include "packet_gen/frame.hpp"

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

TEST_F(DaemonTest, the_cards_addresses_are_announced_at_start_and_when_the_card_is_taken_up_again) {
  write_config(with_change(kConfigText, "vip: 10.9.0.1", "vip: 10.1.0.100"));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const auto vip = next_sent([](const auto& frame) { return announces(frame, "10.1.0.100"); });
  ASSERT_FALSE(vip.bytes.empty());
  EXPECT_EQ(vip.port, 0u);
  EXPECT_EQ(base::Mac::from_bytes(&vip.bytes[22]),
            daemon.ask([](Daemon& d) { return d.tables().config().mac; }));
  card_.with([](auto& fake) { fake.faults.torn_access = fake.accesses(); });
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return !d.card_trouble().empty(); }); }));
  card_.with([](auto& fake) {
    fake.take_sent();
    fake.faults.torn_access.reset();
  });
  const auto port = next_sent([](const auto& frame) { return announces(frame, "10.2.0.1"); });
  ASSERT_FALSE(port.bytes.empty());
  EXPECT_EQ(port.port, 1u);
}

TEST_F(DaemonTest, a_next_hop_whose_backend_answers_no_check_is_asked_for_and_its_new_mac_taken) {
  const auto text =
      with_change(kConfigText, "  - {address: 10.2.0.13, mac: \"02:00:00:00:02:13\"}\n", "");
  write_config(with_change(text, "interval: 60s, timeout: 1s", "interval: 200ms, timeout: 100ms"));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  const base::Mac own = daemon.ask([](Daemon& d) { return d.tables().config().mac; });
  // Whoever asks for it is told this MAC, until the daemon knows it.
  const auto answer_until_known = [&](std::uint64_t mac) {
    return wait_until([&] {
      for (const auto& frame : card_.with([](auto& fake) { return fake.take_sent(); })) {
        const bool asks = frame.bytes.size() >= 42 && frame.bytes[0] == 0xff &&
                          frame.bytes[13] == 0x06 && frame.bytes[41] == 13;
        if (asks) punt(arp_reply(mac, "10.2.0.13", own), 1);
      }
      return daemon.ask([](Daemon& d) { return d.tables().services()[0].backends[2].mac.value; }) ==
             mac;
    });
  };
  ASSERT_TRUE(answer_until_known(0x020000000a13));
  ASSERT_TRUE(answer_until_known(0x020000000b13)) << "the kernel alone asks nobody yet";
}

TEST_F(DaemonTest, what_checks_miss_while_the_card_is_gone_takes_nobody_down) {
  write_config(with_change(kConfigText, "interval: 60s, timeout: 1s, rise: 2, fall: 3",
                           "interval: 300ms, timeout: 300ms, rise: 2, fall: 4"));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  card_.with([](auto& fake) { fake.faults.torn_access = fake.accesses(); });
  std::this_thread::sleep_for(std::chrono::seconds(3));  // many times what takes a backend down
  const auto up = [](Daemon& d) {
    for (const auto& backend : d.tables().services()[0].backends) {
      if (!d.tables().health(backend.id).up || !d.health().state(backend.id)->up) return false;
    }
    return true;
  };
  EXPECT_TRUE(daemon.ask(up));
  EXPECT_NE(daemon.ask([](Daemon& d) { return d.health().trouble(); }), "");
  card_.with([](auto& fake) { fake.faults.torn_access.reset(); });
  ASSERT_TRUE(
      wait_until([&] { return daemon.ask([](Daemon& d) { return d.card_trouble().empty(); }); }));
  EXPECT_TRUE(daemon.ask(up));
  EXPECT_EQ(card_.commits(), 1u);
  // With the card the checks speak again: nobody is there to answer them.
  EXPECT_TRUE(wait_until([&] { return !daemon.ask(up); }));
}

TEST_F(DaemonTest, a_port_without_a_link_has_no_checks_and_hears_its_addresses_when_it_comes_up) {
  write_config(with_change(kConfigText, "interval: 60s, timeout: 1s, rise: 2, fall: 3",
                           "interval: 100ms, timeout: 50ms, rise: 2, fall: 100"));
  std::uint32_t lost = 7;
  const auto set_shell = [&](std::uint32_t full) {
    card_.set_shell({{layout::kShellReg_shell_kind, 1},
                     {layout::kShellReg_tx_full, full},
                     {layout::kShellReg_tx_lost_1, lost}});
  };
  const auto sent = [&](const auto& wanted) {
    unsigned count = 0;
    for (const auto& frame : card_.with([](auto& fake) { return fake.take_sent(); })) {
      count += wanted(frame.bytes) ? 1 : 0;
    }
    return count;
  };
  const auto is_check = [](const auto& frame) { return frame.size() > 23 && frame[23] == 6; };
  set_shell(0);
  const auto start = Clock::now();
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  ASSERT_TRUE(wait_until([&] { return sent(is_check) > 0; }));
  // What is sent is thrown away. The announcements of the start are over but for the last.
  ASSERT_TRUE(wait_until([&] {
    ++lost;
    set_shell(2);
    std::this_thread::sleep_for(Millis(300));
    return sent(is_check) == 0 && Clock::now() > start + Millis(3500);
  }));
  set_shell(0);
  unsigned announced = 0;
  EXPECT_TRUE(wait_until([&] {
    announced += sent([](const auto& frame) { return announces(frame, "10.2.0.1"); });
    return announced == 2;
  }));
  EXPECT_TRUE(wait_until([&] { return sent(is_check) > 0; }));
}

TEST_F(DaemonTest, a_device_that_is_down_stops_the_checks_and_gets_its_routes_back) {
  write_config(with_change(kConfigText, "interval: 60s, timeout: 1s, rise: 2, fall: 3",
                           "interval: 300ms, timeout: 300ms, rise: 2, fall: 4"));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  ASSERT_TRUE(wait_until(
      [&] { return daemon.ask([](Daemon& d) { return d.pump_counters().from_host > 0; }); }));
  test::run("ip link set sluice0 down");
  const auto trouble = [](Daemon& d) { return d.health().trouble(); };
  EXPECT_TRUE(wait_until([&] { return daemon.ask(trouble) == "sluice0 is down"; }));
  test::run("ip link set sluice0 up");
  EXPECT_TRUE(wait_until([&] { return daemon.ask(trouble).empty(); }));
  EXPECT_TRUE(wait_until([&] {
    return std::system("ip route show table 5343 | grep -q '^default via 10.1.0.254'") == 0;
  }));
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
