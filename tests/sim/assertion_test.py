#!/usr/bin/env python3
"""A broken assertion of the RTL ends sluice-sim with status 1 and its name.

usage: assertion_test.py PROGRAM (sluice-sim on the card with planted faults)
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from scapy.all import IP, UDP, Ether, wrpcap

PROGRAM = pathlib.Path()
# The third beat of a frame is not stored: what takes the frame finds a beat missing.
MISSING_BEAT = "6"
CARD_MAC = "02:00:00:00:00:10"


class AssertionTest(unittest.TestCase):
    def play(self, fault):
        with tempfile.TemporaryDirectory(prefix="sl-assert-") as folder:
            capture = pathlib.Path(folder, "in.pcap")
            wrpcap(str(capture), [Ether(dst=CARD_MAC) / IP() / UDP() / bytes(200)] * 3)
            return subprocess.run(
                [PROGRAM, "--port", f"0=pcap:{capture},", "--time", "sim", "--until-done"],
                env={**os.environ, "SLUICE_PLANTED_FAULT": fault}, capture_output=True, text=True,
                check=False, timeout=50)

    def test_without_the_fault_all_is_well(self):
        done = self.play("0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["assertions"], "ok")

    def test_with_the_fault_it_ends_with_the_assertion(self):
        done = self.play(MISSING_BEAT)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("sluice-sim: card: an assertion of the RTL failed", done.stderr)
        self.assertRegex(done.stdout, r"\.sv:\d+: Assertion failed in .*payload_follows_record")
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["assertions"], "failed")


if __name__ == "__main__":
    PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
