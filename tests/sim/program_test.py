#!/usr/bin/env python3
"""sluice-sim as a program: capture files, TAP devices in a namespace, signals, idling.

usage: program_test.py --bin DIR
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from scapy.all import ARP, IP, UDP, Ether, rdpcap, wrpcap

BIN = pathlib.Path()
NETNS = f"sl-sim-{os.getpid()}"

# driver/sim_protocol.hpp and layout/registers.hpp
OP_READ, OP_WRITE, OP_INFO = 2, 3, 4
REG_MAGIC, REG_PUNT_STATUS, REG_INJECT_SEND, REG_TICK = 0x000, 0x050, 0x05c, 0x030
WINDOW_PUNT, WINDOW_INJECT = 0x1000, 0x2000
MAGIC = 0x534c5549
CARD_MAC = "02:00:00:00:00:10"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def wait_until(condition, timeout_s=60):
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Client:
    """The control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))

    def call(self, op, payload=b""):
        self.socket.sendall(struct.pack("<IHH", len(payload), op, 0) + payload)
        size, _, status = struct.unpack("<IHH", self.socket.recv(8, socket.MSG_WAITALL))
        assert status == 0, f"status {status}"
        return self.socket.recv(size, socket.MSG_WAITALL) if size else b""

    def read(self, address, words=1):
        return struct.unpack(f"<{words}I", self.call(OP_READ, struct.pack("<II", address, words)))

    def write(self, address, *values):
        self.call(OP_WRITE, struct.pack(f"<II{len(values)}I", address, len(values), *values))

    def info(self):
        return json.loads(self.call(OP_INFO))

    def close(self):
        self.socket.close()


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sl-sim-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.control = self.folder / "control.sock"

    def start(self, *arguments):
        process = subprocess.Popen([BIN / "sluice-sim", *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def finish(self, process, number=None):
        """Its last words, as JSON, after an optional signal."""
        if number is not None:
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        return json.loads(out.splitlines()[-1])

    def start_with_taps(self, *arguments):
        run("ip", "netns", "add", NETNS)
        self.addCleanup(run, "ip", "netns", "delete", NETNS)
        run("ip", "netns", "exec", NETNS, "sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1")
        process = self.start("--control", str(self.control), "--port", f"0=tap:sl0@{NETNS}",
                             "--port", f"1=tap:sl1@{NETNS}", *arguments)
        self.assertTrue(wait_until(self.accepts), "nobody listens at the control socket")
        return process

    def accepts(self):
        """The socket's file is there a moment before somebody listens."""
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(self.control))
            return True
        return False

    def client(self):
        client = Client(self.control)
        self.addCleanup(client.close)
        return client

    def test_plays_captures_and_accounts_for_every_frame(self):
        frames = [Ether(dst=CARD_MAC, src="02:00:00:00:00:11") / IP(src="192.0.2.1", dst="10.0.0.2") /
                  UDP(sport=1, dport=2) / bytes(n) for n in range(0, 1400, 7)]
        wrpcap(str(self.folder / "in.pcap"), frames)
        trace = self.folder / "wave.fst"
        process = self.start("--port", f"0=pcap:{self.folder}/in.pcap,{self.folder}/out.pcap",
                             "--time", "sim", "--until-done", "--trace", str(trace))
        info = self.finish(process)
        self.assertEqual(info["assertions"], "ok")
        self.assertEqual(info["ports"][0]["rx_frames"], len(frames))
        # Without tables no unicast frame is for the card, and none leaves.
        self.assertEqual(len(rdpcap(str(self.folder / "out.pcap"))), 0)
        self.assertGreater(trace.stat().st_size, 1000)

    def test_runs_the_same_cycles_for_the_same_capture_in_simulated_time(self):
        wrpcap(str(self.folder / "in.pcap"), [Ether(dst=CARD_MAC) / IP() / UDP()] * 50)
        cycles = {self.finish(self.start("--port", f"0=pcap:{self.folder}/in.pcap,", "--time", "sim",
                                         "--until-done"))["cycles"] for _ in range(2)}
        self.assertEqual(len(cycles), 1)

    def test_takes_arp_off_a_tap_to_the_mailbox_and_sends_the_answer_out(self):
        process = self.start_with_taps()
        run("ip", "-n", NETNS, "address", "add", "10.77.0.1/24", "dev", "sl0")
        client = self.client()
        self.assertEqual(client.read(REG_MAGIC), (MAGIC,))
        subprocess.run(["ip", "netns", "exec", NETNS, "ping", "-c", "1", "-W", "1", "10.77.0.2"],
                       check=False, capture_output=True, timeout=30)
        self.assertTrue(wait_until(lambda: client.read(REG_PUNT_STATUS)[0] > 0), "no punted frame")
        words = client.read(WINDOW_PUNT, 17)
        self.assertEqual(words[0] >> 31, 1)
        self.assertEqual(words[0] & 0xffff, 60, "the TAP's short frame was not padded")
        request = Ether(struct.pack("<16I", *words[1:])[:60])
        self.assertEqual(request[ARP].pdst, "10.77.0.2")
        answer = bytes(Ether(dst=request.src, src=CARD_MAC) /
                       ARP(op="is-at", hwsrc=CARD_MAC, psrc="10.77.0.2", hwdst=request[ARP].hwsrc,
                           pdst="10.77.0.1")).ljust(60, b"\0")
        client.write(WINDOW_INJECT + 4, *struct.unpack("<15I", answer))
        client.write(REG_INJECT_SEND, 60)
        self.assertTrue(wait_until(lambda: CARD_MAC in run("ip", "-n", NETNS, "neighbour", "show",
                                                           "dev", "sl0")), "the answer is lost")
        self.assertEqual(client.info()["ports"][0]["tx_frames"], 1)
        info = self.finish(process, signal.SIGTERM)
        self.assertEqual(info["assertions"], "ok")
        self.assertFalse(self.control.exists())

    def test_ends_with_a_reason_when_its_device_is_deleted(self):
        process = self.start_with_taps()
        run("ip", "-n", NETNS, "link", "delete", "sl1")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"sl1@{NETNS}: the device was deleted", err)

    def test_counts_frames_that_a_tap_refuses(self):
        process = self.start_with_taps()
        run("ip", "-n", NETNS, "link", "set", "sl1", "down")
        client = self.client()
        client.write(WINDOW_INJECT + 4, *([0xffffffff] * 15))
        client.write(REG_INJECT_SEND, 1 << 16 | 60)
        self.assertTrue(wait_until(lambda: client.info()["ports"][1]["tx_refused"] == 1))
        self.finish(process, signal.SIGINT)

    def test_sets_the_mtu_and_leaves_no_device_behind(self):
        process = self.start_with_taps("--mtu", "9000")
        self.assertIn("mtu 9000", run("ip", "-n", NETNS, "link", "show", "sl1"))
        self.assertIn("UP", run("ip", "-n", NETNS, "link", "show", "sl0"))
        self.finish(process, signal.SIGINT)
        self.assertNotIn("sl0", run("ip", "-n", NETNS, "link", "show"))

    def test_keeps_no_privilege_once_its_devices_are_made(self):
        process = self.start_with_taps()
        for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines()
                          if ":\t" in line)
            for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                self.assertEqual(int(fields[name], 16), 0, name)
            self.assertEqual(fields["NoNewPrivs"].strip(), "1")

    def test_sleeps_when_idle_and_its_ticks_follow_the_wall_clock(self):
        before_start = time.monotonic()
        process = self.start_with_taps()
        client = self.client()
        client.read(REG_MAGIC)
        after_start = time.monotonic()
        stat = pathlib.Path(f"/proc/{process.pid}/stat")

        def cpu_ticks():
            return sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13]))

        def settled():
            before = cpu_ticks()
            time.sleep(0.3)
            return cpu_ticks() == before

        self.assertTrue(wait_until(settled), "the idle card does not sleep")
        cpu, begin = cpu_ticks(), time.monotonic()
        time.sleep(1.0)
        # Awake, it would take all the time there is, however long this process was held up.
        passed_s = time.monotonic() - begin
        self.assertLessEqual(cpu_ticks() - cpu, max(1, passed_s * os.sysconf("SC_CLK_TCK") / 50))

        def follows():
            before = time.monotonic()
            tick_s = client.read(REG_TICK)[0] / 1000
            self.assertLessEqual(tick_s, time.monotonic() - before_start, "ahead of the wall clock")
            # Ticks missed while asleep come one a cycle behind the access that woke the card.
            return tick_s >= before - after_start - 0.01
        self.assertTrue(wait_until(follows), "the card's clock does not follow")
        self.finish(process, signal.SIGTERM)

    def test_refuses_what_it_cannot_do_with_a_reason(self):
        for arguments, reason in [
                (["--port", "7=tap:x"], "ports are numbered"),
                (["--port", "0=tap:x@sl-nowhere"], "sl-nowhere"),
                (["--port", "0=pcap:/nowhere,"], "/nowhere"),
                (["--control", str(self.folder)], "not a socket"),
                (["--port", "0=gen:bytes=7"], "bytes=7")]:
            process = self.start(*arguments)
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, err = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 1)
            self.assertIn(reason, err)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    BIN = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
