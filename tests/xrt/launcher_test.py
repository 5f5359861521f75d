#!/usr/bin/python3
"""sluice-xrt-emu as a command: status, signals, environment, and that nothing is left behind."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

EMULATOR = os.environ["SLUICE_XRT_EMU"]


def leftovers():
    return set(pathlib.Path("/tmp").glob("sluice-xrt-*"))


def alive(pid):
    """True if the process runs (an ended one whose parent has not asked yet does not)."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Launcher(unittest.TestCase):
    def start(self, *command, **options):
        # No simulator: the bridge then plays a card that is gone, and the launcher does not mind.
        process = subprocess.Popen([EMULATOR, "--sim", "/nonexistent", "--", *command],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def until(self, condition):
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end, "did not happen")
            time.sleep(0.05)

    def test_the_commands_status_is_the_launchers(self):
        for script, status in (("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 128 + 9)):
            process = self.start("sh", "-c", script)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, status, script)

    def test_the_command_finds_what_xrt_needs_and_nothing_is_left(self):
        before = leftovers()
        script = ('[ "$XCL_EMULATION_MODE" = hw_emu ] && [ -e "$XILINX_XRT/lib/libxrt_core.so.2" ]'
                  ' && [ -f "$XRT_INI_PATH" ] && [ -d "$OCL_ICD_VENDORS" ]'
                  ' && [ -S "/tmp/$USER/$EMULATION_SOCKETID" ] && echo "/tmp/$USER"')
        output, errors = self.start("sh", "-c", script).communicate(timeout=30)
        self.assertTrue(output.startswith("/tmp/sluice-xrt-"), output + errors)
        self.assertFalse(pathlib.Path(output.strip()).exists())
        self.assertEqual(leftovers() - before, set())

    def test_signals_are_passed_on(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            script = f"trap 'exit 5' {number.value}; echo ready; while :; do sleep 0.1; done"
            process = self.start("sh", "-c", script)
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.send_signal(number)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, 5, number)

    def test_a_launcher_that_is_killed_takes_command_and_bridge_with_it(self):
        process = self.start("sh", "-c", 'echo $$ "$USER"; exec sleep 100')
        pid, user = process.stdout.readline().split()
        folder = pathlib.Path("/tmp", user)
        self.addCleanup(subprocess.run, ["rm", "-rf", str(folder)], check=True)
        self.until((folder / "bridge.pid").exists)
        bridge = (folder / "bridge.pid").read_text()
        process.kill()
        process.wait()
        self.until(lambda: not alive(pid) and not alive(bridge))

    def test_a_command_that_is_not_there_is_named(self):
        _, errors = self.start("/no/such/program").communicate(timeout=30)
        self.assertIn("sluice-xrt-emu: /no/such/program: No such file", errors)

    def test_the_containment_changes_nothing_for_other_programs(self):
        with tempfile.TemporaryDirectory(prefix="sl-xrt-") as folder:
            script = (f"cd {folder}; echo text > a; cat a; rm a; [ ! -e a ]; sleep 0.2; "
                      "echo x | wc -c; kill -TERM $$")
            started = time.monotonic()
            process = self.start("bash", "-c", script)
            output, _ = process.communicate(timeout=30)
        self.assertEqual(output.split(), ["text", "2"])
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertGreater(time.monotonic() - started, 0.2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
