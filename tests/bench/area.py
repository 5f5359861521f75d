#!/usr/bin/env python3
"""Area and LUT levels of the packet path and the card, estimated by Yosys.

usage: area.py --build DIR [--targets 4,6,8] [--jobs N] [--json FILE]

One row for the packet path at each number of LUT levels asked of hlsc, one for each of the card's two
planes, one for connection table and scheduler, and one for the card: its cells are the sum of its parts, which are wired together
without logic of their own, and its levels are those of the deepest part, as each registers its
outputs. Nothing here ran on a board or through the vendor's tools.
"""

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import time

import yosys_estimate

TREE = pathlib.Path(__file__).resolve().parents[2]
KERNELS = ["parse_classify", "schedule", "rewrite"]
PACKAGES = ["sluice_layout_pkg", "sluice_pkg", "packet_plane_pkg", "conn_pkg",
            *(f"{kernel}_pkg" for kernel in KERNELS)]
PRODUCT_TARGET = 6
# From a frame's last beat in to its first beat out, without the packet path (rtl/sluice_card.sv).
CARD_CYCLES = 16
# When the ring's choice and the connection table's answer are there (rtl/packet_path.sv).
RING_CYCLE = 11
KNOWN_CYCLE = 18
COLUMNS = ["unit", "lut", "ff", "bram36", "uram", "dsp", "lut_levels", "target_lut_levels",
           "stages"]
# The ring alone, 1 Mi slots of 16 bits, fills 57 UltraRAMs of 4,096 x 72 bits, as Yosys packs it.
LEAST_RING_URAM = 57
LEAST_LUTS = 1000


def compile_path(build, target, work):
    """Sources of the packet path at `target` LUT levels, and how many stages it has."""
    out = build / "hls" if target == PRODUCT_TARGET else work / f"target{target}"
    boxes = ("compiler", "path", "layout", "fixed")
    include = [f"-I{TREE / 'hls' / box / 'include'}" for box in boxes]
    packages, modules, stages = [], [], {}
    for kernel in KERNELS:
        if target != PRODUCT_TARGET:
            command = [build / "bin/hlsc", TREE / f"hls/path/{kernel}_rtl.cpp", "-o", out,
                       "--module", kernel, "--target-levels", str(target), "--", *include]
            subprocess.run(command, check=True, stdout=sys.stderr)
        report = json.loads((out / f"{kernel}_report.json").read_text())
        assert report["target_levels"] == target, f"the build folder holds another {kernel}"
        packages.append(out / f"{kernel}_pkg.sv")
        modules.append(out / f"{kernel}.sv")
        stages[kernel] = report["stages"]
    hand_written = [TREE / "rtl" / f"{name}.sv"
                    for name in ("sluice_pkg", "fifo", "conn_delay", "packet_path")]
    # The connection table answers beside schedule, some time after it.
    schedule = max(stages["schedule"], RING_CYCLE) + KNOWN_CYCLE - RING_CYCLE
    latency = stages["parse_classify"] + schedule + stages["rewrite"]
    return [*packages, TREE / "hls/compiler/rtl/hlsc_mul.sv", *modules, *hand_written], latency


def card_sources(build, path):
    files = {f.stem: f for f in [*sorted((TREE / "rtl").glob("*.sv")),
                                 build / "hls/sluice_layout_pkg.sv", *path]}
    first = [files.pop(name) for name in PACKAGES]
    return [*first, *files.values()]


def say(text):
    print(f"area: {text}", file=sys.stderr, flush=True)


def timed(what, function, *args, **options):
    """The function's result; says when it starts and how long it took."""
    say(f"{what} ...")
    start = time.monotonic()
    result = function(*args, **options)
    say(f"{what}: {result}, {time.monotonic() - start:.0f} s")
    return result


def estimate(unit, top, sources, stages, target, work, pool):
    """Futures of what a row needs."""
    name = unit.replace(" ", "_") + f"_{target}"
    row = {"unit": unit, "target_lut_levels": target, "stages": stages}
    of = f"of the {unit} for {target} levels"
    cells = pool.submit(timed, f"cells {of}", yosys_estimate.area, top, sources, work, name)
    levels = pool.submit(timed, f"levels and generic LUTs {of}", yosys_estimate.lut_levels, top,
                         sources, work, name, memories=True)
    return row, cells, levels


def finish(row, cells, levels):
    row.update(cells.result())
    row["lut_levels"], luts = levels.result()
    if min(row["lut"], luts) < LEAST_LUTS:
        raise yosys_estimate.EstimateError(f"{row['unit']}: too few LUTs to be true: {row}")
    return row


def add_card(rows, stages):
    """The card: its parts, wired together."""
    parts = [r for r in rows if r["target_lut_levels"] == PRODUCT_TARGET]
    card = {"unit": "card", "target_lut_levels": PRODUCT_TARGET, "stages": CARD_CYCLES + stages}
    for column in ("lut", "ff", "bram36", "uram", "dsp"):
        card[column] = sum(r[column] for r in parts)
    card["lut_levels"] = max(r["lut_levels"] for r in parts)
    if card["uram"] < LEAST_RING_URAM:
        raise yosys_estimate.EstimateError(f"the ring is not in UltraRAM: {card}")
    rows.append(card)


def measure(args, work):
    rows = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        pending = []
        for target in args.targets:
            sources, path_stages = compile_path(args.build, target, work)
            pending.append(estimate("packet path", "packet_path", sources, path_stages, target,
                                    work, pool))
            if target == PRODUCT_TARGET:
                card = card_sources(args.build, sources)
                stages = path_stages
        for plane, cycles in (("packet_plane", CARD_CYCLES), ("connections", KNOWN_CYCLE),
                              ("control_plane", 0)):
            unit = plane.replace("_", " ")
            pending.append(estimate(unit, plane, card, cycles, PRODUCT_TARGET, work, pool))
        for entry in pending:
            rows.append(finish(*entry))
        add_card(rows, stages)
    return rows


def print_table(rows):
    widths = [max(len(c), *(len(str(r[c])) for r in rows)) for c in COLUMNS]
    for row in [dict(zip(COLUMNS, COLUMNS)), *rows]:
        print("  ".join(str(row[c]).rjust(w) for c, w in zip(COLUMNS, widths)))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build")
    parser.add_argument("--targets", type=lambda text: [int(t) for t in text.split(",")],
                        default=[4, 6, 8], help="LUT levels to compile the packet path for")
    parser.add_argument("--jobs", type=int, default=2, help="Yosys runs at once")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    if PRODUCT_TARGET not in args.targets:
        parser.error(f"--targets must name {PRODUCT_TARGET}, which the card is built with")
    args.build = args.build.resolve()
    # As in the card's register. Read first: what follows takes minutes.
    build_id = (args.build / "card_build_id").read_text().strip()
    work = args.build / "area"
    work.mkdir(exist_ok=True)
    try:
        rows = measure(args, work)
    except yosys_estimate.EstimateError as error:
        sys.exit(f"area: {error}")
    print_table(rows)
    if args.json:
        result = {"bench": "area", "build_id": build_id, "rows": rows}
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    deep = [row["unit"] for row in rows if row["target_lut_levels"] == PRODUCT_TARGET
            and row["lut_levels"] > PRODUCT_TARGET]
    if deep:
        sys.exit(f"area: more than {PRODUCT_TARGET} LUT levels: {', '.join(deep)}")


if __name__ == "__main__":
    main()
