#!/usr/bin/python3
"""sluiced on XRT while its card dies and comes back."""

import os
import pathlib
import tempfile
import time
import unittest

from backends import Nginx
from card import Card, Daemon, end_on_signals
from lab import BACKENDS, DNAT_VIP, Lab, wait_until
from traffic import get

CONFIG = pathlib.Path(__file__).with_name("demo.yaml")
NOTICED_WITHIN_S = 5
REQUESTS = 60


class DyingCard(unittest.TestCase):
    def test_a_card_that_dies_is_noticed_and_its_successor_taken_up(self):
        end_on_signals()
        programs = pathlib.Path(os.environ.get("SLUICE_BIN", "build/bin")).resolve()
        work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-")))
        work.chmod(0o755)
        lab = self.enterContext(Lab())
        for name in BACKENDS:
            server = Nginx(name, work)
            self.addCleanup(server.stop)
            server.start()
        card = self.enterContext(Card(programs, work))
        lab.plug_card()
        daemon = self.enterContext(Daemon(programs, work, CONFIG, "xrt"))
        daemon.wait_for_backends("serving", BACKENDS)
        self.assertEqual(get(DNAT_VIP, REQUESTS).failed, 0)

        card.process.kill()
        started = time.monotonic()
        wait_until("the daemon's word that its card is gone",
                   lambda: "NOT ATTACHED" in daemon.cli("status"), NOTICED_WITHIN_S)
        print(f"noticed after {time.monotonic() - started:.1f} s")
        self.assertIn("every read answers 0xffffffff", daemon.cli("status"))
        self.assertIsNone(daemon.process.poll())
        card.stop()

        successor = self.enterContext(Card(programs, work))
        lab.plug_card()
        wait_until("the daemon's taking up the new card",
                   lambda: "NOT ATTACHED" not in daemon.cli("status"), 30)
        daemon.wait_for_backends("serving", BACKENDS)
        self.assertEqual(get(DNAT_VIP, REQUESTS).failed, 0)
        daemon.conservation()
        successor.stop()
        self.assertEqual(successor.problems(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
