#!/usr/bin/python3
"""The demo cleans up after itself, however it ends."""

import os
import pathlib
import signal
import subprocess
import unittest

from lab import NAMESPACES, remove_leftovers, run

DEMO = pathlib.Path(__file__).with_name("demo.py")
MARK = "== killing nginx"  # by then everything runs


class Interrupted(unittest.TestCase):
    def interrupt(self, number):
        """Plays the demo up to the mark, sends the signal, returns the exit status."""
        demo = subprocess.Popen(
            [str(DEMO), "--bin", os.environ.get("SLUICE_BIN", "build/bin"), "--requests", "20"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if line.startswith(MARK):
                break
        self.assertIn(MARK, "".join(lines)[-40:], "".join(lines))
        demo.send_signal(number)
        demo.communicate(timeout=60)
        return demo.returncode

    def left(self):
        return sorted(set(run("ip", "netns").split()) & set(NAMESPACES))

    def test_an_interrupted_or_crashed_demo_leaves_nothing_behind(self):
        self.addCleanup(remove_leftovers)
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                self.assertEqual(self.interrupt(number), 130)
                self.assertEqual(self.left(), [])
        self.assertEqual(self.interrupt(signal.SIGKILL), -signal.SIGKILL)
        self.assertNotEqual(self.left(), [], "a killed demo cannot clean up")
        self.assertEqual(self.interrupt(signal.SIGINT), 130)
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
