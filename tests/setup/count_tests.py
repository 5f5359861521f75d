#!/usr/bin/python3
"""How many tests each folder of tests/ has in this build, against tests/setup/counts.txt.

A part of the build that went missing takes its tests with it, and all that are left pass. So the
numbers are in the tree: --write puts those of this build there.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

COUNTS = pathlib.Path(__file__).resolve().with_name("counts.txt")
HEAD = "# Tests a folder of tests/; `tests/setup/count_tests.py --write` writes it.\n"


def counts_of(build):
    """Folder -> number of tests, of what ctest knows; ends the program if something is not built."""
    output = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1"],
                            capture_output=True, text=True, check=True).stdout
    counts = collections.Counter()
    for test in json.loads(output)["tests"]:
        # What stands in for the tests of a program that is not there.
        if test["name"].endswith("_NOT_BUILT"):
            sys.exit(f"{test['name'].removesuffix('_NOT_BUILT')} is not built: ./run build")
        folder = next(p["value"] for p in test["properties"] if p["name"] == "WORKING_DIRECTORY")
        counts[str(pathlib.Path(folder).resolve().relative_to(build))] += 1
    return counts


def read_counts(text):
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {folder: int(number) for folder, number in lines}


def differences(found, wanted):
    """A line for each folder whose number is another one."""
    for folder in sorted(set(found) | set(wanted)):
        has, needs = found.get(folder, 0), wanted.get(folder, 0)
        if has != needs:
            yield f"{folder} has {has} tests, {COUNTS.name} says {needs}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("--write", action="store_true", help="take this build's numbers")
    arguments = parser.parse_args()
    found = counts_of(arguments.build.resolve())
    if arguments.write:
        COUNTS.write_text(HEAD + "".join(f"{f} {n}\n" for f, n in sorted(found.items())))
        return 0
    different = list(differences(found, read_counts(COUNTS.read_text())))
    for line in different:
        print(line)
    if different:
        print("A part of the build may be missing. If the tests are meant to be other ones:\n"
              f"  tests/setup/count_tests.py --write --build {arguments.build}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
