#!/usr/bin/python3
"""Checks say something of backends only while they can; what changes is told and heard at once."""

import json
import signal
import subprocess
import time
import unittest

from card import end
from control_link import ControlLink
from lab import (BACKENDS, CARD_BACKEND_SIDE, CARD_CLIENT_SIDE, CLIENT, CLIENT_TAP, DNAT_VIP, HOST,
                 PREFIX, SWITCH, SWITCH_TAP, inside, ip, run, wait_until)
from system_case import HERE, SystemCase

PORT = 7000
COUNT = 24
CUT_S = 8
CARD_MAC = "02:53:0a:01:00:01"  # of port 0's address
LONG_ENOUGH_S = 4  # twice what takes a backend down
NEW_VIP = "10.1.0.100"

CONFIG_TEXT = """\
version: 1
ports:
  - {{name: clients, address: 10.1.0.1/24, gateway: 10.1.0.10}}
  - {{name: backends, address: 10.2.0.1/24}}
health: {{interval: 500ms, timeout: 400ms, rise: 2, fall: {fall}}}
services:
  - name: hold
    vip: {vip}
    port: 7000
    mode: dnat
    scheduler: round_robin
    on_backend_down: reset
    panic_threshold: {panic}
    backends:
      - {{name: b1, address: 10.2.0.11}}
      - {{name: b2, address: 10.2.0.12}}
      - {{name: b3, address: 10.2.0.13}}
"""


class Checks(SystemCase):
    def setUp(self):
        super().setUp()
        for name in BACKENDS:
            self.start_helper(PREFIX + name, HERE / "tcp_hold.py", "serve", str(PORT), name)

    def apply(self, fall=2, panic="off", vip=DNAT_VIP):
        changed = self.work / "changed.yaml"
        changed.write_text(CONFIG_TEXT.format(fall=fall, panic=panic, vip=vip), encoding="utf-8")
        self.daemon.cli("apply", str(changed))
        self.daemon.wait_for_backends("serving", BACKENDS)

    def hold(self):
        process = subprocess.Popen(
            inside(CLIENT, str(HERE / "tcp_hold.py"), "hold", DNAT_VIP, str(PORT), str(COUNT)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(end, process)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def ask(process):
        process.stdin.write("\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def log_since(self, offset):
        return self.daemon.log.read_text(encoding="utf-8")[offset:]

    def log_size(self):
        return len(self.daemon.log.read_text(encoding="utf-8"))

    def service(self):
        (row,) = self.daemon.cli_json("service", "list")["services"]
        return row

    def checks_go_on(self):
        return self.daemon.cli_json("status")["health"]["checks_trouble"] is None

    @staticmethod
    def pin_the_card():
        """It is the host that answers ARP for the card, and here it cannot for a while."""
        there = f"lladdr {CARD_MAC} nud permanent"
        ip(CLIENT, f"neigh replace {CARD_CLIENT_SIDE} {there} dev {CLIENT_TAP}")
        for name in BACKENDS:
            ip(PREFIX + name, f"neigh replace {CARD_BACKEND_SIDE} {there} dev eth0")

    def test_a_control_link_that_is_cut_takes_no_backend_down(self):
        self.pin_the_card()
        link = self.enterContext(ControlLink(self.work / "link.sock", self.card.socket))
        end(self.daemon.process)
        self.daemon.board.name = f"sim:{link.path}"
        self.daemon.start()
        self.apply()
        process = self.hold()
        before = self.ask(process)
        start = self.log_size()
        link.cut()
        time.sleep(CUT_S)
        self.assertEqual(self.ask(process), before, "the card forwards by itself")
        link.mend()
        wait_until("the daemon's taking up the card again",
                   lambda: "taken up" if "attached" in self.log_since(start) else None, 60)
        time.sleep(LONG_ENOUGH_S)
        self.assertEqual(self.ask(process), before)
        wait_until("the checks to go on", self.checks_go_on, 20)
        self.assertNotIn("is down:", self.log_since(start))
        self.assertIn("checks stand still", self.log_since(start))
        self.judge()

    def test_what_stops_the_checks_takes_no_backend_down(self):
        self.pin_the_card()
        self.apply()
        process = self.hold()
        before = self.ask(process)
        stop, go = signal.SIGSTOP, signal.SIGCONT
        daemon, card = self.daemon.process, self.card.process
        breaks = {
            "the host's device is down": (lambda: ip(HOST, "link set sluice0 down"),
                                          lambda: ip(HOST, "link set sluice0 up")),
            "the daemon is stopped": (lambda: self.signal(daemon, stop),
                                      lambda: self.signal(daemon, go)),
            "the card is stopped": (lambda: self.signal(card, stop),
                                    lambda: self.signal(card, go)),
        }
        for what, (break_it, mend_it) in breaks.items():
            with self.subTest(what):
                start = self.log_size()
                break_it()
                time.sleep(LONG_ENOUGH_S)
                mend_it()
                time.sleep(LONG_ENOUGH_S)
                wait_until("the checks to go on", self.checks_go_on, 20)
                self.assertEqual(self.ask(process), before)
                self.assertNotIn("is down:", self.log_since(start))
        ip(PREFIX + "b2", "link set eth0 down")
        self.daemon.wait_for_backends("down", ["b2"])  # checks do speak again
        self.judge()

    @staticmethod
    def signal(process, number):
        """To sluiced or sluice-sim, which run as the process itself: `ip netns exec` execs."""
        process.send_signal(number)

    def test_a_service_whose_backends_all_fail_at_once_is_in_panic_and_resets_nobody(self):
        self.apply(panic="50%")
        process = self.hold()
        before = self.ask(process)
        start = self.log_size()
        ip(SWITCH, f"link set {SWITCH_TAP} down")
        wait_until("panic", lambda: self.service()["state"] == "panic", 30)
        self.assertEqual(self.service()["backends_serving"], len(BACKENDS))
        self.assertIn("PANIC", self.daemon.cli("status"))
        time.sleep(LONG_ENOUGH_S)
        ip(SWITCH, f"link set {SWITCH_TAP} up")
        wait_until("its end", lambda: self.service()["state"] == "up", 30)
        self.assertEqual(self.ask(process), before)
        self.assertIn("service hold is in panic:", self.log_since(start))
        self.assertIn("service hold is in panic no more", self.log_since(start))
        self.judge()

    def test_a_backends_new_mac_is_on_the_card_soon_after_a_failed_check(self):
        self.apply(fall=20)
        mac = "02:00:00:00:0b:02"
        def on_card():
            rows = self.daemon.cli_json("backend", "list", "hold")["backends"]
            return next(row for row in rows if row["name"] == "b2")["mac"] == mac
        self.assertFalse(on_card())
        time.sleep(2)  # the kernel's entry is as settled as those of the field
        ip(PREFIX + "b2", f"link set eth0 address {mac}")
        start = time.monotonic()
        wait_until("the new MAC on the card", on_card, 10)
        print(f"the new MAC was on the card after {time.monotonic() - start:.1f} s, "
              "with the wait for a check and its time-out")
        self.assertEqual(set(self.ask(self.hold())), set(BACKENDS))
        self.judge()

    def test_a_new_vip_is_announced_to_who_had_it_elsewhere(self):
        run("ip", "-n", CLIENT, "neigh", "replace", NEW_VIP, "lladdr", "02:00:00:00:00:99", "dev",
            CLIENT_TAP, "nud", "reachable")
        self.apply(vip=NEW_VIP)
        card = run("ip", "-n", HOST, "-o", "link", "show", "sluice0").split("link/ether ")[1][:17]
        def client_knows():
            return card in run("ip", "-n", CLIENT, "neigh", "show", NEW_VIP)
        wait_until("the client's hearing of it", client_knows, 10)
        self.judge()


if __name__ == "__main__":
    unittest.main(verbosity=2)
