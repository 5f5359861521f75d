// The daemon as a whole: what checks can tell, and who is told and asked where addresses are.
#include "daemon_fixture.hpp"
#include "layout/shell_registers.hpp"

namespace sluice::daemon {
namespace {

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
  // With the card the checks speak again: their frames leave, and nobody is there to answer them.
  EXPECT_TRUE(wait_until([&] {
    card_.with([](auto& fake) { fake.take_sent(); });
    return !daemon.ask(up);
  }));
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

TEST_F(DaemonTest,
       answers_that_found_the_mailbox_full_take_nobody_down_but_a_flood_elsewhere_does_not_count) {
  write_config(with_change(kConfigText, "interval: 60s, timeout: 1s, rise: 2, fall: 3",
                           "interval: 100ms, timeout: 80ms, rise: 2, fall: 2"));
  Running daemon(card_, folder_);
  ASSERT_EQ(daemon.error(), "");
  // From addresses of the other port's network, so that the stack gets none and answers none.
  auto frame = arp_request("10.1.0.10", "10.1.0.1");
  unsigned port = 1;
  const auto flood = [&](auto& fake) {
    for (unsigned i = 0; i < layout::kPuntSlots; ++i) {
      fake.punt({port, layout::kReason_arp, frame});
    }
  };
  const auto state = [](Daemon& d) {
    return *d.health().state(d.tables().services()[0].backends[0].id);
  };
  for (int i = 0; i < 60; ++i) {
    card_.with(flood);
    std::this_thread::sleep_for(Millis(20));
  }
  EXPECT_EQ(daemon.ask(state).last, health::Outcome::lost);
  EXPECT_TRUE(daemon.ask(state).up);
  frame = arp_request("10.2.0.99", "10.2.0.1");
  port = 0;
  EXPECT_TRUE(wait_until([&] {
    card_.with(flood);
    card_.with([](auto& fake) { fake.take_sent(); });
    return !daemon.ask(state).up;
  })) << "silence counts though the clients' port is flooded";
}

}  // namespace
}  // namespace sluice::daemon
