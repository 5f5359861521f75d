#!/usr/bin/python3
"""A card with one port, clients and backends behind it: what clients throw at the VIP must not
stand in the way of the answers to health checks."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from backends import Nginx
from card import Card, Daemon, end, end_on_signals
from lab import (BACKENDS, CARD_BACKEND_SIDE, CLIENT, CLIENT_ADDRESS, CLIENT_TAP, DNAT_VIP, SWITCH,
                 Lab, inside, ip, run, wait_until)

HERE = pathlib.Path(__file__).parent
PINGS = 8000
GAP_MS = 1


class OneArmed(unittest.TestCase):
    def setUp(self):
        end_on_signals()
        self.bin = pathlib.Path(os.environ.get("SLUICE_BIN", "build/bin")).resolve()
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-")))
        self.work.chmod(0o755)
        self.enterContext(Lab())
        for name in BACKENDS:
            server = Nginx(name, self.work)
            self.addCleanup(server.stop)
            server.start()
        self.card = self.enterContext(Card(self.bin, self.work))
        self.plug_card()
        self.daemon = self.enterContext(Daemon(self.bin, self.work, HERE / "one_armed.yaml"))
        self.daemon.wait_for_backends("serving", BACKENDS)

    @staticmethod
    def plug_card():
        """Port 0 into the switch. The client reaches the VIP over its cable to the switch, from an
        address of another network, as behind a router, so that answers come back by the card."""
        wait_until("the card's port 0",
                   lambda: run("ip", "-n", CLIENT, "link", "show", CLIENT_TAP, check=False), 60)
        ip(CLIENT, f"link set {CLIENT_TAP} netns {SWITCH}")
        ip(SWITCH, f"link set {CLIENT_TAP} master br0 up")
        ip(CLIENT, f"address add {CLIENT_ADDRESS}/32 dev lo")
        ip(CLIENT, f"route add {DNAT_VIP}/32 via {CARD_BACKEND_SIDE} dev eth0 src {CLIENT_ADDRESS}")

    def states(self):
        return {row["name"]: row["state"] for row in self.daemon.cli_json("backend", "list")["backends"]}

    def test_a_thousand_pings_a_second_to_the_vip_take_no_backend_down(self):
        ping = subprocess.Popen(
            inside(CLIENT, "ping", "-q", "-i", str(GAP_MS / 1000), "-c", str(PINGS), "-W", "1", DNAT_VIP),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(ping.stdout.close)
        self.addCleanup(end, ping)
        while ping.poll() is None:
            self.assertEqual(self.states(), dict.fromkeys(BACKENDS, "serving"))
            time.sleep(0.3)
        text = ping.stdout.read()
        print(text.strip().splitlines()[-2:])
        self.assertIn(f"{PINGS} packets transmitted", text)
        self.assertNotIn(" 0 received", text, "the host answers some")
        self.assertNotIn(" is down", self.daemon.log.read_text(encoding="utf-8"))
        card = self.daemon.cli_json("status")["card"]
        self.assertEqual(card["punt_asked_lost"], 0)
        status, _ = self.get()
        self.assertEqual(status, 0, "and the service serves")

    def get(self):
        result = subprocess.run(inside(CLIENT, "curl", "-s", "-m", "10", f"http://{DNAT_VIP}/"),
                                capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return result.returncode, result.stdout


if __name__ == "__main__":
    unittest.main(verbosity=2)
