"""sluice-sim and sluiced as processes of the lab."""

import json
import pathlib
import signal
import socket
import subprocess

from lab import CLIENT, CLIENT_TAP, HOST, SWITCH, SWITCH_TAP, LabError, inside, run, wait_until


END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_on_signals():
    """Ctrl-C, SIGTERM and SIGHUP unwind, so that every `with` cleans up; a second one waits."""
    def interrupt(_signal, _frame):
        for number in END_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt
    for number in END_SIGNALS:
        signal.signal(number, interrupt)


def end(process, timeout_s=20):
    """SIGTERM, and SIGKILL if that is not enough; returns the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def _accepts(path):
    """True if somebody listens on the Unix socket (a crash leaves its file behind)."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
            return True
        except OSError:
            return False


class Card:
    """The simulated card. After the `with`, `info` holds what it said at its end."""

    def __init__(self, bin_folder, work_folder, *options):
        self.program = pathlib.Path(bin_folder, "sluice-sim")
        self.work = pathlib.Path(work_folder)
        self.socket = self.work / "sim.sock"
        self.options = options
        self.info = {"cycles": 0}
        self.status = None
        self.log = self.work / "sluice-sim.log"

    def __enter__(self):
        self._out = open(self.work / "sluice-sim.json", "w+", encoding="utf-8")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                inside(HOST, str(self.program), "--control", str(self.socket),
                       "--port", f"0=tap:{CLIENT_TAP}@{CLIENT}",
                       "--port", f"1=tap:{SWITCH_TAP}@{SWITCH}", *self.options),
                stdin=subprocess.DEVNULL, stdout=self._out, stderr=log)
        wait_until("sluice-sim's control socket", self._ready, 60)
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise LabError(f"sluice-sim ended: {self.log_text()}")
        return _accepts(self.socket)

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the card, once, and keeps what it says."""
        if self.status is not None:
            return
        self.status = end(self.process)
        self._out.seek(0)
        text = self._out.read().strip()
        self._out.close()
        if text:
            self.info = json.loads(text.splitlines()[-1])

    def log_text(self):
        return self.log.read_text(encoding="utf-8").strip()[-800:]

    def problems(self):
        """What the card itself says went wrong: an assertion, a stream rule, conservation."""
        if self.status != 0:
            return [f"sluice-sim ended with status {self.status}: {self.log_text()}"]
        return []


class SimBoard:
    """The card as sluiced reaches it: over the control socket of sluice-sim."""

    def __init__(self, _bin_folder, work_folder):
        self.name = f"sim:{pathlib.Path(work_folder) / 'sim.sock'}"
        self.launcher = ()


class XrtBoard:
    """The same card behind Debian's XRT in hardware emulation."""

    def __init__(self, bin_folder, work_folder):
        work = pathlib.Path(work_folder)
        image = work / "card.xclbin"
        # The build id is for `sluice flash`: a board does not compare it.
        run(str(pathlib.Path(bin_folder, "sluice")), "image", "pack", "--board", "emu",
            "--build-id", "00000000", "--out", str(image))
        self.name = f"xrt:0,{image}"
        self.launcher = (str(pathlib.Path(bin_folder, "sluice-xrt-emu")),
                         "--sim", str(work / "sim.sock"), "--")


BOARDS = {"sim": SimBoard, "xrt": XrtBoard}


class Daemon:
    """sluiced on the card's host, and the `sluice` command that talks to it."""

    def __init__(self, bin_folder, work_folder, config, board="sim"):
        self.bin = pathlib.Path(bin_folder)
        self.work = pathlib.Path(work_folder)
        self.config = pathlib.Path(config)
        self.api = self.work / "api.sock"
        self.log = self.work / "sluiced.log"
        self.board = BOARDS[board](bin_folder, work_folder)
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        end(self.process)

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                inside(HOST, *self.board.launcher, str(self.bin / "sluiced"),
                       "--config", str(self.config), "--board", self.board.name,
                       "--socket", str(self.api), "--state-dir", str(self.work / "state")),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until("sluiced's API", self._ready, 90)

    def _ready(self):
        if self.process.poll() is not None:
            raise LabError(f"sluiced ended: {self.log_text()}")
        return _accepts(self.api)

    def log_text(self):
        return self.log.read_text(encoding="utf-8").strip()[-800:]

    def kill(self):
        """As a crash: SIGKILL."""
        self.process.kill()
        self.process.wait()

    def cli(self, *words):
        return run(str(self.bin / "sluice"), "--socket", str(self.api), *words)

    def cli_json(self, *words):
        return json.loads(self.cli("-o", "json", *words))

    def wait_for_backends(self, state, names, timeout_s=30):
        """Until these backends are in that state in every service that has them."""
        def reached():
            rows = [row for row in self.cli_json("backend", "list")["backends"]
                    if row["name"] in names]
            return rows and all(row["state"] == state for row in rows)
        wait_until(f"{', '.join(names)} {state}", reached, timeout_s)

    def ring_shares(self, service):
        """Backend -> its part of the service's Maglev ring, of those that serve."""
        return {row["name"]: row["share_pct"] / 100
                for row in self.cli_json("backend", "list", service)["backends"]
                if row["share_pct"] > 0}

    def conservation(self):
        """Both sides of the rule, as `sluice stats` tells them; raises if it is broken."""
        counts = self.cli_json("stats")["conservation"]
        if not counts["holds"]:
            raise LabError(f"packets are not conserved: {counts}")
        return counts
