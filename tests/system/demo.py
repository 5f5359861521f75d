#!/usr/bin/python3
"""The demo: HTTP from a client to three nginx through the simulated card, with one that fails."""

import argparse
import pathlib
import sys
import tempfile

from backends import Nginx
from card import BOARDS, Card, Daemon, end_on_signals
from lab import BACKENDS, DNAT_VIP, DSR_VIP, Lab, LabError
from traffic import Outcome, get, table, wrong_shares

SERVICES = {"web-dnat": DNAT_VIP, "web-dsr": DSR_VIP}
FAILING = "b2"
CONFIG = pathlib.Path(__file__).with_name("demo.yaml")


def step(text):
    print(f"== {text}", flush=True)


class Demo:
    def __init__(self, bin_folder, work_folder, requests, board):
        self.bin = pathlib.Path(bin_folder).resolve()
        self.work = pathlib.Path(work_folder)
        self.requests = requests
        self.board = board
        self.total = Outcome()
        self.wrong = []

    def run(self):
        """Returns the exit status; every step says what it does."""
        step("laying the network: one client, one host, one switch, three backends")
        with Lab() as lab:
            step("starting nginx on " + ", ".join(BACKENDS))
            nginx = {name: Nginx(name, self.work) for name in BACKENDS}
            for server in nginx.values():
                server.start()
            step("starting sluice-sim: the Verilated card, a TAP device at each port")
            with Card(self.bin, self.work) as card:
                lab.plug_card()
                step(f"starting sluiced with {CONFIG.name} on a board of kind {self.board}")
                with Daemon(self.bin, self.work, CONFIG, self.board) as daemon:
                    self.play(daemon, nginx)
                    step("counters (sluice stats)")
                    print(daemon.cli("stats"))
                    daemon.conservation()
        return self.conclude(card)

    def play(self, daemon, nginx):
        step("waiting for the health checks and the next hops")
        daemon.wait_for_backends("serving", BACKENDS, timeout_s=30)
        print(daemon.cli("service", "list"))
        self.phase("all backends up", daemon)
        step(f"killing nginx on {FAILING}")
        nginx[FAILING].kill()
        daemon.wait_for_backends("down", [FAILING], timeout_s=30)
        self.phase(f"{FAILING} down", daemon)
        step(f"starting nginx on {FAILING} again")
        nginx[FAILING].start()
        daemon.wait_for_backends("serving", BACKENDS, timeout_s=30)
        self.phase(f"{FAILING} back", daemon)

    def phase(self, label, daemon):
        """The requests of one phase to each service, against the shares that its ring gives."""
        step(f"{label}: {self.requests} requests to each of {', '.join(SERVICES)}")
        rows, expected = [], {}
        for service, vip in SERVICES.items():
            expected[service] = daemon.ring_shares(service)
            outcome = get(vip, self.requests)
            rows.append((service, outcome))
            self.total.add(outcome)
            self.wrong += [f"{label}, {service}: {text}"
                           for text in wrong_shares(outcome, expected[service])]
        print(table(rows, expected))
        print("  requests answered by a backend (its share of the Maglev ring)")

    def conclude(self, card):
        problems = self.wrong + card.problems()
        problems += [f"{count} requests failed: {error}"
                     for error, count in self.total.errors.items()]
        for problem in problems:
            print(f"demo: {problem}", file=sys.stderr)
        print(f"demo: {self.total.requests} requests, {self.total.failed} failed, "
              f"{len(BACKENDS)} backends, {card.info['cycles']} simulated cycles", flush=True)
        return 1 if problems or self.total.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/bin", help="folder of the programs")
    parser.add_argument("--requests", type=int, default=300, help="a service and phase")
    parser.add_argument("--board", choices=BOARDS, default="sim",
                        help="how the daemon reaches the card (xrt: XRT's hardware emulation)")
    arguments = parser.parse_args()
    if arguments.requests < 1:
        parser.error("--requests must be 1 or more: without a request nothing is shown")
    end_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="sluice-demo-") as work:
            pathlib.Path(work).chmod(0o755)
            return Demo(arguments.bin, work, arguments.requests, arguments.board).run()
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; all is cleaned up", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
