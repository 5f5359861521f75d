#!/usr/bin/env python3
"""Measured LUT levels of the real pipeline are what hlsc was asked for.

usage: calibration_test.py --build DIR

Levels by `synth; abc -lut 6; ltp -noff`; not above the target and at most 25 % below it.
"""

import argparse
import json
import pathlib
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/bench"))
import yosys_estimate  # noqa: E402

LEAST_LUTS = 2000
TOLERANCE = 0.25


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    hls = parser.parse_args().build.resolve() / "hls"
    target = json.loads((hls / "pipeline_report.json").read_text())["target_levels"]
    sources = [hls / "pipeline_pkg.sv", TREE / "hls/compiler/rtl/hlsc_mul.sv", hls / "pipeline.sv"]
    with tempfile.TemporaryDirectory(prefix="hlsc-calibration-") as work:
        levels, luts = yosys_estimate.lut_levels("pipeline", sources, pathlib.Path(work), "pipeline")
    print(f"target {target}, measured {levels} levels, {luts} LUTs")
    assert luts > LEAST_LUTS, "too few LUTs to be true"
    assert (1 - TOLERANCE) * target <= levels <= target, "the delay model is off"


if __name__ == "__main__":
    main()
