#!/usr/bin/python3
"""The daemon dies, comes back and changes its mind while packets flow: none is lost."""

import subprocess
import time
import unittest

from lab import CLIENT, DNAT_VIP, inside
from system_case import CONFIG, ECHO_PORT, HERE, SystemCase
from traffic import start_get

DATAGRAMS = 4000
GAP_MS = 5


class UnderTraffic(SystemCase):
    def start_sequence(self):
        """Numbered datagrams through the card and back for about twenty seconds."""
        return subprocess.Popen(
            inside(CLIENT, str(HERE / "udp_sequence.py"), DNAT_VIP, str(ECHO_PORT),
                   str(DATAGRAMS), str(GAP_MS)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, sequence):
        out, _ = sequence.communicate(timeout=90)
        self.assertEqual(out, f"sent {DATAGRAMS}, echoed {DATAGRAMS}, lost 0\n")

    def test_a_killed_daemon_loses_no_packet_and_its_successor_none_either(self):
        before = self.daemon.cli_json("status")["card"]
        sequence = self.start_sequence()
        requests = start_get(DNAT_VIP, 300)
        time.sleep(1)
        self.daemon.kill()
        time.sleep(2)
        self.assertIsNone(sequence.poll(), "the traffic must outlast the daemon")
        self.daemon.start()
        outcome = requests.outcome()
        self.finish(sequence)
        self.assertEqual(outcome.failed, 0, outcome.errors)
        after = self.daemon.cli_json("status")["card"]
        self.assertEqual(after["commits"], before["commits"], "the card already was as wanted")
        self.judge()

    def test_configuration_changes_under_traffic_lose_no_packet(self):
        text = CONFIG.read_text(encoding="utf-8")
        changes = [text.replace("weight: 2", "weight: 5"),
                   text.replace("weight: 2", "weight: 0"),
                   text.replace("name: echo", "name: echo\n    ring_slots: 65537"),
                   text.replace("name: echo", "name: echo\n    hash: source"),
                   text]
        changed = self.work / "changed.yaml"
        sequence = self.start_sequence()
        for change in changes:
            time.sleep(1)
            changed.write_text(change, encoding="utf-8")
            self.assertTrue(self.daemon.cli_json("apply", str(changed))["committed"])
            self.assertIsNone(sequence.poll(), "changes must meet traffic")
        self.finish(sequence)
        self.judge()

    def test_a_bad_configuration_is_refused_and_changes_nothing(self):
        sequence = self.start_sequence()
        bad = self.work / "bad.yaml"
        bad.write_text(CONFIG.read_text(encoding="utf-8").replace("mode: dsr", "mode: dsx"))
        before = self.daemon.cli_json("status")["card"]["commits"]
        status, text = self.on_client(str(self.bin / "sluice"), "--socket", str(self.daemon.api),
                                      "apply", str(bad))
        self.assertNotEqual(status, 0)
        self.assertRegex(text, r"bad\.yaml:\d+:\d+: ")
        self.assertEqual(self.daemon.cli_json("status")["card"]["commits"], before)
        self.finish(sequence)
        self.judge()


if __name__ == "__main__":
    unittest.main(verbosity=2)
