"""Packets at the card's ports, captured on its TAP devices and judged by tshark."""

import pathlib
import signal
import subprocess
import time

from lab import CLIENT, CLIENT_TAP, SWITCH, SWITCH_TAP, LabError, inside, wait_until

# A captured frame is bad if any of its checksums is: also those of headers inside IPIP. Linux
# writes a TCP checksum of 0 as 0xffff, which is the same number in one's complement; tshark has a
# remark of its own (tcp.checksum.ffff) for a checksum that is right but for that.
BAD_CHECKSUM = ('ip.checksum.status == "Bad" || udp.checksum.status == "Bad" || '
                'icmp.checksum.status == "Bad" || '
                '(tcp.checksum.status == "Bad" && !tcp.checksum.ffff)')
VERIFY = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
          "-o", "udp.check_checksum:TRUE"]


def tshark(file, display_filter):
    """One line a captured frame that the filter shows."""
    result = subprocess.run(["tshark", "-n", "-r", str(file), *VERIFY, "-Y", display_filter],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LabError(f"tshark: {result.stderr.strip()}")
    return result.stdout.splitlines()


def bad_packets(file):
    return tshark(file, BAD_CHECKSUM)


class Capture:
    """Records both ports of the card while it is open; `judge` afterwards."""

    def __init__(self, folder):
        self.files = {CLIENT: pathlib.Path(folder, "port0.pcap"),
                      SWITCH: pathlib.Path(folder, "port1.pcap")}
        self.processes = []

    def __enter__(self):
        for (namespace, file), device in zip(self.files.items(), (CLIENT_TAP, SWITCH_TAP)):
            self.processes.append(subprocess.Popen(
                inside(namespace, "tcpdump", "-i", device, "--immediate-mode", "-U", "-s", "0", "-w",
                       str(file), "-Z", "root"),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            # The file's header is written once the capture runs.
            wait_until(f"tcpdump on {device}",
                       lambda file=file: file.exists() and file.stat().st_size >= 24, 10)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the recording, once."""
        if not self.processes:
            return
        time.sleep(0.3)  # what is under way still arrives
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            process.wait(timeout=10)
        self.processes = []

    def judge(self):
        """Frames captured; raises if tshark finds a wrong checksum."""
        self.stop()
        total = 0
        for file in self.files.values():
            frames = len(tshark(file, "frame"))
            if frames == 0:
                raise LabError(f"{file.name}: nothing was captured")
            bad = bad_packets(file)
            if bad:
                raise LabError(f"{file.name}: {len(bad)} frames with a wrong checksum: {bad[0]}")
            total += frames
        return total
