#!/usr/bin/python3
"""Builds an image for a card with the vendor's tools: ./run image TARGET.

First everything that is missing is named, with where to get it. docs/deploy has the way from a bare
machine to a balanced request.
"""

import argparse
import pathlib
import subprocess
import sys

import alveo
import corundum
import f2
import opennic
from steps import ROOT, Needs, StepFailed, Steps, report

BUILDERS = {"u55c": alveo, "u280": alveo, "u250": alveo, "f2": f2, "opennic": opennic,
            "corundum": corundum}
GENERATED = ["sluice_rtl", "layout_generate", "sluice"]  # what all targets need of our own build


def main():
    parser = argparse.ArgumentParser(prog="./run image", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=BUILDERS)
    parser.add_argument("--check", action="store_true", help="only say what is missing")
    parser.add_argument("--build", type=pathlib.Path, metavar="FOLDER",
                        help="use this build folder as it is (default: ./run build, build/)")
    arguments = parser.parse_args()
    builder = BUILDERS[arguments.target]
    needs = Needs()
    builder.check(arguments.target, needs)
    if not report(needs):
        print(f"image {arguments.target}: {len(needs.missing)} missing; nothing was built",
              file=sys.stderr)
        return 1
    if arguments.check:
        print(f"image {arguments.target}: nothing is missing")
        return 0
    if arguments.build is None:
        subprocess.run([str(ROOT / "run"), "build", *GENERATED], cwd=ROOT, check=True)
    build = (arguments.build or ROOT / "build").resolve()
    try:
        image = builder.build(arguments.target, Steps(arguments.target), build,
                              build / "image" / arguments.target)
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"image {arguments.target}: {image}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
