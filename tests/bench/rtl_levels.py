#!/usr/bin/env python3
"""LUT levels between two registers of every module of rtl/ alone, estimated by Yosys.

usage: rtl_levels.py --build DIR [--jobs N] [MODULE...]

With its default parameters and all that it instantiates; memories end a path. Prints a table and
fails if a module is deeper than hand-written RTL may be.
"""

import argparse
import concurrent.futures
import pathlib
import sys

import yosys_estimate

TREE = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = [TREE / "rtl" / f"{name}_pkg.sv" for name in ("sluice", "packet_plane", "conn")]
MOST_LEVELS = 6
# Nothing but parts, wired together: the planes and the packet path are measured by themselves.
WIRING = ("sluice_card", "packet_path")
# Types of the compiled path that hand-written modules use.
COMPILED = ("parse_classify_pkg",)


def modules():
    names = {p.stem for p in (TREE / "rtl").glob("*.sv")} - {p.stem for p in PACKAGES}
    return sorted(n for n in names if n not in WIRING and not n.endswith("_checker"))


def measure(module, layouts, work):
    compiled = [layouts.parent / f"{name}.sv" for name in COMPILED]
    sources = [layouts, *compiled, *PACKAGES, *(TREE / "rtl" / f"{m}.sv" for m in modules())]
    return yosys_estimate.lut_levels(module, sources, work, f"module_{module}", memories=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build")
    parser.add_argument("--jobs", type=int, default=2, help="Yosys runs at once")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: all")
    args = parser.parse_args()
    work = args.build.resolve() / "rtl_levels"
    work.mkdir(exist_ok=True)
    layouts = args.build.resolve() / "hls/sluice_layout_pkg.sv"
    names = args.modules or modules()
    deep = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        pending = [(name, pool.submit(measure, name, layouts, work)) for name in names]
        for name, result in pending:
            try:
                levels, luts = result.result()
            except yosys_estimate.EstimateError as error:
                sys.exit(f"rtl_levels: {error}")
            print(f"{name:20} {levels:3} levels {luts:7} LUTs", flush=True)
            if levels > MOST_LEVELS:
                deep.append(name)
    if deep:
        sys.exit(f"rtl_levels: more than {MOST_LEVELS} levels: {', '.join(deep)}")


if __name__ == "__main__":
    main()
