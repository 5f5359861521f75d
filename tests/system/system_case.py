"""What all system tests share: the lab with the card in it, and the verdict after each test."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from backends import Nginx
from capture import Capture
from card import Card, Daemon, end, end_on_signals
from lab import BACKENDS, CLIENT, PREFIX, Lab, inside

HERE = pathlib.Path(__file__).parent
CONFIG = HERE / "system.yaml"
ECHO_PORT = 5000


class SystemCase(unittest.TestCase):
    """One lab a test. After each: packets are conserved, every checksum is right, the card is
    content (its assertions and stream rules held)."""

    def setUp(self):
        end_on_signals()
        self.bin = pathlib.Path(os.environ.get("SLUICE_BIN", "build/bin")).resolve()
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-")))
        self.work.chmod(0o755)
        self.lab = self.enterContext(Lab())
        self.nginx = {name: Nginx(name, self.work) for name in BACKENDS}
        for server in self.nginx.values():
            self.addCleanup(server.stop)
            server.start()
        for name in BACKENDS:
            self.start_helper(PREFIX + name, HERE / "udp_echo.py", str(ECHO_PORT))
            self.start_helper(PREFIX + name, HERE / "ipip_decap.py")
        self.card = self.enterContext(Card(self.bin, self.work))
        self.lab.plug_card()
        self.daemon = self.enterContext(Daemon(self.bin, self.work, CONFIG))
        self.daemon.wait_for_backends("serving", BACKENDS)
        self.capture = self.enterContext(Capture(self.work))

    def start_helper(self, namespace, script, *arguments):
        """A script that runs in a namespace until the test ends; returns once it is ready."""
        process = subprocess.Popen(inside(namespace, str(script), *arguments),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(end, process)
        self.assertEqual(process.stdout.readline(), "ready\n")

    def on_client(self, *command, timeout_s=60):
        """Runs a command on the client; returns its status and output."""
        result = subprocess.run(inside(CLIENT, *command), capture_output=True, text=True,
                                check=False, timeout=timeout_s, stdin=subprocess.DEVNULL)
        return result.returncode, result.stdout + result.stderr

    def judge(self):
        """The end of every test: call it last, with the traffic over."""
        counts = self.daemon.conservation()
        print(f"conservation: {counts}")
        self.assertGreater(self.capture.judge(), 0)
        self.card.stop()
        self.assertEqual(self.card.problems(), [])
        print(f"simulated cycles: {self.card.info['cycles']}")
