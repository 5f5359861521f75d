#!/usr/bin/python3
"""Loads tables into each kind of board and counts what that costs.

usage: table_load.py --bin DIR [--json FILE]

accesses are those that cross the link to the card, a bulk transfer counting as one; card_ms is the
card's own time, cycles at the clock of the layouts, and 0 where no card is behind the board.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

START_BOUND_S = 60
LOAD_BOUND_S = 300
APERTURE_BYTES = 0x8000
COLUMNS = ["board", "table", "entries", "accesses", "card_ms", "wall_ms"]
NOTES = ["sim and xrt: the Verilated card, xrt by way of genuine XRT in hardware emulation.",
         "pci: a file stands in for the BAR, fake: no card; both have no card time."]


def rows_of(kind, command, has_card):
    """The rows one run of table_load prints, and the card's build id."""
    print(f"loading {kind} ...", file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=LOAD_BOUND_S, check=True)
    found = [json.loads(line) for line in done.stdout.decode().splitlines() if line[:1] == "{"]
    if not found:
        sys.exit(f"{kind}: no rows")
    build_id = found[0]["build_id"]
    for row in found:
        row["board"] = kind
        row["card_ms"] = round(row["card_ms"], 3) if has_card else 0
        row["wall_ms"] = round(row["wall_ms"], 3)
    return [{name: row[name] for name in COLUMNS} for row in found], build_id


class SimulatedCard:
    """A sluice-sim without ports, on simulated time."""

    def __init__(self, bin_folder, work):
        self.socket = work / "sim.sock"
        self.process = subprocess.Popen(
            [str(bin_folder / "sluice-sim"), "--control", str(self.socket), "--time", "sim"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def __enter__(self):
        end = time.monotonic() + START_BOUND_S
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit("sluice-sim did not start")
            time.sleep(0.05)
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(bin_folder, work):
    """Rows of every board this build has, and the simulated card's build id."""
    program = str(bin_folder / "table_load")
    rows, _ = rows_of("fake", [program, "fake"], False)
    bar = work / "resource0"
    bar.write_bytes(bytes(APERTURE_BYTES))
    rows += rows_of("pci", [program, f"pci:{bar}"], False)[0]
    with SimulatedCard(bin_folder, work) as card:
        sim_rows, build_id = rows_of("sim", [program, f"sim:{card.socket}"], True)
    rows += sim_rows
    emulator = bin_folder / "sluice-xrt-emu"
    if not emulator.exists():
        print("no XRT in this build: no rows of board xrt", file=sys.stderr)
        return rows, build_id
    image = work / "card.xclbin"
    subprocess.run([str(bin_folder / "sluice"), "image", "pack", "--board", "emu", "--build-id",
                    f"{build_id:08x}", "--out", str(image)], check=True)
    with SimulatedCard(bin_folder, work) as card:
        rows += rows_of("xrt", [str(emulator), "--sim", str(card.socket), "--", program,
                                f"xrt:0,{image}"], True)[0]
    return rows, build_id


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        rows, build_id = measure(arguments.bin.resolve(), pathlib.Path(folder))
    report = {"bench": "table-load", "build_id": f"{build_id:08x}", "notes": NOTES, "rows": rows}
    print(f"table-load, build {report['build_id']}")
    for note in NOTES:
        print(note)
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in COLUMNS]
    for line in [dict(zip(COLUMNS, COLUMNS)), *rows]:
        print("  ".join(str(line[name]).rjust(width) for name, width in zip(COLUMNS, widths)))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
