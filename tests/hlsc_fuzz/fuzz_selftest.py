#!/usr/bin/env python3
"""A fault planted in one kernel must be found, cut down and kept with its replay command.

usage: fuzz_selftest.py --build DIR
"""

import pathlib
import sys
import tempfile

import fuzz
import kernels

# Only hlsc sees this statement.
FAULT = ["#ifdef HLSC", "  out.m1 = {};", "#endif"]


class FaultyProgram(kernels.Program):
    def text(self):
        lines = super().text().splitlines()
        end = max(i for i, line in enumerate(lines) if line == "}" or line.startswith("  return"))
        if lines[end] == "}":  # of the namespace: the function ends one line earlier
            end -= 1
        return "\n".join(lines[:end] + FAULT + lines[end:]) + "\n"


def main():
    with tempfile.TemporaryDirectory() as keep:
        sys.argv += ["--seed", "11", "--programs", "1", "--cycles", "500", "--shrink-seconds", "10",
                     "--keep", keep]
        kernels.Program = FaultyProgram
        before = len(FaultyProgram("k0", "11 0").text())
        try:
            fuzz.main()
        except SystemExit as end:
            assert end.code == 1, end.code
        else:
            sys.exit("the planted fault was not found")
        kept = list(pathlib.Path(keep).glob("k0_seed11.cpp"))
        assert kept, "no program was kept"
        after = kept[0].read_text()
        assert FAULT[1] in after and len(after) < before, "the program was not cut down"


if __name__ == "__main__":
    main()
