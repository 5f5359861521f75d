#!/usr/bin/env python3
"""One simulated card and two daemons, each in a network namespace of its own.

usage: owner_test.py --bin DIR
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

BIN = pathlib.Path()
NETNS = [f"sl-own{number}-{os.getpid()}" for number in (1, 2)]
CONFIG = """version: 1
ports:
  - {name: clients, address: 10.1.0.1/24, gateway: 10.1.0.254}
  - {name: backends, address: 10.2.0.1/24}
neighbors:
  - {address: 10.1.0.254, mac: "02:00:00:00:01:fe"}
  - {address: 10.2.0.11, mac: "02:00:00:00:02:11"}
services:
  - name: web
    vip: 10.9.0.1
    port: 80
    mode: dnat
    check: none
    backends:
      - {name: b1, address: 10.2.0.11}
"""


class Owner(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sl-own-")))
        self.board = f"sim:{self.work / 'sim.sock'}"
        (self.work / "config.yaml").write_text(CONFIG, encoding="utf-8")
        for name in NETNS:
            subprocess.run(["ip", "netns", "add", name], check=True)
            self.addCleanup(subprocess.run, ["ip", "netns", "delete", name], check=True)
        self.spawn("sim", [BIN / "sluice-sim", "--control", self.work / "sim.sock"])
        self.wait_for(lambda: "ready" in self.log("sim"))

    def spawn(self, name, command):
        with open(self.work / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.wait()

    def log(self, name):
        return (self.work / f"{name}.log").read_text(encoding="utf-8")

    def wait_for(self, reached, timeout_s=90):
        end = time.monotonic() + timeout_s
        while not reached():
            if time.monotonic() > end:
                self.fail("\n".join(file.read_text() for file in self.work.glob("*.log")))
            time.sleep(0.1)

    def daemon(self, number):
        name = f"daemon{number}"
        return self.spawn(name, [
            "ip", "netns", "exec", NETNS[number - 1], BIN / "sluiced", "--board", self.board,
            "--config", self.work / "config.yaml", "--socket", self.work / f"{name}.sock",
            "--state-dir", self.work / name])

    def cli(self, *words):
        return subprocess.run([BIN / "sluice", "--socket", self.work / "daemon1.sock", *words],
                              capture_output=True, text=True, check=False, timeout=60)

    def test_a_second_daemon_is_refused_and_a_look_at_the_card_is_not(self):
        first = self.daemon(1)
        self.wait_for(lambda: "ready" in self.log("daemon1"))
        second = self.daemon(2)
        self.assertEqual(second.wait(timeout=60), 1)
        self.assertIn(f"process {first.pid} (sluiced) uses this card", self.log("daemon2"))
        info = json.loads(self.cli("board", "info", self.board, "-o", "json").stdout)
        self.assertEqual((info["board"], info["commits"]), (self.board, 1))
        self.assertIsNone(first.poll())
        self.assertEqual(self.cli("apply", self.work / "config.yaml").returncode, 0)
        first.kill()
        first.wait()
        self.daemon(2)
        self.wait_for(lambda: "ready" in self.log("daemon2"))

    def test_tables_that_are_read_back_are_told_and_remembered(self):
        first = self.daemon(1)
        self.wait_for(lambda: "ready" in self.log("daemon1"))
        first.kill()
        first.wait()
        (self.work / "daemon1" / "tables.bin").unlink()
        again = self.daemon(1)
        self.wait_for(lambda: "reading the tables back: 0 %" in self.log("daemon1"))
        status = self.cli("status").stdout
        self.wait_for(lambda: "ready" in self.log("daemon1"))
        self.assertRegex(status, r"NOT ATTACHED: reading the tables back: \d+ %|live bank")
        self.assertIn("reading the tables back: 100 %", self.log("daemon1"))
        again.kill()
        again.wait()
        self.daemon(1)
        self.wait_for(lambda: "ready" in self.log("daemon1"))
        self.assertNotIn("reading the tables back", self.log("daemon1"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    BIN = arguments.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
