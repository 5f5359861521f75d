#!/usr/bin/env python3
"""Random kernels through hlsc and Verilator against their native builds, bit for bit.

usage: fuzz.py --build DIR [--seed N] [--programs N | --seconds N] [--json FILE]

A batch of kernels shares one Verilated model. A failure leaves the smallest failing program and the
command that replays it in --keep.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import batch
import kernels
import shrink

# A generator whose programs are mostly rejected would prove little.
MOST_REJECTED = 0.25


class Totals:
    def __init__(self, seed):
        self.row = {"seed": seed, "programs": 0, "vectors": 0, "mismatches": 0, "rejected": 0}
        self.reasons = {}

    def rejected(self, reason):
        self.row["rejected"] += 1
        what = reason.split("error: ")[-1].split(";")[0]
        self.reasons[what] = self.reasons.get(what, 0) + 1


def programs_of(seed, first, count):
    """Program k of a seed is always the same, whatever the batches."""
    return [kernels.Program(f"k{k}", f"{seed} {k}") for k in range(first, first + count)]


def report_failure(args, tools, program, words, fails):
    """Cuts the program down and says how to see the failure again."""
    print(f"fuzz: {program.name} of seed {args.seed}: {words}", file=sys.stderr, flush=True)
    smallest = shrink.shrink(program, fails, args.shrink_seconds)
    args.keep.mkdir(parents=True, exist_ok=True)
    path = args.keep / f"{program.name}_seed{args.seed}.cpp"
    head = f"// hlsc {' '.join(program.options)}\n// {words.splitlines()[0]}\n"
    path.write_text(head + smallest.text())
    replay = f"{args.program} --seed {args.seed} --first {int(program.name[1:])} --programs 1"
    print(f"fuzz: smallest failing program: {path}\nfuzz: replay: {replay}", file=sys.stderr,
          flush=True)


def run_batch(args, tools, programs, totals):
    directory = tools.work / "batch"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    compiled = []
    for program in programs:
        totals.row["programs"] += 1
        try:
            reason = batch.compile_kernel(tools, program, directory)
        except batch.Failure as failure:
            totals.row["mismatches"] += 1
            report_failure(args, tools, program, str(failure), lambda p: shrink.crashes(tools, p))
            continue
        if reason:
            totals.rejected(reason)
        else:
            compiled.append(program)
    compare_all(args, tools, compiled, directory, totals)


def compare_all(args, tools, programs, directory, totals):
    """Compares programs together; halves the batch to find one that breaks a tool."""
    if not programs:
        return
    try:
        names = [p.name for p in programs]
        outcomes = batch.compare(tools, names, directory, args.cycles, args.seed)
    except batch.Failure as failure:
        if len(programs) == 1:
            totals.row["mismatches"] += 1
            report_failure(args, tools, programs[0], str(failure),
                           lambda p: shrink.breaks(tools, p))
            return
        for half in (programs[:len(programs) // 2], programs[len(programs) // 2:]):
            compare_all(args, tools, half, directory, totals)
        return
    for program in programs:
        packets, mismatches, first = outcomes[program.name]
        totals.row["vectors"] += packets
        totals.row["mismatches"] += mismatches
        if mismatches:
            report_failure(args, tools, program, first, lambda p: shrink.differs(tools, p, args))


def fuzz(args, tools, totals):
    start = time.monotonic()
    done = 0
    while True:
        left = args.programs - done if args.programs else args.batch
        if left <= 0 or (args.seconds and time.monotonic() - start >= args.seconds):
            return
        count = min(left, args.batch)
        run_batch(args, tools, programs_of(args.seed, args.first + done, count), totals)
        done += count
        r = totals.row
        print(f"fuzz: {r['programs']} programs, {r['rejected']} rejected, {r['vectors']} vectors, "
              f"{r['mismatches']} mismatches, {time.monotonic() - start:.0f} s", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=batch.TREE / "build")
    parser.add_argument("--seed", type=int, default=os.environ.get("SLUICE_SEED"))
    parser.add_argument("--programs", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the seed's first program")
    parser.add_argument("--batch", type=int, default=24, help="programs in one Verilated model")
    parser.add_argument("--cycles", type=int, default=4000, help="clock cycles of each model")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shrink-seconds", type=float, default=120)
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("hlsc-fuzz-failures"))
    parser.add_argument("--program", default="./run bench hlsc-fuzz", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    args.seed = int(args.seed) if args.seed is not None else random.SystemRandom().getrandbits(31)
    args.build = args.build.resolve()
    if not args.programs and not args.seconds:
        args.seconds = 60
    return args


def main():
    args = parse_arguments()
    print(f"SLUICE_SEED={args.seed}", flush=True)
    totals = Totals(args.seed)
    with tempfile.TemporaryDirectory(prefix="hlsc-fuzz-") as work:
        fuzz(args, batch.Tools(args.build, pathlib.Path(work), args.jobs), totals)
    for reason, count in sorted(totals.reasons.items(), key=lambda item: -item[1]):
        print(f"fuzz: rejected {count}: {reason}")
    if args.json:
        build_id = subprocess.run(["git", "log", "-1", "--format=%H", "--", "rtl", "hls"],
                                  cwd=batch.TREE, capture_output=True, text=True,
                                  check=False).stdout
        result = {"bench": "hlsc-fuzz", "build_id": f"{build_id:0<8.8}", "rows": [totals.row]}
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    row = totals.row
    if row["mismatches"] or row["vectors"] == 0:
        sys.exit(1)
    if row["programs"] >= 10 and row["rejected"] > MOST_REJECTED * row["programs"]:
        sys.exit("fuzz: too many programs are rejected to prove anything")


if __name__ == "__main__":
    main()
