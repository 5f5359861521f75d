#!/usr/bin/env python3
"""The netlist that Yosys makes of a compiled kernel equals the kernel's native build.

usage: netlist_test.py --build DIR [--cycles N] [--parse]

Each kernel goes through `synth; abc -lut 6`; the netlist of LUTs and flip-flops takes the module's
place in the Verilated model. With --parse that is the packet path's parser, else two small kernels
with state and tables.
"""

import argparse
import pathlib
import random
import re
import sys
import tempfile

import batch

ACCEPT = batch.TREE / "tests/hlsc/accept"
STAGES = pathlib.Path(__file__).resolve().parent / "stages"
INCLUDES = [f"-I{batch.TREE / 'hls' / d}" for d in ("path", "path/include", "layout/include")]
# Kernel and the least number of LUTs it must have: an empty netlist would prove nothing.
KERNELS = {ACCEPT / "state.cpp": 50, ACCEPT / "tables.cpp": 20}
PARSE = {STAGES / "parse_stage.cpp": 300}
# Multiplexers become gates before the first optimisation: opt_muxtree of Yosys is wrong where one
# multiplexer feeds both inputs of another (docs/hlsc-proof.md).
GATES_FOR_MUXES = ("proc; flatten; opt_clean; simplemap t:$mux; "
                   "select -assert-none t:$mux t:$pmux")


class SourceFile:
    options = ["--target-levels", "6"]

    def __init__(self, path):
        self.name = path.stem
        self.source = path.read_text()

    def text(self):
        return self.source


def synthesise(name, least_luts, directory):
    module, netlist = directory / f"{name}.sv", directory / f"{name}_netlist.v"
    # A wire for each bit: bits of one vector that depend on each other would look like a loop.
    log = batch.must_run(["yosys", "-p", f"read_verilog -sv {batch.MULTIPLIER} {module}; "
                          f"hierarchy -top {name}; {GATES_FOR_MUXES}; synth -top {name}; "
                          "abc -lut 6; opt_clean; splitnets; stat; "
                          f"write_verilog -noattr {netlist}"], directory)
    luts = int(re.findall(r"\$lut\s+(\d+)", log)[-1])
    print(f"{name}: {luts} LUTs", flush=True)
    assert luts >= least_luts, f"{name} has too few LUTs to be true"
    # A LUT is written as a constant shifted by its inputs, cut to one bit.
    module.write_text("/* verilator lint_off WIDTH */\n" + netlist.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cycles", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31))
    parser.add_argument("--parse", action="store_true", help="the packet path's parser")
    args = parser.parse_args()
    chosen = PARSE if args.parse else KERNELS
    print(f"seed {args.seed} (--seed {args.seed} replays)", flush=True)
    batch.INCLUDES += INCLUDES
    with tempfile.TemporaryDirectory(prefix="hlsc-netlist-") as work:
        directory = pathlib.Path(work)
        tools = batch.Tools(args.build.resolve(), directory)
        for path, least_luts in chosen.items():
            reason = batch.compile_kernel(tools, SourceFile(path), directory)
            assert reason is None, reason
            synthesise(path.stem, least_luts, directory)
        names = [path.stem for path in chosen]
        outcomes = batch.compare(tools, names, directory, args.cycles, args.seed)
    for name, (packets, mismatches, first) in outcomes.items():
        print(f"{name}: {packets} packets, {mismatches} mismatches {first}")
    if len(outcomes) != len(names) or any(m or not p for p, m, _ in outcomes.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
