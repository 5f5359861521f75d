#!/usr/bin/env python3
"""Speed of the simulated card in wall time: under a generator, and for one TCP stream.

usage: sim.py --bin DIR [--seconds S] [--json FILE]

The TCP stream goes from the lab's client to a backend by way of a DNAT service and back, so every
segment and every acknowledgement crosses the card, with sluiced in charge of it.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from card import Card, Daemon  # noqa: E402
from lab import CLIENT, DNAT_VIP, PREFIX, Lab, inside, run  # noqa: E402

BACKEND, BACKEND_ADDRESS = "b1", "10.2.0.11"
PORT = 5201
CONFIG = f"""version: 1
ports:
  - name: clients
    address: 10.1.0.1/24
    gateway: 10.1.0.10
  - name: backends
    address: 10.2.0.1/24
health: {{interval: 30s, rise: 1}}
services:
  - name: iperf
    vip: {DNAT_VIP}
    port: {PORT}
    mode: dnat
    backends:
      - {{name: {BACKEND}, address: {BACKEND_ADDRESS}}}
"""


def generator_row(bin_folder, work):
    """What sim_speed measures; also the build id and the notes."""
    report = work / "speed.json"
    run(str(bin_folder / "sim_speed"), "--json", str(report), timeout_s=300)
    return json.loads(report.read_text())


def tcp_mbit_per_s(bin_folder, work, seconds):
    """What an iperf3 receiver behind the card got."""
    config = work / "iperf.yaml"
    config.write_text(CONFIG)
    with Lab() as lab, Card(bin_folder, work) as card:
        lab.plug_card()
        # The server answers health checks too, so it must not be one that ends after a test.
        server = subprocess.Popen(inside(PREFIX + BACKEND, "iperf3", "-s", "-p", str(PORT)),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            with Daemon(bin_folder, work, config) as daemon:
                daemon.wait_for_backends("serving", [BACKEND])
                result = json.loads(run(*inside(
                    CLIENT, "iperf3", "-c", DNAT_VIP, "-p", str(PORT), "-t", str(seconds), "-J"),
                    timeout_s=seconds + 60))
        finally:
            server.terminate()
            server.wait()
    problems = card.problems()
    if problems:
        sys.exit("\n".join(problems))
    return result["end"]["sum_received"]["bits_per_second"] / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        work = pathlib.Path(folder)
        report = generator_row(arguments.bin, work)
        report["rows"][0]["tcp_mbit_per_s"] = round(
            tcp_mbit_per_s(arguments.bin, work, arguments.seconds), 3)
    report["notes"].append("TCP: one iperf3 stream through a DNAT service, both ways by the card.")
    print(f"sim, build {report['build_id']}")
    for note in report["notes"]:
        print(note)
    row = report["rows"][0]
    print("  ".join(row))
    print("  ".join(str(value).rjust(len(name)) for name, value in row.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
