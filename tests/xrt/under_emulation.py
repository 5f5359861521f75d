#!/usr/bin/python3
"""Runs a test program as a host of an emulated XRT card: starts sluice-sim, packs an image, and
runs the program under sluice-xrt-emu with SLUICE_TEST_BOARD naming the board. A word IMAGE of the
command becomes the image's path."""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

START_BOUND_S = 60


def wait_for(path, process):
    end = time.monotonic() + START_BOUND_S
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            sys.exit("under_emulation: sluice-sim did not start")
        time.sleep(0.05)


def end(process):
    process.send_signal(signal.SIGCONT)  # a test may have stopped it
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sim", required=True, help="sluice-sim")
    parser.add_argument("--emulator", required=True, help="sluice-xrt-emu")
    parser.add_argument("--make-image", required=True, help="xrt_test_image")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sl-xrt-") as work:
        socket, image = pathlib.Path(work, "sim.sock"), pathlib.Path(work, "card.xclbin")
        subprocess.run([arguments.make_image, str(image)], check=True)
        sim = subprocess.Popen([arguments.sim, "--control", str(socket), "--time", "sim"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            wait_for(socket, sim)
            environment = {**os.environ, "SLUICE_TEST_BOARD": f"xrt:0,{image}",
                           "SLUICE_TEST_SIM_PID": str(sim.pid)}
            command = [str(image) if word == "IMAGE" else word for word in arguments.command]
            done = subprocess.run([arguments.emulator, "--sim", str(socket), "--", *command],
                                  env=environment, check=False)
            return done.returncode
        finally:
            end(sim)


if __name__ == "__main__":
    sys.exit(main())
