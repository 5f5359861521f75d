#!/usr/bin/python3
"""Runs a test program as a host of an emulated XRT card: starts sluice-sim, packs an image, and
runs the program under sluice-xrt-emu with SLUICE_TEST_BOARD naming the board. A word IMAGE of the
command becomes the image's path. With --each-test the program is a GoogleTest one, and each of its
tests that FILTER names gets a card of its own, to which an ARP request comes with the first
commit."""

import argparse
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

START_BOUND_S = 60
# To everybody, from 02:00:00:00:00:09: who has 10.0.0.1, tell 10.0.0.9.
ARP_REQUEST = bytes.fromhex("ffffffffffff 020000000009 0806 0001 0800 06 04 0001"
                            "020000000009 0a000009 000000000000 0a000001").ljust(60, b"\0")


def wait_for(path, process):
    end_s = time.monotonic() + START_BOUND_S
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end_s:
            sys.exit("under_emulation: sluice-sim did not start")
        time.sleep(0.02)


def end(process):
    process.terminate()
    process.send_signal(signal.SIGCONT)  # a test may have stopped it
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def write_capture(path):
    """A capture file with the one frame."""
    size = len(ARP_REQUEST)
    header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    path.write_bytes(header + struct.pack("<IIII", 0, 0, size, size) + ARP_REQUEST)


def run(arguments, command):
    """Runs a command with a card of its own; returns its status."""
    with tempfile.TemporaryDirectory(prefix="sl-xrt-") as work:
        socket, image = pathlib.Path(work, "sim.sock"), pathlib.Path(work, "card.xclbin")
        capture = pathlib.Path(work, "arp.pcap")
        write_capture(capture)
        # The build id is for `sluice flash`: a board does not compare it.
        subprocess.run([arguments.sluice, "image", "pack", "--board", "emu", "--macs", "2",
                        "--build-id", "00000000", "--out", str(image)], check=True)
        sim = subprocess.Popen([arguments.sim, "--control", str(socket), "--time", "sim",
                                "--port", f"0=pcap:{capture},", "--start", "commit"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_for(socket, sim)
            environment = {**os.environ, "SLUICE_TEST_BOARD": f"xrt:0,{image}",
                           "SLUICE_TEST_SIM_PID": str(sim.pid),
                           "SLUICE_LOCK_DIR": str(pathlib.Path(work, "lock"))}
            words = [str(image) if word == "IMAGE" else word for word in command]
            return subprocess.run([arguments.emulator, "--sim", str(socket), "--", *words],
                                  env=environment, check=False).returncode
        finally:
            end(sim)


def names_of_tests(program, test_filter):
    """The full names, as --gtest_list_tests shows suites and indented tests."""
    listed = subprocess.run([*program, "--gtest_list_tests", f"--gtest_filter={test_filter}"],
                            env={**os.environ, "SLUICE_TEST_BOARD": "xrt:"}, check=True,
                            capture_output=True, text=True).stdout
    names, suite = [], ""
    for line in listed.splitlines():
        word = line.split("#")[0].rstrip()
        if word.startswith(" "):
            names.append(suite + word.strip())
        elif word.endswith("."):
            suite = word
    return names


def run_each(arguments):
    names = names_of_tests(arguments.command, arguments.each_test)
    failed = [name for name in names
              if run(arguments, [*arguments.command, f"--gtest_filter={name}"]) != 0]
    print(f"under_emulation: {len(names)} tests, {len(failed)} failed: {' '.join(failed)}")
    return 1 if failed or not names else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sim", required=True, help="sluice-sim")
    parser.add_argument("--emulator", required=True, help="sluice-xrt-emu")
    parser.add_argument("--sluice", required=True, help="the command that packs images")
    parser.add_argument("--each-test", metavar="FILTER", help="tests of the GoogleTest command")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    return run_each(arguments) if arguments.each_test else run(arguments, arguments.command)


if __name__ == "__main__":
    sys.exit(main())
