#!/usr/bin/python3
"""A card with one port, clients and backends behind it: what clients throw at the VIP must not
stand in the way of the answers to health checks."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from backends import Nginx
from card import Card, Daemon, end_on_signals
from lab import (BACKENDS, CARD_BACKEND_SIDE, CLIENT, CLIENT_ADDRESS, CLIENT_TAP, DNAT_VIP, SWITCH,
                 Lab, inside, ip, run, wait_until)

HERE = pathlib.Path(__file__).parent
SECONDS = 6
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

    def test_a_thousand_pings_a_second_to_the_vip_take_no_backend_down(self):
        _, text = self.on_client("ping", "-q", "-i", str(GAP_MS / 1000), "-w", str(SECONDS), DNAT_VIP)
        sent, answered = (int(n) for n in re.search(r"(\d+) packets transmitted, (\d+) received",
                                                    text).groups())
        status = self.daemon.cli_json("status")
        punts = status["host"]["punts"]
        print(f"{sent} pings, {answered} answered, {punts}")
        self.assertGreater(sent, 100 * SECONDS, "no load")
        self.assertGreater(answered, 0, "the host answers some")
        self.assertNotIn(" is down", self.daemon.log.read_text(encoding="utf-8"))
        self.assertEqual(status["card"]["punt_asked_lost"], [0, 0])
        self.daemon.wait_for_backends("serving", BACKENDS, timeout_s=1)
        code, _ = self.on_client("curl", "-s", "-m", "10", f"http://{DNAT_VIP}/")
        self.assertEqual(code, 0, "the service serves")

    @staticmethod
    def on_client(*command):
        """Runs a command on the client; returns its status and output."""
        result = subprocess.run(inside(CLIENT, *command), capture_output=True, text=True,
                                check=False, timeout=60, stdin=subprocess.DEVNULL)
        return result.returncode, result.stdout + result.stderr


if __name__ == "__main__":
    unittest.main(verbosity=2)
