#!/usr/bin/env python3
"""What sluiced keeps for its successor.

Runs in a network namespace of its own (it dies with the process) on the fake board.
"""

import errno
import json
import os
import pathlib
import signal
import subprocess
import unittest

import programs_test as programs


def setUpModule():
    programs.setUpModule()


class WithState(programs.ProgramsCase):
    """What must survive a restart, on a disk that is full or in a folder of somebody else's."""

    def setUp(self):
        super().setUp()
        self.state = self.work / "state"
        self.state.mkdir(mode=0o700)

    def mount(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", self.state],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)

    def fill(self):
        filler = self.state / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)
        return filler

    def test_an_apply_that_cannot_be_saved_says_so_until_it_is(self):
        self.mount()
        self.start()
        filler = self.fill()
        changed = self.work / "changed.yaml"
        changed.write_text(programs.CONFIG.replace("weight: 3", "weight: 1"), encoding="utf-8")
        status, out, err = self.cli("apply", changed)
        self.assertEqual(status, 3, err)
        self.assertIn("one commit", out)
        self.assertIn("not saved", err)
        self.assertIn("No space left", err)
        status, out, err = self.cli("status")
        self.assertEqual(status, 3)
        self.assertIn("NOT SAVED", out)
        self.assertIn("not saved", err)
        self.assertIs(json.loads(self.cli("status", "-o", "json")[1])["config"]["saved"], False)
        self.assertEqual(list(self.state.glob("*.new")), [])
        filler.unlink()
        self.wait_for(lambda: self.cli("status")[0] == 0, "saved when there is room")
        self.stop(signal.SIGKILL)
        self.start()
        self.assertEqual(self.cli("config", "show")[1], changed.read_text(encoding="utf-8"))

    def test_an_apply_is_saved_before_it_is_answered(self):
        self.start()
        changed = self.work / "changed.yaml"
        for weight in range(1, 10):
            changed.write_text(programs.CONFIG.replace("weight: 3", f"weight: {weight}"), encoding="utf-8")
            self.assertEqual(self.cli("apply", changed)[0], 0)
            saved = json.loads((self.state / "state.json").read_text(encoding="utf-8"))
            self.assertEqual(saved["config_text"], changed.read_text(encoding="utf-8"))

    def refused(self):
        result = subprocess.run([programs.BIN / "sluiced", "--board", "fake", "--config", self.config,
                                 "--socket", self.socket, "--state-dir", self.state, "--tap",
                                 "sl-nothing"], capture_output=True, text=True, check=False,
                                timeout=15)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertFalse(pathlib.Path("/sys/class/net/sl-nothing").exists())
        return result.stderr

    def test_a_state_folder_of_another_user_is_refused(self):
        victim = self.work / "victim"
        victim.write_text("precious", encoding="utf-8")
        (self.state / "state.json.new").symlink_to(victim)
        os.chown(self.state, 12345, 12345)
        self.assertIn("belongs to another user (uid 12345)", self.refused())
        os.chown(self.state, 0, 0)
        self.state.chmod(0o777)
        self.assertIn("others may write to it", self.refused())
        self.state.chmod(0o700)
        self.start()
        self.assertEqual(victim.read_text(encoding="utf-8"), "precious")

    def test_garbage_of_the_state_file_reaches_no_terminal(self):
        state = self.work / "state" / "state.json"
        for garbage in (b'{"format": 1, "\x1b[2J\xff' + b"x" * 5000, b"\x1b]0;owned\x07", b"\xc2\x9b2J"):
            state.write_bytes(garbage)
            self.start()
            self.stop()
        log = self.log.read_bytes()
        self.assertIn(b"ignoring the state file", log)
        self.assertTrue(set(log) <= set(range(0x20, 0x7f)) | {0x0a}, "printable ASCII alone")
        self.assertLess(max(len(line) for line in log.splitlines()), 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
